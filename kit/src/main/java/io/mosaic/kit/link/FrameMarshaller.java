package io.mosaic.kit.link;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.mosaic.model.link.Frame;
import java.io.InputStream;

/**
 * Side-stream frames: their bytes as they are.
 *
 * <p>Thread-safe.
 */
final class FrameMarshaller implements MethodDescriptor.Marshaller<Frame> {

    @Override
    public InputStream stream(Frame value) {
        return new MessageBytes(value.encode());
    }

    @Override
    public Frame parse(InputStream stream) {
        try {
            return Frame.decode(JsonMarshaller.bytes(stream, Frame.PAYLOAD_BYTES_MAX + 1));
        } catch (IllegalArgumentException e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
        }
    }
}
