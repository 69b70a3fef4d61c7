package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.blob.s3.S3Client.Content;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Holds a segment on its way to the endpoint, in a file that nobody else sees and that ends with the process: a call must say length and
 * hash before the content, and hundreds of segments at once would not fit in memory. Written by one thread and then read.
 */
final class Spool implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final FileChannel channel;
    private final MessageDigest hash = Digest.Algorithm.SHA256.start();
    private long size;

    Spool(Path directory) throws IOException {
        try {
            Path file = Files.createTempFile(directory, "segment", null);
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
    }

    long size() {
        return size;
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
        try {
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
        hash.update(bytes, offset, length);
        size += length;
    }

    /** Of what was written so far, hex digits. */
    String sha256() {
        try {
            return HexFormat.of().formatHex(((MessageDigest) hash.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be copied", e);
        }
    }

    /** What was written, which is not nothing; no more is written after that. */
    Content content() {
        return new Content(
                () -> BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(Reading::new), size), sha256());
    }

    /** Takes bytes from the first of an array on. */
    @FunctionalInterface
    interface Reader {
        void take(byte[] bytes, int length) throws IOException;
    }

    /** Hands on what was written from one place to another. */
    void read(long from, long to, Reader reader) throws IOException {
        byte[] bytes = new byte[BUFFER_BYTES];
        for (long at = from; at < to; ) {
            int count = channel.read(ByteBuffer.wrap(bytes, 0, (int) Math.min(bytes.length, to - at)), at);
            if (count < 0) {
                throw new EOFException("a segment's file is shorter than it was");
            }
            reader.take(bytes, count);
            at += count;
        }
    }

    /** From the beginning, whoever else reads. */
    private final class Reading extends InputStream {
        private long at;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = channel.read(ByteBuffer.wrap(into, offset, length), at);
            at += Math.max(count, 0);
            return count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
