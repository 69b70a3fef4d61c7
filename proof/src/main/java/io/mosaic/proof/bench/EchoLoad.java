package io.mosaic.proof.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends requests to a port that echoes lines, at a steady rate over a few connections, each of which is now and then opened
 * anew, and counts those that do not come back. Bounded: one thread a connection, one request at a time on each.
 */
final class EchoLoad implements AutoCloseable {

    private static final int CONNECTIONS = 4;
    private static final int REQUESTS_A_CONNECTION = 100;
    private static final int TIMEOUT_MILLIS = 1000;
    private static final byte[] LINE = {'p', 'i', 'n', 'g', '\n'};

    private final InetSocketAddress target;
    private final long pauseNanos;
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closing;

    private EchoLoad(InetSocketAddress target, int perSecond) {
        this.target = target;
        this.pauseNanos = 1_000_000_000L * CONNECTIONS / perSecond;
    }

    static EchoLoad start(String ip, int port, int perSecond) {
        EchoLoad load = new EchoLoad(new InetSocketAddress(ip, port), perSecond);
        for (int i = 0; i < CONNECTIONS; i++) {
            load.threads.add(Thread.ofPlatform().daemon().name("load-" + i).start(load::run));
        }
        return load;
    }

    long answered() {
        return answered.get();
    }

    long failed() {
        return failed.get();
    }

    private void run() {
        long due = System.nanoTime();
        while (!closing) {
            try (Socket socket = connect(target, TIMEOUT_MILLIS)) {
                for (int i = 0; i < REQUESTS_A_CONNECTION && !closing; i++) {
                    request(socket);
                    answered.incrementAndGet();
                    due = Math.max(due + pauseNanos, System.nanoTime() - pauseNanos);
                    Thread.sleep(Math.max(0, due - System.nanoTime()) / 1_000_000);
                }
            } catch (IOException e) {
                if (!closing) {
                    failed.incrementAndGet();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    static Socket connect(InetSocketAddress target, int timeoutMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            socket.connect(target, timeoutMillis);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** One line there and back. */
    static void request(Socket socket) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(LINE);
        out.flush();
        InputStream in = socket.getInputStream();
        for (byte expected : LINE) {
            if (in.read() != expected) {
                throw new IOException("another answer, or none");
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
