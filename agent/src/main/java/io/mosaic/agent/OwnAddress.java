package io.mosaic.agent;

import io.mosaic.agent.link.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/** At which address others on this host's network reach it. */
final class OwnAddress {

    private OwnAddress() {}

    /**
     * The address that this host has towards another; nothing is sent.
     *
     * @throws IOException when the other's name is unknown, or there is no way to it
     */
    static String towards(Address other) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(other.host(), other.port()));
            return socket.getLocalAddress().getHostAddress();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
