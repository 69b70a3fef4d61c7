package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.ClientCalls;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.Pem;
import io.mosaic.model.Event;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLinksTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String SECRET = "a_secret-of-43-base64url-characters_of_which";

    @TempDir
    Path directory;

    private MemoryStore store;
    private StoreLog log;
    private ClusterAuthority authority;
    private HostLinks links;

    @BeforeEach
    void start() throws Exception {
        store = new MemoryStore(InstantSource.system());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        log.commit(head -> Decision.Decided.of(new Change.Put(Samples.tenant("default", null))));
        links = startLinks();
    }

    private HostLinks startLinks() throws Exception {
        return HostLinks.start(
                new HostLinks.Settings("c1", "127.0.0.1", 0, List.of("127.0.0.1", "localhost"), Duration.ofMillis(500)),
                log,
                authority,
                new StoreLeases(store, "c1"),
                InstantSource.system());
    }

    @AfterEach
    void stop() {
        links.close();
        log.close();
        store.close();
    }

    private String token(String name) throws Exception {
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.JOIN, null, List.of(), null, JoinToken.hash(SECRET));
        log.commit(head -> Decision.Decided.of(
                new Change.Put(new TokenResource(name, UUID.randomUUID(), 0, Instant.now(), spec))));
        return "mosjoin_" + name + "_" + SECRET + "_" + authority.fingerprint().substring(0, 32);
    }

    private FakeAgent joined(String host) throws Exception {
        return FakeAgent.join(links.port(), host, token("t-" + host));
    }

    private void create(String name) throws Exception {
        log.commit(SetDecisions.create("default", Samples.spec(name, 100, 64), UUID.randomUUID(), Instant.now()));
    }

    private void place() throws Exception {
        Scheduler scheduler = Scheduler.standard();
        log.commit(new PlacementDecision(scheduler, scheduler.plan(log.image(), 100), Instant.now()));
    }

    private SetState state(String set) {
        return log.image().set("default", set).status().state();
    }

    private static ControllerMessage.Desired greeted(FakeAgent.Call<AgentMessage, ControllerMessage> session)
            throws Exception {
        assertThat(session.next(ControllerMessage.Welcome.class)).isEqualTo(new ControllerMessage.Welcome("c1", 500));
        return session.next(ControllerMessage.Desired.class);
    }

    private static Status.Code codeOf(ThrowableAssert.ThrowingCallable call) {
        StatusRuntimeException thrown = Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(thrown).isNotNull();
        return thrown.getStatus().getCode();
    }

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
        assertThat(log.image().token("t1")).isNotNull();
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

    @Test
    void desiredStateGoesDownAndReportsComeUp() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent bystander = joined("h2")) {
            var other = bystander.hello();
            greeted(other);
            log.commit(HostDecisions.cordon("h2", null, Instant.now()));
            var session = agent.hello();
            assertThat(greeted(session).sets()).isEmpty();
            create("web");
            place();
            ControllerMessage.Delta delta = session.next(ControllerMessage.Delta.class);
            DesiredSet web = delta.put().getFirst();
            assertThat(delta.put()).hasSize(1);
            assertThat(web.name()).isEqualTo("web");
            assertThat(web.generation()).isEqualTo(1);

            Event told = new Event(
                    0, Instant.now(), "default", Kind.SET, "web", "web", "ContainerStarted", false, "as asked");
            Event forged = new Event(0, Instant.now(), "other", Kind.SET, "db", null, "Died", true, "not mine");
            session.send(new AgentMessage.Reports(
                    List.of(FakeAgent.report(web, SetState.PREPARING), FakeAgent.report(web, SetState.RUNNING)),
                    List.of(told, forged)));
            await().until(() -> state("web") == SetState.RUNNING);
            assertThat(store.events(new Store.EventQuery(null, Kind.SET, null, 0L, 100)))
                    .extracting(Event::type)
                    .containsExactly("Created", "Placed", "ContainerStarted");

            log.commit(SetDecisions.stop("default", "web", null, Instant.now()));
            DesiredSet stopped =
                    session.next(ControllerMessage.Delta.class).put().getFirst();
            assertThat(stopped.generation())
                    .as("the change of status was no message of its own")
                    .isEqualTo(2);
            log.commit(SetDecisions.delete("default", "web", null, Instant.now()));
            DesiredSet deleted =
                    session.next(ControllerMessage.Delta.class).put().getFirst();
            session.send(new AgentMessage.Reports(List.of(FakeAgent.report(deleted, SetState.DELETED)), List.of()));
            assertThat(session.next(ControllerMessage.Delta.class).removed()).containsExactly(web.uid());
            assertThat(log.image().set(web.uid())).isNull();
            assertThat(other.waiting())
                    .as("what is not its own does not reach the other host")
                    .isZero();
        }
    }

    @Test
    void aReturningAgentGetsTheWholeStateAndTellsItsOwn() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var first = agent.hello();
            greeted(first);
            create("runs");
            create("lost");
            place();
            List<DesiredSet> sets = greetedSets(first, 2);
            for (DesiredSet set : sets) {
                first.send(new AgentMessage.Reports(List.of(FakeAgent.report(set, SetState.RUNNING)), List.of()));
            }
            await().until(() -> state("runs") == SetState.RUNNING && state("lost") == SetState.RUNNING);
            log.commit(HostDecisions.unreachable("h1", "silent", Instant.now()));
            assertThat(first.end().getCode())
                    .as("given up, yet there: say hello again")
                    .isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(state("runs")).isEqualTo(SetState.LOST);
            DesiredSet runs = sets.stream()
                    .filter(set -> set.name().equals("runs"))
                    .findFirst()
                    .orElseThrow();
            var second = agent.hello(FakeAgent.report(runs, SetState.RUNNING));
            assertThat(greeted(second).sets()).hasSize(2);
            assertThat(log.image().host("h1").status().state()).isEqualTo(HostState.READY);
            assertThat(state("runs")).isEqualTo(SetState.RUNNING);
            assertThat(state("lost")).as("the host does not have it").isEqualTo(SetState.PLACED);
        }
    }

    private static List<DesiredSet> greetedSets(FakeAgent.Call<AgentMessage, ControllerMessage> session, int count)
            throws Exception {
        List<DesiredSet> sets = new ArrayList<>();
        while (sets.size() < count) {
            sets.addAll(session.next(ControllerMessage.Delta.class).put());
        }
        return sets;
    }

    @Test
    void aSecondSessionOfAHostEndsTheFirst() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var first = agent.hello();
            greeted(first);
            var second = agent.hello();
            greeted(second);
            assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);
            create("web");
            place();
            assertThat(second.next(ControllerMessage.Delta.class).put()).hasSize(1);
            assertThat(links.connected()).isOne();
        }
    }

    @Test
    void heartbeatsRenewTheLeaseAndTellOfTrouble() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            assertThat(store.heartbeatAges()).containsKey("h1");
            session.send(new AgentMessage.Heartbeat("docker does not answer"));
            await().until(() -> log.image().host("h1").status().state() == HostState.DEGRADED);
            assertThat(log.image().host("h1").status().reason()).isEqualTo("docker does not answer");
            long revision = log.image().revision();
            for (int i = 0; i < 50; i++) {
                session.send(new AgentMessage.Heartbeat("docker does not answer"));
            }
            session.send(new AgentMessage.Heartbeat(null));
            await().until(() -> log.image().host("h1").status().state() == HostState.READY);
            assertThat(log.image().revision())
                    .as("heartbeats do not enter the log")
                    .isEqualTo(revision + 1);
        }
    }

    @Test
    void manyReportsShareCommits() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            create("web");
            place();
            DesiredSet web = session.next(ControllerMessage.Delta.class).put().getFirst();
            for (int i = 0; i < 500; i++) {
                session.send(new AgentMessage.Reports(
                        List.of(FakeAgent.report(web, i % 2 == 0 ? SetState.FAILED : SetState.STARTING)), List.of()));
            }
            session.send(new AgentMessage.Reports(List.of(FakeAgent.report(web, SetState.RUNNING)), List.of()));
            await().until(() -> state("web") == SetState.RUNNING);
            assertThat(links.impossibleTransitions()).isZero();
        }
    }

    @Test
    void whatIsNoMessageEndsThatCallAndNoOther() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent other = joined("h2")) {
            var bystander = other.hello();
            greeted(bystander);
            var neighbour = agent.hello();
            greeted(neighbour);
            for (String garbage : List.of("garbage", "{\"type\":\"welcome\"}", "null", "")) {
                var raw = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
                raw.send(garbage.getBytes(StandardCharsets.UTF_8));
                assertThat(raw.end().getCode()).as(garbage).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            var huge = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
            huge.send(new byte[LinkMethodDescriptors.AGENT_MESSAGE_BYTES_MAX + 1]);
            assertThat(huge.end().getCode()).isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
            var rude = agent.session();
            rude.send(new AgentMessage.Heartbeat(null));
            assertThat(rude.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            var empty = agent.session();
            empty.send(new AgentMessage.Hello(1, null, null, null, null, null));
            assertThat(empty.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            var frame = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.STREAM), 10);
            frame.send(new byte[] {9});
            assertThat(frame.end().isOk()).isFalse();
            create("web");
            create("web2");
            place();
            assertThat(neighbour.next(ControllerMessage.Delta.class).put()).hasSize(1);
            assertThat(bystander.next(ControllerMessage.Delta.class).put()).hasSize(1);
        }
    }

    private static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> method) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                return new byte[0];
            }
        };
        return method.toBuilder(bytes, bytes).build();
    }

    private static StreamRequest exec() {
        return new StreamRequest.Exec(new UUID(1, 1), "web", List.of("sh"), true, false, 80, 25, null);
    }

    private CompletableFuture<SideStream> open(String host, Duration timeout) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return links.streams().open(host, exec(), timeout);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aSideStreamCarriesFramesBothWaysUntilItsEnd() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            var opening = open("h1", SOON);
            ControllerMessage.Open asked = session.next(ControllerMessage.Open.class);
            assertThat(asked.request()).isEqualTo(exec());
            var call = agent.attach(asked.stream(), 100);
            try (SideStream stream = opening.get()) {
                stream.send(new Frame(Frame.STDIN, "in".getBytes(StandardCharsets.UTF_8)));
                assertThat(call.next().payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("in");
                assertThatThrownBy(() -> stream.receive(Duration.ofMillis(20)))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.is(Problem.Kind.TIMEOUT)).isTrue());
                call.send(new Frame(Frame.STDOUT, "out".getBytes(StandardCharsets.UTF_8)));
                call.send(Frame.control(new StreamControl.Exit(3)));
                call.halfClose();
                assertThat(stream.receive(SOON).payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("out");
                assertThat(stream.receive(SOON).control()).isEqualTo(new StreamControl.Exit(3));
                assertThat(stream.receive(SOON)).isNull();
                assertThat(stream.receive(SOON)).isNull();
            }
            assertThat(call.end().isOk()).isTrue();
        }
    }

    /** A writer is told to wait now and then; only one that is told so for long is held up by the other end. */
    private static boolean readySoon(FakeAgent.Call<Frame, Frame> call) throws InterruptedException {
        for (int i = 0; i < 100 && !call.ready(); i++) {
            Thread.sleep(5);
        }
        return call.ready();
    }

    @Test
    void aSlowReaderSlowsTheWriterOnBothSides() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            var opening = open("h1", SOON);
            var call = agent.attach(session.next(ControllerMessage.Open.class).stream(), 0);
            SideStream stream = opening.get();
            byte[] large = new byte[200 * 1024];
            // Up: nobody reads, so gRPC soon stops being ready at the agent.
            int sent = 0;
            while (sent < 1000 && readySoon(call)) {
                call.send(new Frame(Frame.STDOUT, large));
                sent++;
            }
            assertThat(sent).isBetween(StreamCall.AHEAD, 100);
            for (int i = 0; i < sent; i++) {
                assertThat(stream.receive(SOON).payload()).hasSize(large.length);
            }
            await().until(call::ready);
            // Down: the agent asks for nothing, so send blocks.
            AtomicInteger down = new AtomicInteger();
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    while (down.get() < 1000) {
                        stream.send(new Frame(Frame.STDIN, large));
                        down.incrementAndGet();
                    }
                } catch (InterruptedException | ProblemException e) {
                    down.addAndGet(10_000);
                }
            });
            await().during(Duration.ofMillis(200)).until(down::get, count -> count > 0 && count < 100);
            int before = down.get();
            call.request(1000);
            await().until(() -> down.get() > before + 20);
            // The agent goes away: whoever sends or waits hears of it.
            call.cancel();
            assertThat(stream.receive(SOON)).isNull();
            assertThat(writer.join(SOON)).isTrue();
            assertThat(down.get()).isGreaterThan(10_000);
        }
    }

    @Test
    void aStreamIsForWhoAskedAndForThatHostOnly() throws Exception {
        assertThatThrownBy(() -> links.streams().open("none", exec(), SOON))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.UNAVAILABLE)).isTrue());
        try (FakeAgent agent = joined("h1");
                FakeAgent thief = joined("h2")) {
            var session = agent.hello();
            greeted(session);
            assertThat(agent.attach("nobody-waits", 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            var opening = open("h1", Duration.ofMillis(500));
            String id = session.next(ControllerMessage.Open.class).stream();
            assertThat(thief.attach(id, 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThatThrownBy(opening::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.is(Problem.Kind.TIMEOUT)).isTrue());
            assertThat(agent.attach(id, 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
    }

    @Test
    void closingTheControllerEndsSessionsSoThatAgentsGoElsewhere() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            links.close();
            assertThat(session.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            links = startLinks();
            try (FakeAgent again = FakeAgent.connect(links.port(), "h1", agent.identity(), authority.certificate())) {
                greeted(again.hello());
            }
        }
    }

    @Test
    void manySetsGoDownWholeAndInParts() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            int sets = HostSession.TOUCHED_MAX + 200;
            log.commit(head -> {
                List<Change> changes = new ArrayList<>();
                for (int i = 0; i < sets; i++) {
                    Decision create =
                            SetDecisions.create("default", Samples.spec("s" + i, 1, 1), UUID.randomUUID(), Samples.NOW);
                    Change.Put put = (Change.Put) create.decide(head).changes().getFirst();
                    SetResource set = (SetResource) put.resource();
                    changes.add(new Change.Put(set.withStatus(
                            set.status().in(SetState.PLACED, null, Samples.NOW).on("h1"))));
                }
                return new Decision.Decided(changes, List.of());
            });
            Set<UUID> told = new HashSet<>();
            while (told.size() < sets) {
                switch (session.next()) {
                    case ControllerMessage.Desired whole -> whole.sets().forEach(set -> told.add(set.uid()));
                    case ControllerMessage.Delta delta -> delta.put().forEach(set -> told.add(set.uid()));
                    default -> throw new AssertionError("another message");
                }
            }
            assertThat(told).hasSize(sets);
        }
    }
}
