package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.s3.S3Client.Content;
import io.mosaic.images.blob.s3.UploadState.Segment;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what is appended to an upload into segments and sends them while the next are filled. What was sent and answered is in the
 * upload's state, in order and without a gap, also after a fault. For one thread.
 */
final class SegmentWriter implements AutoCloseable {

    /** Segments on their way at once. */
    private static final int FLYING_MAX = 2;

    /** One on its way. */
    private record Flight(int index, Spool spool, Future<Segment> sent) {}

    private final S3BlobStore store;
    private final UUID upload;
    private final UploadState state;
    private final Deque<Flight> flying = new ArrayDeque<>();
    private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable Spool filling;
    /** The place of the first that is sent. */
    private int first;

    private int sent;

    SegmentWriter(S3BlobStore store, UUID upload, UploadState state) {
        this.store = store;
        this.upload = upload;
        this.state = state;
        this.first = state.count();
    }

    void write(byte[] bytes, int length) throws IOException {
        int done = 0;
        while (done < length) {
            Spool spool = filling == null ? next() : filling;
            int count = (int) Math.min(length - done, UploadState.SEGMENT_BYTES - spool.size());
            spool.write(bytes, done, count);
            done += count;
            if (spool.size() == UploadState.SEGMENT_BYTES) {
                send(spool);
            }
        }
    }

    /** A last segment that is not full is filled up: it takes a new one's place. */
    private Spool next() throws IOException {
        Segment tail = sent == 0 ? state.tail() : null;
        if (tail != null) {
            first--;
        }
        Spool spool = tail == null ? store.spool() : store.fetched(tail);
        filling = spool;
        return spool;
    }

    private void send(Spool spool) throws IOException {
        while (flying.size() >= FLYING_MAX) {
            land();
        }
        int place = first + sent++;
        Content content = spool.content();
        String name = String.format(Locale.ROOT, "%s%08d-%s", S3BlobStore.directory(upload), place, content.sha256());
        Segment segment = new Segment(name, spool.size());
        flying.add(new Flight(place, spool, senders.submit(() -> {
            store.objects().put(name, content);
            return segment;
        })));
        filling = null;
    }

    private void land() throws IOException {
        Flight flight = flying.getFirst();
        Segment there;
        try {
            there = flight.sent().get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        flying.removeFirst();
        flight.spool().close();
        Segment before = state.put(flight.index(), there);
        if (before != null && !before.equals(there)) {
            store.drop(before.name());
        }
    }

    /** Sends what is left; returns when all is there. */
    void finish() throws IOException {
        Spool last = filling;
        if (last != null && last.size() > 0) {
            send(last);
        }
        while (!flying.isEmpty()) {
            land();
        }
    }

    /** Gives up what is still on its way. */
    @Override
    public void close() throws IOException {
        senders.shutdownNow();
        senders.close();
        for (Flight each : flying) {
            each.spool().close();
        }
        if (filling != null) {
            filling.close();
        }
    }
}
