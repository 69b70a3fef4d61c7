package io.mosaic.model.link;

import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import java.nio.ByteBuffer;

/**
 * One frame of a side stream, the same on the host link and on the API's WebSocket so that a controller passes it on
 * unread: a channel byte, then the payload.
 *
 * @param channel one of the constants
 * @param payload at most {@value #PAYLOAD_BYTES_MAX} bytes; not copied, so the caller gives it away
 */
public record Frame(byte channel, byte[] payload) {

    /** Input of the command; an empty payload closes it. */
    public static final byte STDIN = 0;

    public static final byte STDOUT = 1;
    public static final byte STDERR = 2;
    /** A {@link StreamControl} as JSON. */
    public static final byte CONTROL = 3;

    public static final int PAYLOAD_BYTES_MAX = 256 * 1024;

    public Frame {
        if (channel < STDIN || channel > CONTROL || payload.length > PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "no such channel, or the frame is too long: " + channel + ", " + payload.length + " bytes");
        }
    }

    public static Frame control(StreamControl control) {
        return new Frame(CONTROL, Json.bytes(control));
    }

    /**
     * What it says, as a peer of ours may have written it.
     *
     * @throws IllegalArgumentException when it is not a control frame
     */
    public StreamControl control() {
        if (channel != CONTROL) {
            throw new IllegalArgumentException("not a control frame: " + channel);
        }
        return PeerJson.read(payload, StreamControl.class);
    }

    public byte[] encode() {
        return ByteBuffer.allocate(payload.length + 1).put(channel).put(payload).array();
    }

    /** @throws IllegalArgumentException when the bytes are not a frame */
    public static Frame decode(byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("an empty frame");
        }
        byte[] payload = new byte[bytes.length - 1];
        System.arraycopy(bytes, 1, payload, 0, payload.length);
        return new Frame(bytes[0], payload);
    }
}
