package io.mosaic.cli.local;

import java.io.PrintStream;
import java.time.Duration;

/** Tells a person what is being done, one line a step with the time that it took. Not thread-safe. */
final class Steps {

    /** What a step does; returns what there is to say of it. */
    interface Work {
        String run() throws StepFailedException, InterruptedException;
    }

    private final PrintStream out;
    private final boolean terminal;

    Steps(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** Does it; on a failure says which step it was. */
    void step(String name, Work work) throws StepFailedException, InterruptedException {
        if (terminal) {
            out.printf("  ..  %-12s", name);
            out.flush();
        }
        long begin = System.nanoTime();
        try {
            String said = work.run();
            long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
            out.printf("%s  ok  %-12s %s%s%n", start(), name, said, millis < 100 ? "" : " (" + seconds(millis) + ")");
        } catch (StepFailedException e) {
            out.printf("%s FAIL %-12s%n", start(), name);
            throw e;
        }
    }

    /** A line between steps. */
    void say(String line) {
        out.printf("%s      %s%n", start(), line);
    }

    PrintStream out() {
        return out;
    }

    static String seconds(long millis) {
        return String.format("%.1f s", millis / 1000.0);
    }

    private String start() {
        return terminal ? "\r\u001b[K" : "";
    }
}
