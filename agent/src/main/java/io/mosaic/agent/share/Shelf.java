package io.mosaic.agent.share;

import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs that this host serves: those being fetched, and those fetched a while ago. Docker gives none of them back, so they are kept
 * as files of their own, for some minutes and up to so many bytes; the oldest go first. Thread-safe.
 */
final class Shelf implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);

    private static final class Place {
        private final SharedBlob blob;
        /** While it is being fetched: for ever. */
        private long until = Long.MAX_VALUE;

        private Place(SharedBlob blob) {
            this.blob = blob;
        }
    }

    private final Path directory;
    private final long bytesMax;
    private final Duration keep;
    private final long keepFree;
    private final Map<String, Place> places = new HashMap<>();
    private long made;

    private Shelf(Path directory, long bytesMax, Duration keep, long keepFree) {
        this.directory = directory;
        this.bytesMax = bytesMax;
        this.keep = keep;
        this.keepFree = keepFree;
    }

    /**
     * An empty one; what an earlier process left in the directory goes.
     *
     * @param bytesMax of blobs that are no longer being fetched
     * @param keep how long those stay
     * @param keepFree bytes of the file system below which none stay: they are but a favour to others
     */
    static Shelf open(Path directory, long bytesMax, Duration keep, long keepFree) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (Stream<Path> left = Files.list(directory)) {
            for (Path file : left.toList()) {
                Files.delete(file);
            }
        }
        return new Shelf(directory, bytesMax, keep, keepFree);
    }

    /** The blob of that digest, if it is here or on its way; null else. */
    synchronized @Nullable SharedBlob find(String digest) {
        Place place = places.get(digest);
        return place == null ? null : place.blob;
    }

    /** Begins one that is being fetched; null when another fetch of it is under way or it is here. */
    synchronized @Nullable SharedBlob begin(TicketGiven given) throws IOException {
        if (places.containsKey(given.pieces().digest())) {
            return null;
        }
        // A number, not the digest: of one that went a moment ago a reader may still have the file.
        SharedBlob blob = SharedBlob.create(given, directory.resolve("blob-" + ++made));
        places.put(given.pieces().digest(), new Place(blob));
        return blob;
    }

    /** It is whole: from now on its time runs. */
    synchronized void finished(SharedBlob blob, long nowNanos) {
        Place place = places.get(blob.list().digest());
        if (place != null && place.blob == blob) {
            place.until = nowNanos + keep.toNanos();
        }
        tidy(nowNanos);
    }

    /** It did not come to an end. */
    synchronized void abandon(SharedBlob blob) {
        Place place = places.get(blob.list().digest());
        if (place != null && place.blob == blob) {
            places.remove(blob.list().digest());
            end(blob);
        }
    }

    /** Those that are whole, and still to be told of. */
    synchronized List<SharedBlob> whole(long nowNanos) {
        tidy(nowNanos);
        return places.values().stream()
                .filter(place -> place.until != Long.MAX_VALUE)
                .map(place -> place.blob)
                .toList();
    }

    private void tidy(long nowNanos) {
        List<Place> ended = new ArrayList<>(places.values().stream()
                .filter(place -> place.until != Long.MAX_VALUE)
                .sorted(Comparator.comparingLong((Place place) -> place.until - nowNanos))
                .toList());
        long bytes = ended.stream().mapToLong(place -> place.blob.list().size()).sum();
        boolean full = !ended.isEmpty() && room() < keepFree;
        for (Place place : ended) {
            if (full || place.until - nowNanos <= 0 || bytes > bytesMax) {
                bytes -= place.blob.list().size();
                places.remove(place.blob.list().digest());
                end(place.blob);
            }
        }
    }

    private long room() {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            LOG.warn("the file system of {} does not answer: {}", directory, e.getMessage());
            return 0;
        }
    }

    private static void end(SharedBlob blob) {
        try {
            blob.close();
        } catch (IOException e) {
            LOG.warn("{} could not be removed: {}", blob.file(), e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        places.values().forEach(place -> end(place.blob));
        places.clear();
    }
}
