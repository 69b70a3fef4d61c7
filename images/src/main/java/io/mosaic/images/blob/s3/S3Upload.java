package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.blob.ReadFailedException;
import io.mosaic.images.blob.RunningHash;
import io.mosaic.images.blob.s3.UploadState.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An upload as segments at the endpoint. */
final class S3Upload implements BlobUpload {

    private static final int BUFFER_BYTES = 128 * 1024;

    private final S3BlobStore store;
    private final UUID id;
    private final UploadState state;

    S3Upload(S3BlobStore store, UUID id, UploadState state) {
        this.store = store;
        this.id = id;
        this.state = state;
    }

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public long size() {
        return state.size();
    }

    /** How much of a buffer was filled, and what broke it off. */
    private record Filled(int count, boolean last, @Nullable IOException broken) {}

    @Override
    public long append(InputStream in, long most) throws IOException {
        RunningHash hash = state.hash();
        boolean whole = hash.hashed() == state.size();
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(most, 1))];
        long done = 0;
        try (SegmentWriter writer = new SegmentWriter(store, id, state)) {
            Filled filled = new Filled(0, false, null);
            while (!filled.last() && done < most) {
                filled = fill(in, buffer, (int) Math.min(buffer.length, most - done));
                writer.write(buffer, filled.count());
                if (whole) {
                    hash.add(buffer, filled.count());
                }
                done += filled.count();
            }
            writer.finish();
            if (filled.broken() != null) {
                throw new ReadFailedException(filled.broken());
            }
        }
        return done;
    }

    private static Filled fill(InputStream in, byte[] buffer, int length) {
        int count = 0;
        try {
            while (count < length) {
                int got = in.read(buffer, count, length - count);
                if (got < 0) {
                    return new Filled(count, true, null);
                }
                count += got;
            }
            return new Filled(count, false, null);
        } catch (IOException e) {
            return new Filled(count, true, e);
        }
    }

    @Override
    public void truncate(long size) throws IOException {
        if (state.hash().hashed() > size) {
            state.hash().reset();
        }
        if (size >= state.size()) {
            return;
        }
        int full = (int) (size / UploadState.SEGMENT_BYTES);
        int rest = (int) (size % UploadState.SEGMENT_BYTES);
        List<Segment> gone = rest == 0 ? state.cut(full) : cut(full, rest);
        gone.forEach(each -> store.drop(each.name()));
    }

    /** Leaves so many segments, and the beginning of the next. */
    private List<Segment> cut(int full, int rest) throws IOException {
        try (Spool kept = store.fetched(state.segments().get(full))) {
            List<Segment> gone = state.cut(full);
            try (SegmentWriter writer = new SegmentWriter(store, id, state)) {
                kept.read(0, rest, writer::write);
                writer.finish();
            }
            return gone;
        }
    }

    @Override
    public long finish(Digest expected) throws IOException {
        Digest found = digest(expected.algorithm());
        if (!found.equals(expected)) {
            throw new DigestMismatchException(expected, found);
        }
        long size = state.size();
        store.name(state, expected);
        store.end(id, state);
        return size;
    }

    @Override
    public Digest sha256() throws IOException {
        return digest(Digest.Algorithm.SHA256);
    }

    private Digest digest(Digest.Algorithm algorithm) throws IOException {
        RunningHash hash = state.hash();
        if (algorithm == Digest.Algorithm.SHA256) {
            // What an earlier process took, or what came after a fault, is read again.
            if (hash.hashed() > state.size()) {
                hash.reset();
            }
            read(hash.hashed(), hash::add);
            return hash.digest();
        }
        MessageDigest all = algorithm.start();
        read(0, (bytes, length) -> all.update(bytes, 0, length));
        return Digest.of(algorithm, all);
    }

    /** @param from where a segment begins or ends, or the middle of one that was filled up since */
    private void read(long from, Spool.Reader reader) throws IOException {
        long begin = 0;
        for (Segment each : state.segments()) {
            long end = begin + each.size();
            if (end > from) {
                try (Spool content = store.fetched(each)) {
                    content.read(Math.max(0, from - begin), each.size(), reader);
                }
            }
            begin = end;
        }
    }

    @Override
    public void abort() throws IOException {
        store.abort(id);
    }

    @Override
    public void close() {
        // What came is at the endpoint already.
    }
}
