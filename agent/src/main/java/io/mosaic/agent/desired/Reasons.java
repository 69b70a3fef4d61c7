package io.mosaic.agent.desired;

import io.mosaic.model.Bytes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** How reasons are worded for people. */
final class Reasons {
    private static final int CHARS_MAX = 500;

    private Reasons() {}

    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Rounded up to whole MiB: exact bytes say nothing to a reader. */
    static String mebi(Bytes bytes) {
        return ((bytes.value() + (1 << 20) - 1) >> 20) + "Mi";
    }

    /** Docker's own words in one line of bounded length, without the wrapping that tells nobody anything. */
    static String ofDocker(String message) {
        String text = message.strip().replaceAll("\\s+", " ").replaceFirst("^docker [a-z]+ of [^ ]+: ", "");
        text = text.replace("OCI runtime create failed: ", "")
                .replace("runc create failed: ", "")
                .replace("failed to create shim task: ", "")
                .replace("failed to create task for container: ", "")
                .replace("container_linux.go:380: ", "");
        return text.length() <= CHARS_MAX ? text : text.substring(0, CHARS_MAX) + "...";
    }
}
