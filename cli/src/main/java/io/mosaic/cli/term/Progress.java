package io.mosaic.cli.term;

import java.time.Duration;

/**
 * Says what goes on while the user waits: one line that changes in place on a terminal, plain lines elsewhere. Writes to
 * {@code err}, so that {@code out} stays the answer. Not thread-safe.
 */
public final class Progress implements AutoCloseable {
    private static final String CLEAR = "\r\u001b[K";
    private static final String SPINNER = "|/-\\";
    private static final int LINE_CHARS_MAX = 78;

    private final Console console;
    private final long begun = System.nanoTime();
    private String now = "";
    private boolean shown;
    private int turn;

    public Progress(Console console) {
        this.console = console;
    }

    /** What goes on from now. */
    public void step(String text) {
        if (text.equals(now)) {
            return;
        }
        now = text;
        if (console.errTerminal()) {
            tick();
        } else {
            console.err().println(text);
        }
    }

    /** How far it is: shown on a terminal, and nowhere else. */
    public void live(String text) {
        if (console.errTerminal()) {
            now = text;
            tick();
        }
    }

    /** Moves the line on, so that the user sees time pass; nothing elsewhere than on a terminal. */
    public void tick() {
        if (console.errTerminal() && !now.isEmpty()) {
            String line = SPINNER.charAt(turn++ % SPINNER.length()) + " " + Ages.seconds(elapsed()) + "  " + now;
            console.err().print(CLEAR + (line.length() > LINE_CHARS_MAX ? line.substring(0, LINE_CHARS_MAX) : line));
            console.err().flush();
            shown = true;
        }
    }

    /** A line that stays. */
    public void line(String text) {
        clear();
        console.err().println(text);
    }

    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private void clear() {
        if (shown) {
            console.err().print(CLEAR);
            console.err().flush();
            shown = false;
        }
    }

    /** Takes the changing line away. */
    @Override
    public void close() {
        clear();
    }
}
