package io.mosaic.proof.fake;

import io.mosaic.agent.docker.Docker;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Says one line, then echoes what is written to it until its input is closed. Thread-safe. */
public final class FakeExec implements Docker.ExecSession {
    /** How every command ends. */
    public static final int EXIT_CODE = 7;

    private static final byte[] END = new byte[0];

    private final LinkedBlockingQueue<byte[]> said = new LinkedBlockingQueue<>();
    private final int exitCode;

    FakeExec(String line, boolean stdin, int exitCode) {
        this.exitCode = exitCode;
        said.add(line.getBytes(StandardCharsets.UTF_8));
        if (!stdin) {
            said.add(END);
        }
    }

    @Override
    public void kill() {
        said.add(END);
    }

    @Override
    public Docker.@Nullable Output next() {
        try {
            byte[] bytes = said.take();
            if (bytes.length == 0) {
                said.add(END);
                return null;
            }
            return new Docker.Output(false, bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void write(byte[] bytes) {
        said.add(bytes);
    }

    @Override
    public void closeStdin() {
        said.add(END);
    }

    @Override
    public void resize(int columns, int rows) {
        said.add((columns + "x" + rows + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int exitCode() {
        return exitCode;
    }

    @Override
    public void close() {
        said.add(END);
    }
}
