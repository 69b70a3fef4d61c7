package io.mosaic.kit.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.spi.Http1Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.websocket.WsConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of RFC 6455. The library's own upgrader tells a listener nothing when the connection breaks and answers
 * every refusal with 404; this one wraps the connection, and leaves a refused handshake to the ordinary route, which
 * answers with the problem.
 */
final class SocketUpgrader implements Http1Upgrader {

    private static final HeaderName KEY = HeaderNames.create("Sec-WebSocket-Key");
    private static final HeaderName VERSION = HeaderNames.create("Sec-WebSocket-Version");

    /** RFC 6455 section 1.3. */
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private final Function<Handshake, @Nullable SocketLink> opener;

    /** @param opener makes the link, or returns null to refuse */
    SocketUpgrader(Function<Handshake, @Nullable SocketLink> opener) {
        this.opener = opener;
    }

    /** What a client asks for. */
    record Handshake(HttpPrologue prologue, WritableHeaders<?> headers) {}

    @Override
    public String supportedProtocol() {
        return "websocket";
    }

    @Override
    public @Nullable ServerConnection upgrade(
            ConnectionContext context, HttpPrologue prologue, WritableHeaders<?> headers) {
        if (!headers.contains(KEY)
                || !headers.contains(VERSION)
                || !headers.get(VERSION).get().equals("13")) {
            return null;
        }
        SocketLink link = opener.apply(new Handshake(prologue, headers));
        if (link == null) {
            return null;
        }
        String key = headers.get(KEY).get();
        DataWriter writer = context.dataWriter();
        String head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n";
        try {
            writer.write(BufferData.create(head.getBytes(StandardCharsets.US_ASCII)));
            writer.flush();
        } catch (RuntimeException e) {
            link.abandon();
            throw e;
        }
        return link.over(WsConnection.create(context, prologue, headers, key, link));
    }

    private static String accept(String key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
