package io.mosaic.model;

/**
 * What a collection let go of, or would.
 *
 * @param manifests that no tag leads to; a look does not count them
 * @param links blobs that a repository held without need
 * @param blobs that no repository held
 * @param bytes that these had
 * @param orphans files that nothing knew of
 * @param uploads that were given up as idle
 */
public record GarbageReport(
        boolean dryRun, long manifests, long links, long blobs, Bytes bytes, long orphans, long uploads) {}
