package io.mosaic.kit.command;

/**
 * How a command ended.
 *
 * @param exit exit code; 128 plus the signal when a signal ended it
 * @param out the start of what it wrote to its standard output, at most {@value Commands#CAPTURE_BYTES_MAX} bytes of it
 * @param err the same of its standard error
 */
public record CommandResult(int exit, String out, String err) {

    /** Whether it exited with 0. */
    public boolean ok() {
        return exit == 0;
    }

    /** The first line with text on standard error, or else on standard output; empty when it said nothing. */
    public String complaint() {
        String line = firstLine(err);
        return line.isEmpty() ? firstLine(out) : line;
    }

    private static String firstLine(String text) {
        return text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse("");
    }
}
