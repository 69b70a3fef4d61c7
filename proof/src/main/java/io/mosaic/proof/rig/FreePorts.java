package io.mosaic.proof.rig;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * TCP ports that nobody listens on. They lie below the range from which Linux takes the ports of outgoing connections
 * (32768 on), so that none is taken by chance between asking and using; the first depends on this process's id.
 */
public final class FreePorts {

    private static final int FIRST = 20_000;
    private static final int COUNT = 12_000;
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 37 % COUNT));

    private FreePorts() {}

    /** The next one; no port is given twice to one process. */
    public static int next() throws IOException {
        for (int i = 0; i < COUNT; i++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            if (free(port)) {
                return port;
            }
        }
        throw new IOException("no free port between " + FIRST + " and " + (FIRST + COUNT));
    }

    private static boolean free(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port));
            return true;
        } catch (BindException e) {
            return false;
        }
    }
}
