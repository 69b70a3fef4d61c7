package io.mosaic.controller.agents;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;

/**
 * What came in on a call: a message, or why it is none. gRPC itself would end a call with UNKNOWN and no reason when a
 * message cannot be read; so the fault is handed on as a value, and the call's own code ends it with the true one.
 */
sealed interface Parsed<T> {

    /** A message. */
    record Message<T>(T value) implements Parsed<T> {}

    /** No message of ours. */
    record Fault<T>(Status why) implements Parsed<T> {}

    /** The same method, with requests of this kind. */
    static <Q, A> MethodDescriptor<Parsed<Q>, A> requestsOf(MethodDescriptor<Q, A> method) {
        MethodDescriptor.Marshaller<Q> inner = method.getRequestMarshaller();
        return method.toBuilder(
                        new MethodDescriptor.Marshaller<Parsed<Q>>() {
                            @Override
                            public InputStream stream(Parsed<Q> value) {
                                throw new UnsupportedOperationException("a server reads requests, it sends none");
                            }

                            @Override
                            public Parsed<Q> parse(InputStream stream) {
                                try {
                                    return new Message<>(inner.parse(stream));
                                } catch (StatusRuntimeException e) {
                                    return new Fault<>(e.getStatus());
                                }
                            }
                        },
                        method.getResponseMarshaller())
                .build();
    }
}
