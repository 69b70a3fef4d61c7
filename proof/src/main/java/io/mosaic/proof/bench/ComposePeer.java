package io.mosaic.proof.bench;

import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.DockerSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Docker Compose on a daemon of its own: what {@code docker-compose up -d --scale} takes. */
final class ComposePeer implements Scaled {

    private static final String SERVICE = "web";
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private final DockerRig rig;
    private final Path file;

    private ComposePeer(DockerRig rig, Path file) {
        this.rig = rig;
        this.file = file;
    }

    /** Starts the daemon, and the service with so many containers. */
    static ComposePeer start(BenchParts parts, int instances) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-compose"));
        Path file = rig.directory().resolve("docker-compose.yml");
        // The default bridge, limits and end of a container as the others have them.
        Files.writeString(file, """
                version: "2.4"
                services:
                  %s:
                    image: %s
                    command: [%s]
                    network_mode: bridge
                    cpus: 0.2
                    mem_limit: 32m
                    memswap_limit: 32m
                    stop_signal: SIGKILL
                """.formatted(SERVICE, BusyBoxImage.REFERENCE, String.join(", ", quoted(ECHO))));
        ComposePeer peer = parts.add(new ComposePeer(rig, file));
        peer.to(instances);
        return peer;
    }

    private static List<String> quoted(List<String> words) {
        return words.stream().map(word -> '"' + word + '"').toList();
    }

    @Override
    public String name() {
        return "compose";
    }

    /** Compose ends when it has started or removed what it had to. */
    @Override
    public void to(int instances) throws IOException, InterruptedException {
        compose("up", "-d", "--no-recreate", "--scale", SERVICE + "=" + instances);
    }

    private void compose(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("docker-compose", "--project-name", "bench", "--file", file.toString()));
        command.addAll(List.of(arguments));
        Path log = rig.directory().resolve("docker-compose.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().put("DOCKER_HOST", "unix://" + rig.socket());
        Process process = builder.start();
        boolean ended = process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        if (!ended || process.exitValue() != 0) {
            throw new IOException(command
                    + (ended ? " failed: " : " did not end: ")
                    + Files.readString(log).strip());
        }
    }

    @Override
    public DockerSocket docker() {
        return rig.docker();
    }

    /** The daemon's end is the containers' as well, and nothing was made beside them. */
    @Override
    public void close() {}
}
