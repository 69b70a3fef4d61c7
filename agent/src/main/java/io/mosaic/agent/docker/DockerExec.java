package io.mosaic.agent.docker;

import io.mosaic.agent.docker.Docker.ExecSession;
import io.mosaic.agent.docker.Docker.Output;
import io.mosaic.agent.docker.DockerException.Kind;
import io.mosaic.kit.unix.HttpCall;
import io.mosaic.kit.unix.HttpUpgrade;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** A command under way. One thread reads, another may write; resize and close may come from any. */
final class DockerExec implements ExecSession {

    private static final Logger LOG = LoggerFactory.getLogger(DockerExec.class);

    private static final byte[] END_OF_TRANSMISSION = {4};
    private static final Duration FIRST_PAUSE = Duration.ofMillis(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(200);

    private final DockerSocket socket;
    private final String what;
    private final String id;
    private final HttpUpgrade connection;
    private final boolean tty;
    private final OutputReader reader;
    private volatile boolean closed;

    DockerExec(DockerSocket socket, String what, String id, HttpUpgrade connection, boolean tty) {
        this.socket = socket;
        this.what = what;
        this.id = id;
        this.connection = connection;
        this.tty = tty;
        this.reader = new OutputReader(connection.input(), tty);
    }

    @Override
    public @Nullable Output next() throws DockerException {
        try {
            return reader.next();
        } catch (IOException e) {
            if (closed) {
                return null;
            }
            throw broken(e);
        }
    }

    @Override
    public void write(byte[] bytes) throws DockerException {
        try {
            connection.write(bytes);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /**
     * With a terminal the connection stays open: the daemon ends the output of a terminal when its input ends. The
     * terminal itself knows a character for the end of a file.
     */
    @Override
    public void closeStdin() throws DockerException {
        try {
            if (tty) {
                connection.write(END_OF_TRANSMISSION);
            } else {
                connection.shutdownOutput();
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /** Tried again for a moment, since the daemon gives the connection over before the command has begun. */
    @Override
    public void resize(int columns, int rows) throws DockerException {
        long end = System.nanoTime() + Deadlines.RESIZE.toNanos();
        HttpCall call = HttpCall.post("/exec/" + id + "/resize?h=" + rows + "&w=" + columns);
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                socket.call("resize of " + what, call, Deadlines.RESIZE);
                return;
            } catch (DockerException e) {
                boolean early = e.kind() == Kind.FAILED || e.kind() == Kind.CONFLICT || e.kind() == Kind.NOT_FOUND;
                if (!early || System.nanoTime() - end > 0) {
                    throw e;
                }
                if (ended()) {
                    return;
                }
            }
            Pauses.pause(pause, what);
            pause = longer(pause);
        }
    }

    private boolean ended() throws DockerException {
        JsonNode exit = inspect().path("ExitCode");
        return exit.isNumber();
    }

    @Override
    public int exitCode() throws DockerException {
        long end = System.nanoTime() + Deadlines.EXIT_CODE.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            JsonNode state = inspect();
            JsonNode exit = state.path("ExitCode");
            if (!state.path("Running").asBoolean(false) && exit.isNumber()) {
                return exit.asInt();
            }
            if (System.nanoTime() - end > 0) {
                throw new DockerException(
                        Kind.FAILED, "docker " + what + ": the command runs on after its output has ended");
            }
            Pauses.pause(pause, what);
            pause = longer(pause);
        }
    }

    /**
     * The API has no call for it, but tells the pid, as the host counts them; for a moment it says that the command runs
     * and does not know the pid yet.
     */
    @Override
    public void kill() throws DockerException {
        long end = System.nanoTime() + Deadlines.EXIT_CODE.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            JsonNode state = inspect();
            int pid = state.path("Pid").asInt(0);
            if (state.path("ExitCode").isNumber() && !state.path("Running").asBoolean(false)) {
                return;
            }
            if (pid > 1) {
                kill(pid);
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw new DockerException(Kind.FAILED, "docker " + what + ": the daemon does not tell its process");
            }
            Pauses.pause(pause, what);
            pause = longer(pause);
        }
    }

    private static void kill(int pid) {
        ProcessHandle.of(pid).ifPresent(command -> {
            List<ProcessHandle> started = command.descendants().toList();
            command.destroyForcibly();
            started.forEach(ProcessHandle::destroyForcibly);
        });
    }

    private JsonNode inspect() throws DockerException {
        return socket.json(what, HttpCall.get("/exec/" + id + "/json"), Deadlines.EXEC);
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private DockerException broken(IOException e) {
        return socket.broken(what, e, Deadlines.EXEC_START);
    }

    @Override
    public void close() {
        closed = true;
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("closing {} failed", what, e);
        }
    }
}
