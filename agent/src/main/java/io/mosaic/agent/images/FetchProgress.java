package io.mosaic.agent.images;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How far a fetch is. Thread-safe. */
final class FetchProgress {

    private static final int MEBI = 1 << 20;

    private final Map<String, Long> moved = new ConcurrentHashMap<>();
    private volatile long total;

    void total(long bytes) {
        total = bytes;
    }

    void moved(Blob blob, long bytes) {
        moved.put(blob.digest(), bytes);
    }

    /** In words. */
    String words(String image) {
        long bytes = moved.values().stream().mapToLong(Long::longValue).sum();
        if (total == 0) {
            return "fetching image " + image;
        }
        return bytes >= total
                ? "loading image " + image
                : "fetching image " + image + ": " + bytes / MEBI + " of " + Math.ceilDiv(total, MEBI) + " MiB";
    }
}
