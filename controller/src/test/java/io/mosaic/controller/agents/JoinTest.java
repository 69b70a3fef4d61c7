package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.Pem;
import io.mosaic.model.HostState;
import io.mosaic.model.TokenResource;
import io.mosaic.model.link.LinkMethods;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.api.Test;

class JoinTest extends LinkFixture {

    @Test
    void aTokenLetsOneHostInOnce() throws Exception {
        String token = token("t1");
        try (FakeAgent agent = FakeAgent.join(links.port(), "h1", token)) {
            assertThat(log.image().host("h1").status().state()).isEqualTo(HostState.JOINING);
            assertThat(log.image().token("t1")).isNull();
            assertThat(codeOf(() -> FakeAgent.join(links.port(), "h2", token))).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(log.image().host("h2")).isNull();
            greeted(agent.hello());
            assertThat(log.image().host("h1").status().state()).isEqualTo(HostState.READY);
            assertThat(log.image().host("h1").spec().zone()).isEqualTo("z1");
            String second = token("t2");
            assertThat(codeOf(() -> FakeAgent.join(links.port(), "h1", second))).isEqualTo(Status.Code.ALREADY_EXISTS);
            assertThat(log.image().token("t2"))
                    .as("a refused join uses no token up")
                    .isNotNull();
        }
    }

    @Test
    void badRequestsToJoinAreRefusedAndUseNoTokenUp() throws Exception {
        String token = token("t1");
        String wrong = token.replace(SECRET, SECRET.replace('a', 'b'));
        String csr = HostKey.generate().csrPem("h1");
        for (LinkMethods.JoinRequest bad : List.of(
                new LinkMethods.JoinRequest("h1", token, "no csr"),
                new LinkMethods.JoinRequest("../h1", token, csr),
                new LinkMethods.JoinRequest("h1", wrong, csr),
                new LinkMethods.JoinRequest("h1", "", csr),
                new LinkMethods.JoinRequest("h1", null, csr))) {
            assertThat(codeOf(() -> FakeAgent.join(links.port(), token, bad)))
                    .as(bad.toString())
                    .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.UNAUTHENTICATED);
        }
        String otherCluster = token.substring(0, token.length() - 32) + "0".repeat(32);
        assertThat(codeOf(() -> FakeAgent.join(links.port(), "h1", otherCluster)))
                .isEqualTo(Status.Code.UNAVAILABLE);
        TokenResource kept = log.image().token("t1");
        assertThat(kept).isNotNull();
        log.commit(head -> Decision.Decided.of(new Change.Delete(kept)));
        assertThat(codeOf(() -> FakeAgent.join(links.port(), "h1", token)))
                .as("revoked")
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(log.image().hosts()).isEmpty();
    }

    @Test
    void aHostRenewsItsOwnCertificateOnly() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            HostKey key = HostKey.generate();
            LinkMethods.JoinAnswer answer = ClientCalls.blockingUnaryCall(
                    agent.channel(),
                    LinkMethodDescriptors.JOIN,
                    CallOptions.DEFAULT,
                    new LinkMethods.JoinRequest("h1", "", key.csrPem("h1")));
            try (FakeAgent renewed = FakeAgent.connect(
                    links.port(), "h1", key.with(Pem.certificates(answer.certificate())), authority.certificate())) {
                greeted(renewed.hello());
            }
            assertThat(codeOf(() -> ClientCalls.blockingUnaryCall(
                            agent.channel(),
                            LinkMethodDescriptors.JOIN,
                            CallOptions.DEFAULT,
                            new LinkMethods.JoinRequest("h2", "", key.csrPem("h2")))))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
        }
    }

    @Test
    void strangersGetNoSession() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            // No certificate.
            var bare = FakeAgent.channel(
                    links.port(),
                    TlsChannelCredentials.newBuilder()
                            .trustManager(ClusterTrust.in(authority.certificate()))
                            .build());
            assertThat(new FakeAgent.Call<>(bare, LinkMethodDescriptors.SESSION, 1)
                            .end()
                            .getCode())
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(new FakeAgent.Call<>(bare, LinkMethodDescriptors.STREAM, 1)
                            .end()
                            .getCode())
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            bare.shutdownNow();
            // A certificate of another CA, for the right name and uid.
            ClusterAuthority other = ClusterAuthority.loadOrCreate(directory.resolve("other"));
            HostKey key = HostKey.generate();
            UUID uid = log.image().host("h1").uid();
            assertNoConnectionFor(key.with(other.signHost("h1", uid, key.csrPem("h1"))));
            // Of our CA, for a host that is not in the cluster, or was another of that name.
            try (FakeAgent unknown = FakeAgent.connect(
                            links.port(),
                            "h9",
                            key.with(authority.signHost("h9", uid, key.csrPem("h9"))),
                            authority.certificate());
                    FakeAgent former = FakeAgent.connect(
                            links.port(),
                            "h1",
                            key.with(authority.signHost("h1", new UUID(1, 1), key.csrPem("h1"))),
                            authority.certificate())) {
                assertThat(unknown.session().end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
                assertThat(former.session().end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            }
            greeted(agent.hello());
        }
    }

    /** Shows the certificate although the server says that it trusts another CA only, which gRPC's client would not. */
    private void assertNoConnectionFor(Credentials forged) throws Exception {
        X509ExtendedKeyManager bold = new X509ExtendedKeyManager() {
            @Override
            public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
                return "me";
            }

            @Override
            public X509Certificate[] getCertificateChain(String alias) {
                return forged.chain().toArray(X509Certificate[]::new);
            }

            @Override
            public PrivateKey getPrivateKey(String alias) {
                return forged.key();
            }

            @Override
            public String[] getClientAliases(String type, Principal[] issuers) {
                return new String[] {"me"};
            }

            @Override
            public String[] getServerAliases(String type, Principal[] issuers) {
                return new String[0];
            }

            @Override
            public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
                return null;
            }
        };
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {bold}, new TrustManager[] {ClusterTrust.in(authority.certificate())}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", links.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            // In TLS 1.3 the client is done before the server has looked at its certificate: the refusal comes after.
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        socket.getInputStream().readAllBytes();
                    })
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void aRemovedHostIsPutOutAtOnceAndStaysOut() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            log.commit(HostDecisions.remove("h1", null, Instant.now()));
            assertThat(session.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(agent.session().end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        }
    }

    /** What a stranger may make the server hold, before anybody knows who it is, is what a request to join needs. */
    @Test
    void aStrangerIsCutOffLongBeforeTheSizeOfAnAgentsMessage() throws Exception {
        var bare = FakeAgent.channel(
                links.port(),
                TlsChannelCredentials.newBuilder()
                        .trustManager(ClusterTrust.in(authority.certificate()))
                        .build());
        try {
            var flood = new FakeAgent.Call<>(bare, raw(LinkMethodDescriptors.JOIN), 1);
            flood.send(new byte[LinkMethodDescriptors.AGENT_MESSAGE_BYTES_MAX - 1]);
            Status cutOff = flood.end();
            assertThat(cutOff.getCode()).isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
            assertThat(String.valueOf(cutOff.getDescription()))
                    .as("not read to its end and answered by the marshaller")
                    .doesNotContain("a message of more than");
            var silent = new FakeAgent.Call<>(bare, raw(LinkMethodDescriptors.JOIN), 1);
            silent.halfClose();
            assertThat(silent.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        } finally {
            bare.shutdownNow();
        }
        try (FakeAgent agent = joined("h1")) {
            greeted(agent.hello());
        }
    }
}
