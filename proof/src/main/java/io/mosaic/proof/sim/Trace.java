package io.mosaic.proof.sim;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** What happened, line by line: the last lines for a reader, and a digest of all to tell whether two runs were the same. */
final class Trace {
    private final int keep;
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final MessageDigest digest;
    private long lines;

    /** @param keep so many lines, the latest */
    Trace(int keep) {
        this.keep = keep;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    void line(long nanos, String who, String what) {
        String line = String.format(Locale.ROOT, "%10.4f  %-8s %s", nanos / 1e9, who, what);
        digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
        lines++;
        last.addLast(line);
        if (last.size() > keep) {
            last.removeFirst();
        }
    }

    List<String> last() {
        return List.copyOf(last);
    }

    long lines() {
        return lines;
    }

    /** Of all lines; ends the trace. */
    String digest() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
