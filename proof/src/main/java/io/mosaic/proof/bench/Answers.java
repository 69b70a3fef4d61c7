package io.mosaic.proof.bench;

import io.mosaic.proof.rig.DockerSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Whether instances do their work: each is sent a line at its own address and must send it back. The same for every platform. */
final class Answers {

    /** Where instances listen. */
    static final int PORT = 8080;

    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final int TIMEOUT_MILLIS = 1000;
    private static final long PAUSE_MILLIS = 10;

    private Answers() {}

    /**
     * Returns when so many instances have answered.
     *
     * @throws IOException when they do not, or when there are more
     */
    static void await(DockerSocket docker, int instances) throws IOException, InterruptedException {
        Set<String> answered = new HashSet<>();
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            Set<String> addresses = addresses(docker);
            if (addresses.size() > instances) {
                throw new IOException(addresses.size() + " instances where there should be " + instances);
            }
            for (String address : addresses) {
                if (!answered.contains(address) && answers(address)) {
                    answered.add(address);
                }
            }
            if (answered.size() == instances) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IOException("only " + answered.size() + " of " + instances + " instances answer");
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /** Of all containers in the daemon's default network. */
    private static Set<String> addresses(DockerSocket docker) throws IOException {
        Set<String> addresses = new HashSet<>();
        for (JsonNode each : docker.get("/networks/bridge").json().path("Containers")) {
            String address = each.path("IPv4Address").asString();
            addresses.add(address.substring(0, address.indexOf('/')));
        }
        return addresses;
    }

    private static boolean answers(String address) {
        try (Socket socket = EchoLoad.connect(new InetSocketAddress(address, PORT), TIMEOUT_MILLIS)) {
            EchoLoad.request(socket);
            return true;
        } catch (IOException e) {
            // Not yet: its process has only begun.
            return false;
        }
    }
}
