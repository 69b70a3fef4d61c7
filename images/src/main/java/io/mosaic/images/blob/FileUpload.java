package io.mosaic.images.blob;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An upload in a file. */
final class FileUpload implements BlobUpload {

    /** Few system calls for much content; five of them for each upload, so that some hundred at once fit a small heap. */
    private static final int BUFFER_BYTES = 128 * 1024;

    /** One is being filled, one hashed, and two lie between. */
    private static final int BUFFERS = 4;

    /** A small layer is hashed where it is read: another thread would cost more than it saves. */
    private static final int BESIDE_FROM_BYTES = 4 * BUFFER_BYTES;

    /** How often the free space is looked at on the way. */
    private static final long ROOM_EVERY_BYTES = 8L * 1024 * 1024;

    private final FileBlobStore store;
    private final UUID id;
    private final FileChannel channel;
    private final RunningHash hash;

    FileUpload(FileBlobStore store, UUID id, FileChannel channel, RunningHash hash) throws IOException {
        this.store = store;
        this.id = id;
        this.channel = channel;
        this.hash = hash;
        channel.position(channel.size());
    }

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public long append(InputStream in, long most) throws IOException {
        boolean whole = hash.hashed() == channel.size();
        byte[] first = new byte[(int) Math.min(BUFFER_BYTES, Math.max(most, 1))];
        long done = 0;
        boolean more = true;
        while (more && done < Math.min(most, BESIDE_FROM_BYTES)) {
            int count = read(in, first, (int) Math.min(first.length, most - done));
            more = count == first.length;
            write(first, count);
            if (whole) {
                hash.add(first, count);
            }
            done += count;
        }
        return more && done < most ? done + appendBeside(in, most - done, whole) : done;
    }

    private long appendBeside(InputStream in, long most, boolean whole) throws IOException {
        HashBeside beside = new HashBeside(hash::add, BUFFERS, BUFFER_BYTES);
        long done = 0;
        long looked = -ROOM_EVERY_BYTES;
        try {
            boolean more = true;
            while (more && done < most) {
                if (done - looked >= ROOM_EVERY_BYTES) {
                    looked = done;
                    requireRoom();
                }
                byte[] buffer = beside.buffer();
                int count = read(in, buffer, (int) Math.min(buffer.length, most - done));
                more = count == buffer.length;
                write(buffer, count);
                // What is not hashed is handed over as nothing, so that the buffer comes back.
                beside.hash(buffer, whole ? count : 0);
                done += count;
            }
            return done;
        } finally {
            beside.end();
        }
    }

    private void requireRoom() throws IOException {
        if (store.room() <= 0) {
            throw new StoreFullException("the store is full");
        }
    }

    /** Fills the buffer up to that length, or to the end of the stream. What came before a fault is written. */
    private int read(InputStream in, byte[] buffer, int length) throws IOException {
        int count = 0;
        try {
            while (count < length) {
                int got = in.read(buffer, count, length - count);
                if (got < 0) {
                    break;
                }
                count += got;
            }
            return count;
        } catch (IOException e) {
            write(buffer, count);
            throw new ReadFailedException(e);
        }
    }

    private void write(byte[] buffer, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, length);
        try {
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
    }

    @Override
    public @Nullable BlobContent soFar() throws IOException {
        return store.unfinished(id);
    }

    @Override
    public void truncate(long size) throws IOException {
        channel.truncate(size);
        channel.position(size);
        if (hash.hashed() > size) {
            hash.reset();
        }
    }

    @Override
    public long finish(Digest expected) throws IOException {
        Digest found = digest(expected.algorithm());
        if (!found.equals(expected)) {
            throw new DigestMismatchException(expected, found);
        }
        long size = channel.size();
        try {
            channel.force(true);
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
        store.name(id, expected);
        return size;
    }

    @Override
    public Digest sha256() throws IOException {
        return digest(Digest.Algorithm.SHA256);
    }

    private Digest digest(Digest.Algorithm algorithm) throws IOException {
        if (algorithm == Digest.Algorithm.SHA256) {
            catchUp();
            return hash.digest();
        }
        var whole = algorithm.start();
        new FileContent(channel, channel.size()).copy(0, channel.size(), whole::update);
        return Digest.of(algorithm, whole);
    }

    /** Hashes what an earlier process wrote, or what came after a fault. */
    private void catchUp() throws IOException {
        long size = channel.size();
        if (hash.hashed() > size) {
            hash.reset();
        }
        long from = hash.hashed();
        new FileContent(channel, size).copy(from, size - from, (bytes, offset, length) -> hash.add(bytes, length));
    }

    @Override
    public void abort() throws IOException {
        // Emptied first: a file that a slow reader or writer still has open would keep its space.
        channel.truncate(0);
        channel.close();
        store.drop(id);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
