package io.mosaic.kit.http;

import java.io.IOException;

/** The client's end of a WebSocket. Thread-safe. */
public interface SocketPeer {

    /** RFC 6455 section 7.4.1. */
    int NORMAL = 1000;

    int GOING_AWAY = 1001;
    int TOO_BIG = 1009;
    int UNEXPECTED = 1011;

    /**
     * Sends one binary message; blocks while the client does not take it, at most for the server's write timeout.
     *
     * @throws IOException when the client is gone
     */
    void send(byte[] message) throws IOException;

    /** Ends the connection; more than once is harmless. */
    void close(int code, String reason);
}
