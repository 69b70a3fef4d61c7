package io.mosaic.kit.link;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;

/**
 * One type of record as JSON, with an end to its size.
 *
 * <p>Thread-safe.
 */
final class JsonMarshaller<T> implements MethodDescriptor.Marshaller<T> {

    private final Class<T> type;
    private final int bytesMax;

    JsonMarshaller(Class<T> type, int bytesMax) {
        this.type = type;
        this.bytesMax = bytesMax;
    }

    /** @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED: the other side would refuse it, so it never leaves */
    @Override
    public InputStream stream(T value) {
        byte[] bytes = Json.bytes(value);
        if (bytes.length > bytesMax) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("a message of " + bytes.length + " bytes, at most " + bytesMax + " are allowed")
                    .asRuntimeException();
        }
        return new MessageBytes(bytes);
    }

    /**
     * Reads the record, which another version of ours may have written.
     *
     * @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED when it is too long, INVALID_ARGUMENT when it is not
     *     such a record
     */
    @Override
    public T parse(InputStream stream) {
        try {
            T value = PeerJson.read(bytes(stream, bytesMax), type);
            if (value == null) {
                throw Status.INVALID_ARGUMENT
                        .withDescription("a JSON null instead of a message")
                        .asRuntimeException();
            }
            return value;
        } catch (ProblemException e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
        }
    }

    static byte[] bytes(InputStream stream, int bytesMax) {
        try {
            // gRPC knows how long a message is. Without that, reading allocates by what might come: 16 KiB for each
            // heartbeat.
            int most = stream instanceof KnownLength ? Math.min(stream.available(), bytesMax) : bytesMax;
            byte[] bytes = stream.readNBytes(most);
            if (stream.read() >= 0) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription("a message of more than " + bytesMax + " bytes")
                        .asRuntimeException();
            }
            return bytes;
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("the message broke off")
                    .withCause(e)
                    .asRuntimeException();
        }
    }
}
