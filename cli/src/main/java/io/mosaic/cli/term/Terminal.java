package io.mosaic.cli.term;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The user's terminal in raw mode: keys go to the remote command unread, Ctrl-C too. Put back as it was on close and when
 * the process is ended by a signal.
 */
public final class Terminal implements AutoCloseable {

    /** Columns and rows. */
    public record Size(int columns, int rows) {}

    private static final File TTY = new File("/dev/tty");
    private static final Size USUAL = new Size(80, 24);

    private final String saved;
    private final Thread restoreAtEnd;

    private Terminal(String saved) {
        this.saved = saved;
        this.restoreAtEnd = new Thread(() -> restore(saved));
    }

    /** @throws IOException when there is no terminal */
    public static Terminal raw() throws IOException {
        Terminal terminal = new Terminal(stty("-g").strip());
        Runtime.getRuntime().addShutdownHook(terminal.restoreAtEnd);
        stty("raw", "-echo");
        return terminal;
    }

    /** Its size now, or 80 by 24 when it does not say. */
    public static Size size() throws IOException {
        String[] parts = stty("size").strip().split(" ", -1);
        try {
            Size size = new Size(Integer.parseInt(parts[1]), Integer.parseInt(parts[0]));
            return size.columns() > 0 && size.rows() > 0 ? size : USUAL;
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return USUAL;
        }
    }

    /**
     * Runs that on every SIGWINCH. The JDK has no supported API for signals; where its internal one is missing the size
     * stays as it was at the start.
     */
    public static void onResize(Runnable action) {
        try {
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Class<?> signalType = Class.forName("sun.misc.Signal");
            Object handler = Proxy.newProxyInstance(
                    Terminal.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            Object winch = signalType.getConstructor(String.class).newInstance("WINCH");
            signalType.getMethod("handle", signalType, handlerType).invoke(null, winch, handler);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            System.getLogger(Terminal.class.getName()).log(System.Logger.Level.DEBUG, "no SIGWINCH", e);
        }
    }

    private static void restore(String saved) {
        try {
            stty(saved);
        } catch (IOException e) {
            System.err.println("the terminal could not be restored (try: stty sane): " + e.getMessage());
        }
    }

    private static String stty(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectInput(TTY)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("stty: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return output;
    }

    @Override
    public void close() {
        restore(saved);
        Runtime.getRuntime().removeShutdownHook(restoreAtEnd);
    }
}
