package io.mosaic.images.mirror;

import io.mosaic.kit.metrics.Metrics;

/** What mirrors do, counted by prefix. Thread-safe. */
final class MirrorMetrics {

    private static final String LABEL = "mirror";

    private final Metrics.Counts hits;
    private final Metrics.Counts misses;
    private final Metrics.Counts stale;
    private final Metrics.Counts failures;
    private final Metrics.Counts fetched;
    private final Metrics.Counts freed;

    MirrorMetrics(Metrics metrics) {
        hits = metrics.counts("mosaic_images_mirror_hits_total", "Manifests and blobs that were here.", LABEL);
        misses = metrics.counts("mosaic_images_mirror_misses_total", "Manifests and blobs that were fetched.", LABEL);
        stale = metrics.counts(
                "mosaic_images_mirror_stale_total",
                "Tags served as they were last, since the registry did not answer.",
                LABEL);
        failures = metrics.counts(
                "mosaic_images_mirror_failures_total", "Times that the registry gave nothing, or nothing good.", LABEL);
        fetched = metrics.counts("mosaic_images_mirror_fetched_bytes_total", "Bytes that were fetched.", LABEL);
        freed = metrics.counts(
                "mosaic_images_mirror_freed_bytes_total", "Bytes of blobs that went to make room.", LABEL);
    }

    void hit(String mirror) {
        hits.add(mirror, 1);
    }

    void missed(String mirror) {
        misses.add(mirror, 1);
    }

    void stale(String mirror) {
        stale.add(mirror, 1);
    }

    void failed(String mirror) {
        failures.add(mirror, 1);
    }

    void fetched(String mirror, long bytes) {
        fetched.add(mirror, bytes);
    }

    void freed(String mirror, long bytes) {
        freed.add(mirror, bytes);
    }
}
