package io.mosaic.proof.fake;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.LinkMethods;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The link server of a newer version: answers a hello with JSON that this version does not wholly know. */
final class NewerController implements AutoCloseable {
    private final Server server;
    private final Queue<AgentMessage> heard = new ConcurrentLinkedQueue<>();

    private NewerController(int port, ClusterAuthority authority, List<String> answers) throws Exception {
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        TlsServerCredentials.newBuilder()
                                .keyManager(authority
                                        .issueServer(List.of("127.0.0.1"))
                                        .keyManagers())
                                .trustManager(ClusterTrust.in(authority.certificate()))
                                .clientAuth(TlsServerCredentials.ClientAuth.OPTIONAL)
                                .build())
                .addService(ServerServiceDefinition.builder(LinkMethods.SERVICE)
                        .addMethod(
                                LinkMethodDescriptors.SESSION.toBuilder(
                                                LinkMethodDescriptors.SESSION.getRequestMarshaller(), new Text())
                                        .build(),
                                (call, headers) -> session(call, answers))
                        .build())
                .build();
    }

    static NewerController start(int port, ClusterAuthority authority, String... answers) throws Exception {
        NewerController controller = new NewerController(port, authority, List.of(answers));
        controller.server.start();
        return controller;
    }

    private ServerCall.Listener<AgentMessage> session(ServerCall<AgentMessage, String> call, List<String> answers) {
        call.sendHeaders(new Metadata());
        call.request(Integer.MAX_VALUE);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(AgentMessage message) {
                heard.add(message);
                if (message instanceof AgentMessage.Hello) {
                    answers.forEach(call::sendMessage);
                }
            }
        };
    }

    /** Whether the agent reported a set in that state. */
    boolean told(SetState state) {
        return heard.stream()
                .anyMatch(message -> message instanceof AgentMessage.Reports reports
                        && reports.sets().stream().anyMatch(report -> report.state() == state));
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            throw new UnsupportedOperationException("a server sends these");
        }
    }
}
