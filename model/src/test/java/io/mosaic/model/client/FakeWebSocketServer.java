package io.mosaic.model.client;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server's end of RFC 6455 for one connection: binary messages, close. */
final class FakeWebSocketServer implements AutoCloseable {

    /** What the server does with its one connection. */
    interface Script {
        void run(Peer peer) throws Exception;
    }

    private final ServerSocket listening;
    private volatile @Nullable Exception failure;
    volatile String requestLine = "";
    volatile Map<String, String> headers = Map.of();

    /** @param refusal a whole HTTP answer to give instead of the upgrade, or null */
    FakeWebSocketServer(@Nullable String refusal, Script script) throws IOException {
        listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try (Socket socket = listening.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                readHead(in);
                if (refusal != null) {
                    socket.getOutputStream().write(refusal.getBytes(StandardCharsets.UTF_8));
                    return;
                }
                socket.getOutputStream().write(upgrade());
                script.run(new Peer(in, socket.getOutputStream()));
            } catch (Exception e) {
                failure = e;
            }
        });
    }

    private void readHead(DataInputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            head.write(in.readByte());
        }
        String[] lines = head.toString(StandardCharsets.US_ASCII).split("\r\n", -1);
        Map<String, String> read = new HashMap<>();
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
            int colon = lines[i].indexOf(':');
            read.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        headers = read;
        requestLine = lines[0];
    }

    private byte[] upgrade() throws NoSuchAlgorithmException {
        String key = headers.get("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        String accept = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1").digest(key.getBytes(StandardCharsets.US_ASCII)));
        return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                        + accept + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    @Nullable
    Exception failure() {
        return failure;
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }

    /** One connection, after the handshake. */
    static final class Peer {
        private final DataInputStream in;
        private final OutputStream out;

        Peer(DataInputStream in, OutputStream out) {
            this.in = in;
            this.out = out;
        }

        void send(byte[] message) throws IOException {
            fragment(0x82, message);
        }

        /** A message in two fragments. */
        void sendInTwo(byte[] message) throws IOException {
            int half = message.length / 2;
            fragment(0x02, java.util.Arrays.copyOfRange(message, 0, half));
            fragment(0x80, java.util.Arrays.copyOfRange(message, half, message.length));
        }

        void sendClose() throws IOException {
            fragment(0x88, new byte[] {0x03, (byte) 0xE8});
        }

        private void fragment(int head, byte[] payload) throws IOException {
            ByteBuffer frame = ByteBuffer.allocate(payload.length + 10).put((byte) head);
            if (payload.length < 126) {
                frame.put((byte) payload.length);
            } else if (payload.length < 65536) {
                frame.put((byte) 126).putShort((short) payload.length);
            } else {
                frame.put((byte) 127).putLong(payload.length);
            }
            frame.put(payload);
            out.write(frame.array(), 0, frame.position());
            out.flush();
        }

        /** The next binary message; null when the client closed. */
        byte @Nullable [] receive() throws IOException {
            int head = in.readUnsignedByte();
            int length = in.readUnsignedByte() & 0x7F;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = Math.toIntExact(in.readLong());
            }
            byte[] mask = in.readNBytes(4);
            byte[] payload = in.readNBytes(length);
            for (int i = 0; i < payload.length; i++) {
                payload[i] ^= mask[i % 4];
            }
            return (head & 0x0F) == 0x08 ? null : payload;
        }
    }
}
