package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.RunningHash;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of an upload is at the endpoint, as this process knows: it wrote it, or read the list of it once. Thread-safe, but for the hash,
 * which is for whoever writes.
 */
final class UploadState {

    /** Large enough for few calls, small enough to be sent again; 10,000 of them, the most that can be joined, are 156 GiB. */
    static final int SEGMENT_BYTES = 16 << 20;

    /**
     * A part of the content, an object of its own. All but the last have {@link #SEGMENT_BYTES}.
     *
     * @param name tells its place and its hash, so that no two contents ever have one name
     */
    record Segment(String name, long size) {

        /** Its SHA-256, hex digits. */
        String sha256() {
            return name.substring(name.lastIndexOf('-') + 1);
        }
    }

    private final RunningHash hash = new RunningHash();
    private final List<Segment> segments = new ArrayList<>();

    UploadState(List<Segment> segments) {
        this.segments.addAll(segments);
    }

    RunningHash hash() {
        return hash;
    }

    synchronized List<Segment> segments() {
        return List.copyOf(segments);
    }

    synchronized long size() {
        return segments.isEmpty()
                ? 0
                : (segments.size() - 1L) * SEGMENT_BYTES + segments.getLast().size();
    }

    synchronized int count() {
        return segments.size();
    }

    /** The last segment, if it is not full. */
    synchronized @Nullable Segment tail() {
        return segments.isEmpty() || segments.getLast().size() == SEGMENT_BYTES ? null : segments.getLast();
    }

    /** Puts a segment in its place, at most one after the last, and says which was there before. */
    synchronized @Nullable Segment put(int index, Segment segment) {
        if (index == segments.size()) {
            segments.add(segment);
            return null;
        }
        return segments.set(index, segment);
    }

    /** Leaves that many segments, and says which are over. */
    synchronized List<Segment> cut(int count) {
        List<Segment> over = segments.subList(count, segments.size());
        List<Segment> gone = List.copyOf(over);
        over.clear();
        return gone;
    }
}
