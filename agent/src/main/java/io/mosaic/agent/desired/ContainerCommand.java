package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.Interval;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command in a running container that gets a bounded time, and is killed when that is over. */
final class ContainerCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerCommand.class);

    /** Of what it says, this much is told. */
    private static final int COMPLAINT_BYTES_MAX = 300;

    private ContainerCommand() {}

    /**
     * Runs it to its end.
     *
     * @param command argument array
     * @return why it did not end well, for a person; null: it did
     * @throws DockerException of kind CONFLICT when the container does not run
     */
    static @Nullable String run(Docker docker, String containerId, List<String> command, Interval timeout)
            throws DockerException, InterruptedException {
        Docker.ExecConfig config = new Docker.ExecConfig(command, false, false, 0, 0, null);
        try (Docker.ExecSession session = docker.exec(containerId, config)) {
            AtomicBoolean late = new AtomicBoolean();
            Thread watchdog = Thread.ofVirtual().name("command-watchdog").start(() -> {
                try {
                    Thread.sleep(timeout.duration());
                    late.set(true);
                    session.kill();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (DockerException e) {
                    // It ends with its container at the latest.
                    LOG.debug("a command in {} is not killed: {}", containerId, e.getMessage());
                }
                session.close();
            });
            try {
                return complaint(session, late, timeout);
            } finally {
                watchdog.interrupt();
                watchdog.join();
            }
        }
    }

    private static @Nullable String complaint(Docker.ExecSession session, AtomicBoolean late, Interval timeout)
            throws DockerException {
        String overdue = "did not end within " + timeout + " and was killed";
        try {
            StringBuilder said = new StringBuilder();
            for (Docker.Output output = session.next(); output != null; output = session.next()) {
                if (said.length() < COMPLAINT_BYTES_MAX) {
                    said.append(new String(output.bytes(), StandardCharsets.UTF_8));
                }
            }
            if (late.get()) {
                return overdue;
            }
            int code = session.exitCode();
            String words = said.substring(0, Math.min(said.length(), COMPLAINT_BYTES_MAX));
            return code == 0 ? null : "ended with exit code " + code + ": " + Reasons.ofDocker(words);
        } catch (DockerException e) {
            if (late.get()) {
                return overdue;
            }
            throw e;
        }
    }
}
