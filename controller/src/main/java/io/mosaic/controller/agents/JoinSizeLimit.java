package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.mosaic.kit.link.LinkMethodDescriptors;

/**
 * Cuts a request to join off while it comes in. gRPC has one limit for the messages of all calls, the size of what agents
 * say, and gathers a message whole before a handler sees it; the caller of Join is a stranger, for whom the server must not
 * hold that much. The other calls are refused before anything of theirs is read when no host's certificate was shown.
 *
 * <p>Thread-safe.
 */
final class JoinSizeLimit extends ServerStreamTracer.Factory {

    private static final ServerStreamTracer UNLIMITED = new ServerStreamTracer() {};

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return method.equals(LinkMethodDescriptors.JOIN.getFullMethodName()) ? new Counter() : UNLIMITED;
    }

    /** Throws where gRPC counts bytes, which it takes as it takes a message beyond its own limit: the call is reset. */
    private static final class Counter extends ServerStreamTracer {
        private long read;

        @Override
        public void inboundWireSize(long bytes) {
            read += bytes;
            if (read > LinkMethodDescriptors.JOIN_BYTES_MAX) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription(
                                "a request to join of more than " + LinkMethodDescriptors.JOIN_BYTES_MAX + " bytes")
                        .asRuntimeException();
            }
        }
    }
}
