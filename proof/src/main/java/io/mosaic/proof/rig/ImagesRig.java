package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The image repository in a process of its own, as {@code mos images} runs it, on the database of a {@link ControllerRig} and with
 * its content below that one's home. Thread-safe.
 */
public final class ImagesRig implements AutoCloseable {

    /** The options that {@code mos images} gives it. */
    private static final List<String> USUAL_OPTIONS = List.of("-Xmx512m", "--enable-native-access=ALL-UNNAMED");

    private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 50;

    private final ControllerRig controller;
    private final int port;
    private final JavaProcess process;

    private ImagesRig(ControllerRig controller, int port, JavaProcess process) {
        this.controller = controller;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts one and waits until it serves.
     *
     * @param jvmOptions further ones, such as a flight recording
     */
    public static ImagesRig start(ControllerRig controller, List<String> jvmOptions)
            throws IOException, InterruptedException {
        int port = FreePorts.next();
        MosaicHome places = MosaicHome.at(controller.home().toString());
        Files.writeString(places.etc().resolve("images.json"), Json.pretty(Map.of("api", Map.of("port", port))));
        List<String> options = new ArrayList<>(USUAL_OPTIONS);
        options.addAll(jvmOptions);
        JavaProcess process = new JavaProcess(
                "images",
                options,
                "io.mosaic.images.Main",
                List.of(),
                Map.of("MOS_HOME", controller.home().toString()),
                controller.home());
        ImagesRig rig = new ImagesRig(controller, port, process);
        process.start();
        rig.awaitServing();
        return rig;
    }

    private void awaitServing() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        while (!process.output().contains("images served at")) {
            if (!process.alive() || System.nanoTime() > end) {
                throw new IOException("the image repository does not start\n" + process.quoteLog());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Of loopback, without TLS. */
    public int port() {
        return port;
    }

    /** Processor time of the repository and of the database, which serves next to nothing else. */
    public Duration processorTime() throws IOException {
        List<Long> database = controller.postgres();
        Duration all =
                HostProcesses.processorTime(process.pid()).plus(HostProcesses.endedChildrenTime(database.getFirst()));
        for (long pid : database) {
            all = HostProcesses.alive(pid) ? all.plus(HostProcesses.processorTime(pid)) : all;
        }
        return all;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.close();
    }
}
