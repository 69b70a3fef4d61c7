package io.mosaic.kit.http;

/** The server's side of one WebSocket. {@code opened} and {@code received} run on the connection's own thread. */
public interface SocketSession {

    /** The handshake is done. May block for a while; meanwhile nothing is received. */
    void opened(SocketPeer peer) throws InterruptedException;

    /** One whole binary message came. Blocking here holds the client back. */
    void received(byte[] message) throws InterruptedException;

    /** The connection is over, whoever ended it; called exactly once, on any thread. */
    void closed();

    /** The longest message that it takes, bytes; a longer one ends the connection. */
    int messageBytesMax();
}
