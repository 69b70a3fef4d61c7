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

/**
 * Stands before a server on loopback and lets through so many bytes a second of what it answers, over all connections together: its uplink.
 * Counts them. Thread-safe.
 */
public final class CappedProxy implements AutoCloseable {

    private static final int CHUNK_BYTES = 32 * 1024;

    private final ServerSocket listener;
    private final int target;
    private final Pace pace;
    private final AtomicLong sent = new AtomicLong();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private CappedProxy(ServerSocket listener, int target, long bytesPerSecond) {
        this.listener = listener;
        this.target = target;
        this.pace = new Pace(bytesPerSecond);
    }

    /** Listens on a free port of loopback. */
    public static CappedProxy start(int target, long bytesPerSecond) throws IOException {
        ServerSocket listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        CappedProxy proxy = new CappedProxy(listener, target, bytesPerSecond);
        Thread.ofVirtual().name("capped-proxy").start(proxy::accept);
        return proxy;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Bytes of answers, heads and all, since the start. */
    public long sent() {
        return sent.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> relay(client));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    System.err.println("the proxy takes no more: " + e);
                }
                return;
            }
        }
    }

    private void relay(Socket client) {
        try (client;
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            Thread up = Thread.ofVirtual().start(() -> pass(client, server, false));
            pass(server, client, true);
            up.join();
            open.remove(server);
        } catch (IOException e) {
            // One end is gone: closing the other says so to it.
            sent.addAndGet(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to, boolean capped) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                if (capped) {
                    pace.take(read);
                    sent.addAndGet(read);
                }
                out.write(chunk, 0, read);
            }
        } catch (IOException e) {
            // As above.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
