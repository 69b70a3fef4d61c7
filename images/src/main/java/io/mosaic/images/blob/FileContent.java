package io.mosaic.images.blob;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A blob in a file. A file that is deleted while it is open stays readable. */
final class FileContent implements BlobContent {

    private static final int BUFFER_BYTES = 128 * 1024;

    private final FileChannel channel;
    private final long size;

    FileContent(FileChannel channel) throws IOException {
        this(channel, channel.size());
    }

    FileContent(FileChannel channel, long size) {
        this.channel = channel;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void copy(long offset, long length, Sink sink) throws IOException {
        byte[] bytes = new byte[(int) Math.min(BUFFER_BYTES, length)];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long done = 0;
        while (done < length) {
            buffer.clear().limit((int) Math.min(bytes.length, length - done));
            int count = channel.read(buffer, offset + done);
            if (count < 0) {
                throw new EOFException("the blob is shorter than it was");
            }
            sink.write(bytes, 0, count);
            done += count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
