package io.mosaic.controller.agents;

import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.Pem;
import io.mosaic.kit.tls.PinnedTrust;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.SetReport;
import io.mosaic.model.link.StreamControl;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The agent's end of the link, and nothing behind it. */
final class FakeAgent implements AutoCloseable {

    private final String host;
    private final Credentials identity;
    private final ManagedChannel channel;

    private FakeAgent(String host, Credentials identity, ManagedChannel channel) {
        this.host = host;
        this.identity = identity;
        this.channel = channel;
    }

    /** Joins with that token and comes back with an identity. */
    static FakeAgent join(int port, String host, String token) throws Exception {
        HostKey key = HostKey.generate();
        LinkMethods.JoinAnswer answer = join(port, token, new LinkMethods.JoinRequest(host, token, key.csrPem(host)));
        X509Certificate authority = Pem.certificates(answer.authority()).getFirst();
        return connect(port, host, key.with(Pem.certificates(answer.certificate())), authority);
    }

    static LinkMethods.JoinAnswer join(int port, String token, LinkMethods.JoinRequest request) throws Exception {
        PinnedTrust trust = new PinnedTrust(token.substring(token.length() - 32));
        ManagedChannel channel = channel(
                port, TlsChannelCredentials.newBuilder().trustManager(trust).build());
        try {
            return ClientCalls.blockingUnaryCall(channel, LinkMethodDescriptors.JOIN, CallOptions.DEFAULT, request);
        } finally {
            channel.shutdownNow();
        }
    }

    static FakeAgent connect(int port, String host, Credentials identity, X509Certificate authority) throws Exception {
        return new FakeAgent(
                host,
                identity,
                channel(
                        port,
                        TlsChannelCredentials.newBuilder()
                                .keyManager(identity.keyManagers())
                                .trustManager(ClusterTrust.in(authority))
                                .build()));
    }

    static ManagedChannel channel(int port, ChannelCredentials credentials) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port, credentials)
                .maxInboundMessageSize(LinkMethods.MESSAGE_BYTES_MAX)
                .build();
    }

    Credentials identity() {
        return identity;
    }

    ManagedChannel channel() {
        return channel;
    }

    Call<AgentMessage, ControllerMessage> session() {
        return new Call<>(channel, LinkMethodDescriptors.SESSION, Integer.MAX_VALUE / 2);
    }

    /** A session that has said hello. */
    Call<AgentMessage, ControllerMessage> hello(SetReport... sets) {
        Call<AgentMessage, ControllerMessage> session = session();
        session.send(new AgentMessage.Hello(
                1, Samples.inventory(4000, 4096, 10_000), "z1", "p1", Map.of("a", "b"), List.of(sets)));
        return session;
    }

    /** A side stream that has attached. */
    Call<Frame, Frame> attach(String stream, int window) {
        Call<Frame, Frame> call = new Call<>(channel, LinkMethodDescriptors.STREAM, window);
        call.send(Frame.control(new StreamControl.Attach(stream)));
        return call;
    }

    static SetReport report(DesiredSet set, SetState state) {
        return new SetReport(
                set.uid(), set.tenant(), set.name(), set.generation(), state, "172.17.0.2", null, List.of());
    }

    String host() {
        return host;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    /** One call, by hand: messages as they come, and how it ended. */
    static final class Call<Q, A> {
        private final ClientCall<Q, A> call;
        private final BlockingQueue<A> received = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();

        Call(ManagedChannel channel, MethodDescriptor<Q, A> method, int window) {
            call = channel.newCall(method, CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(A message) {
                            received.add(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    new Metadata());
            if (window > 0) {
                call.request(window);
            }
        }

        void send(Q message) {
            call.sendMessage(message);
        }

        boolean ready() {
            return call.isReady();
        }

        void request(int messages) {
            call.request(messages);
        }

        int waiting() {
            return received.size();
        }

        void halfClose() {
            call.halfClose();
        }

        A next() throws Exception {
            A message = received.poll(10, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("nothing came; the call ended: " + end.getNow(null));
            }
            return message;
        }

        /** The next message, or null when there is none and will be none. */
        <T extends A> T poll(Class<T> type, BooleanSupplier over) throws Exception {
            A message = null;
            while (message == null && !over.getAsBoolean()) {
                message = received.poll(20, TimeUnit.MILLISECONDS);
            }
            return type.cast(message);
        }

        <T extends A> T next(Class<T> type) throws Exception {
            return type.cast(next());
        }

        Status end() throws Exception {
            return end.get(10, TimeUnit.SECONDS);
        }

        void cancel() {
            call.cancel("the test is done", null);
        }
    }
}
