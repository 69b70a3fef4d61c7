package io.mosaic.kit.link;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;

/** A message's bytes, which gRPC takes in one piece: without this it copies them through a buffer that it makes for each. */
final class MessageBytes extends ByteArrayInputStream implements Drainable, KnownLength {

    MessageBytes(byte[] bytes) {
        super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        return (int) transferTo(target);
    }
}
