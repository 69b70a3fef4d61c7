package io.mosaic.agent;

import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.HealthCheck;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;

/** Checks from the host, at the set's own address. */
final class AddressProbe implements HealthProbe {
    private final Docker docker;

    AddressProbe(Docker docker) {
        this.docker = docker;
    }

    @Override
    public Result probe(HealthCheck check, String containerId, ObservedContainer infra) {
        int millis = (int) check.timeout().millis();
        try {
            if (check.file() != null) {
                boolean there = docker.pathExists(containerId, check.file());
                return new Result(there, check.file() + (there ? " exists" : " does not exist"));
            }
            if (check.tcp() != null) {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(infra.ip(), check.tcp()), millis);
                    return new Result(true, "connected");
                }
            }
            URI uri = URI.create(String.valueOf(check.http()));
            int port = uri.getPort() < 0 ? 80 : uri.getPort();
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + infra.ip() + ":" + port + path)
                    .toURL()
                    .openConnection();
            connection.setConnectTimeout(millis);
            connection.setReadTimeout(millis);
            int code = connection.getResponseCode();
            connection.disconnect();
            return new Result(code >= 200 && code < 400, "HTTP " + code);
        } catch (IOException | DockerException | IllegalArgumentException e) {
            return new Result(false, String.valueOf(e.getMessage()));
        }
    }
}
