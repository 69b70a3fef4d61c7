package io.mosaic.images;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Passes connections on to a port of this machine, and cuts the one that carries a certain byte, once. */
final class CuttingProxy implements AutoCloseable {

    private final ServerSocket server;
    private final int target;
    private final long cutAt;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong cuts = new AtomicLong();

    /** @param cutAt bytes to the target after which a connection is cut */
    CuttingProxy(int target, long cutAt) throws IOException {
        this.target = target;
        this.cutAt = cutAt;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Bytes that went to the target. */
    long sent() {
        return sent.get();
    }

    long cuts() {
        return cuts.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket there = new Socket(InetAddress.getLoopbackAddress(), target);
                Thread.ofVirtual().start(() -> pass(client, there, true));
                Thread.ofVirtual().start(() -> pass(there, client, false));
            } catch (IOException e) {
                // Closed: the test is over.
                return;
            }
        }
    }

    private void pass(Socket from, Socket to, boolean counted) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[1 << 15];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (counted && sent.addAndGet(n) > cutAt && cuts.compareAndSet(0, 1)) {
                    return;
                }
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException e) {
            // One side is gone, and with this method's end the other is, too.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
