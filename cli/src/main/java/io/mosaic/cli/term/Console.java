package io.mosaic.cli.term;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/**
 * Where a command reads and writes: streams, environment, clock, and which of them a person sits at.
 *
 * @param outTerminal whether {@code out} is a terminal
 * @param errTerminal whether {@code err} is
 * @param inTerminal whether {@code in} is
 */
public record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean inTerminal,
        boolean outTerminal,
        boolean errTerminal,
        Map<String, String> environment,
        Clock clock) {

    /** Colours of a terminal, by SGR number. */
    public enum Colour {
        RED(31),
        GREEN(32),
        YELLOW(33),
        DIM(2),
        BOLD(1);

        private final int sgr;

        Colour(int sgr) {
            this.sgr = sgr;
        }
    }

    /** The process's own. */
    public static Console system() {
        return new Console(
                System.in,
                new PrintStream(
                        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                isTerminal(0),
                isTerminal(1),
                isTerminal(2),
                System.getenv(),
                Clock.systemUTC());
    }

    /** The JDK tells only of all its streams together; the kernel tells what each leads to. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** Whether colours go to {@code out}: a terminal, and the user has not set NO_COLOR (no-color.org). */
    public boolean colours() {
        return outTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty();
    }

    /** The text in that colour, where colours are wanted. */
    public String paint(Colour colour, String text) {
        return colours() ? "\u001b[" + colour.sgr + "m" + text + "\u001b[0m" : text;
    }

    /** Whether nobody reads {@code out} any more, as when it is piped into {@code head}. */
    public boolean outClosed() {
        return out.checkError();
    }

    /** Writes what is buffered. */
    public void flush() {
        out.flush();
        err.flush();
    }
}
