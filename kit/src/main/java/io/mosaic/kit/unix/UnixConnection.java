package io.mosaic.kit.unix;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection with its read buffer and its watchdog. Reading and writing may go on in two threads at once, each side
 * in one thread only; {@code close} may come from any.
 */
final class UnixConnection implements Closeable {

    private static final int BUFFER_BYTES = 16 * 1024;

    /** A full backlog answers EAGAIN at once on a unix socket; this is how often it is asked again. */
    private static final Duration BACKLOG_PAUSE = Duration.ofMillis(20);

    private final SocketChannel channel;
    private final Watchdog watchdog;
    private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private long written;
    private long received;
    private long idleSince;
    private @Nullable Duration readDeadline;

    private UnixConnection(SocketChannel channel, Watchdog watchdog) {
        this.channel = channel;
        this.watchdog = watchdog;
    }

    /**
     * Connects; the watchdog stays armed with what remains of the time.
     *
     * @param end by {@link System#nanoTime()}
     * @throws SocketTimeoutException when the peer's backlog stays full that long
     */
    static UnixConnection open(Path socket, long end) throws IOException {
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            UnixConnection connection = new UnixConnection(channel, new Watchdog(channel));
            connection.watchdog.arm(remaining(end));
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return connection;
            } catch (IOException e) {
                connection.close();
                if (connection.watchdog.fired() || (backlogFull(e) && System.nanoTime() - end >= 0)) {
                    throw timeout(e);
                }
                if (!backlogFull(e)) {
                    throw e;
                }
                pause();
            }
        }
    }

    static Duration remaining(long end) {
        return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    }

    private static boolean backlogFull(IOException e) {
        return e.getMessage() != null && e.getMessage().contains("temporarily unavailable");
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(BACKLOG_PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while connecting");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    Watchdog watchdog() {
        return watchdog;
    }

    /** Each read from now on has that long. */
    void readDeadline(Duration deadline) {
        readDeadline = deadline;
    }

    /** Starts counting anew what goes out and comes in. */
    void resetCounters() {
        written = 0;
        received = 0;
    }

    long written() {
        return written;
    }

    long received() {
        return received;
    }

    void idleFromNow() {
        idleSince = System.nanoTime();
    }

    boolean idleLongerThan(Duration age) {
        return System.nanoTime() - idleSince > age.toNanos();
    }

    /** Whether bytes were read that nobody asked for. */
    boolean hasLeftover() {
        return in.hasRemaining();
    }

    /** False when the peer has closed it or sent what nobody asked for: it cannot be used again. */
    boolean quiet() {
        try {
            channel.configureBlocking(false);
            boolean quiet = channel.read(ByteBuffer.allocate(1)) == 0;
            channel.configureBlocking(true);
            return quiet;
        } catch (IOException e) {
            return false;
        }
    }

    void write(ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                written += channel.write(bytes);
            }
        } catch (IOException e) {
            throw translated(e);
        }
    }

    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    /** Reads at least one byte; -1 at the end of the stream. */
    int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!in.hasRemaining() && !fill()) {
            return -1;
        }
        int count = Math.min(length, in.remaining());
        in.get(target, offset, count);
        return count;
    }

    /**
     * Reads a line, without its end.
     *
     * @throws EOFException when the stream ends before the line does
     */
    String line(int bytesMax) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!in.hasRemaining() && !fill()) {
                throw new EOFException("the connection ended within a line");
            }
            char c = (char) (in.get() & 0xff);
            if (c == '\n') {
                int end = line.length();
                return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
            }
            if (line.length() >= bytesMax) {
                throw new IOException("a line of the answer is longer than " + bytesMax + " bytes");
            }
            line.append(c);
        }
    }

    private boolean fill() throws IOException {
        in.clear();
        int count;
        try {
            if (readDeadline != null) {
                watchdog.arm(readDeadline);
            }
            count = channel.read(in);
            if (readDeadline != null) {
                watchdog.disarm();
            }
        } catch (IOException e) {
            in.limit(0);
            throw translated(e);
        }
        in.flip();
        received += Math.max(0, count);
        return count > 0;
    }

    private IOException translated(IOException e) {
        return watchdog.fired() ? timeout(e) : e;
    }

    private static SocketTimeoutException timeout(IOException cause) {
        SocketTimeoutException timeout = new SocketTimeoutException("no answer within the deadline");
        timeout.initCause(cause);
        return timeout;
    }

    /** Text of a head is ASCII; anything else would be a way to smuggle. */
    static ByteBuffer ascii(CharSequence text) {
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        watchdog.disarm();
        channel.close();
    }
}
