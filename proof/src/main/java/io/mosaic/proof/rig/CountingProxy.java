package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a server and passes bytes on: counts what the server sends, cuts connections and stops passing on, as a test
 * wants. Thread-safe.
 */
public final class CountingProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final long POLL_MILLIS = 10;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private volatile long holdAt = Long.MAX_VALUE;
    /** Null: as fast as it comes. */
    private volatile @Nullable Pace pace;

    private volatile long holdReceivedAt = Long.MAX_VALUE;

    private CountingProxy(ServerSocket listener, int target) {
        this.listener = listener;
        this.target = target;
    }

    /** Before the server of that port, on loopback itself. */
    public static CountingProxy before(int target) throws IOException {
        return before(InetAddress.getLoopbackAddress(), target);
    }

    /** Before the server of that port, both at that address of this machine. */
    static CountingProxy before(InetAddress address, int target) throws IOException {
        CountingProxy proxy = new CountingProxy(new ServerSocket(0, 128, address), target);
        Thread.ofVirtual().name("proxy").start(proxy::accept);
        return proxy;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Bytes that the server sent since the last {@link #reset}. */
    public long sent() {
        return sent.get();
    }

    /** Bytes that clients sent since the last {@link #reset}. */
    public long received() {
        return received.get();
    }

    /** Counts from nothing, and passes on as fast as it comes. */
    public void reset() {
        sent.set(0);
        received.set(0);
        holdAt = Long.MAX_VALUE;
        pace = null;
        holdReceivedAt = Long.MAX_VALUE;
    }

    /** Passes nothing on to the server any more once clients have sent that many bytes. */
    public void holdReceivedAt(long bytes) {
        holdReceivedAt = bytes;
    }

    /** Passes nothing on any more once the server has sent that many bytes. */
    public void holdAt(long bytes) {
        holdAt = bytes;
    }

    /** Passes on no more than so many bytes a second of what the server sends, over all connections together. */
    public void slowTo(long bytesPerSecond) {
        pace = new Pace(bytesPerSecond);
    }

    /** Ends all connections that there are now. */
    public void cut() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
            return;
        }
    }

    private void serve(Socket client) {
        open.add(client);
        try (client;
                Socket server = new Socket(listener.getInetAddress(), target)) {
            open.add(server);
            Thread up = Thread.ofVirtual().start(() -> pass(client, server, false));
            pass(server, client, true);
            up.join();
            open.remove(server);
        } catch (IOException e) {
            // The server is away: the client sees its connection end.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to, boolean counts) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                while ((counts ? sent.get() >= holdAt : received.get() >= holdReceivedAt) && !from.isClosed()) {
                    Thread.sleep(POLL_MILLIS);
                }
                Pace slow = pace;
                if (counts && slow != null) {
                    slow.take(count);
                }
                out.write(buffer, 0, count);
                (counts ? sent : received).addAndGet(count);
            }
            from.close();
            to.close();
        } catch (IOException e) {
            close(from);
            close(to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket cannot be closed", e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
