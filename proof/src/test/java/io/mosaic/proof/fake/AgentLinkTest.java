package io.mosaic.proof.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.HostDrivers;
import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.link.Address;
import io.mosaic.agent.link.AgentIdentity;
import io.mosaic.agent.link.HostSide;
import io.mosaic.agent.link.ImageStreams;
import io.mosaic.agent.link.LinkClient;
import io.mosaic.agent.link.Outbox;
import io.mosaic.agent.link.SideStreams;
import io.mosaic.controller.agents.HostLinks;
import io.mosaic.controller.agents.SideStream;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.SetReport;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import io.mosaic.model.share.ShareReport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent's link and loop with a controller's end of the link, over real gRPC and TLS; Docker is in memory. */
class AgentLinkTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String SECRET = "a_secret-of-43-base64url-characters_of_which";

    @TempDir
    Path directory;

    private final FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(1), "mosaic/infra:1", "app:1");
    private MemoryStore store;
    private StoreLog log;
    private ClusterAuthority authority;
    private HostLinks links;
    private Reconciler loop;
    private LinkClient link;
    private final FakeImages images = new FakeImages();

    @BeforeEach
    void begin() throws Exception {
        store = new MemoryStore(InstantSource.system());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        commit(new Change.Put(
                new TenantResource("default", UUID.randomUUID(), 0, Instant.now(), new TenantSpec("default", null))));
        links = controller(0);
    }

    @AfterEach
    void end() {
        link.close();
        loop.close();
        links.close();
        log.close();
        store.close();
    }

    @Test
    void tellsWhichPiecesOfABlobItHasAndHearsWhichToTake() throws Exception {
        agent(token());
        await().atMost(LONG).until(link::connected);
        assertThat(link.share(report("h1")).take()).hasSize(4);
        assertThatThrownBy(() -> link.share(report("h2")))
                .as("with a ticket of another host")
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED));
    }

    /** Of a host that has nothing yet of a blob that the given one may read. */
    private ShareReport report(String host) throws Exception {
        long expires = Instant.now().plusSeconds(60).getEpochSecond();
        BlobTicket ticket = new BlobTicket(host, "sha256:" + "a".repeat(64), 100_000_000, "b".repeat(64), expires);
        return new ShareReport(
                ticket.sealed(authority.issueRepository()), "127.0.0.1:8446", "", List.of(), 4, List.of());
    }

    @Test
    void joinsRunsASetServesItsStreamsAndComesBackWithoutTheToken() throws Exception {
        agent(token());
        await().atMost(LONG)
                .until(() -> log.image().host("h1") != null
                        && log.image().host("h1").status().state() == HostState.READY);
        SetSpec spec = Json.read("""
                {"name": "web", "resources": {"cpu": 1, "memory": "64Mi"},
                 "containers": [{"index": 1, "name": "app", "image": "app:1", "options": {}}]}
                """, SetSpec.class);
        log.commit(SetDecisions.create("default", spec, UUID.randomUUID(), Instant.now()));
        Scheduler scheduler = Scheduler.standard();
        log.commit(new PlacementDecision(scheduler, scheduler.plan(log.image(), 100), Instant.now()));
        awaitState(SetState.RUNNING);
        UUID uid = set().uid();
        assertThat(set().status().containers()).extracting("name").containsExactly("infra", "app");

        StreamRequest.Exec exec = new StreamRequest.Exec(uid, "app", List.of("cat"), true, true, 80, 24, null);
        try (SideStream stream = links.streams().open("h1", exec, LONG)) {
            assertThat(text(stream.receive(LONG))).isEqualTo("cat\n");
            stream.send(Frame.control(new StreamControl.Resize(100, 30)));
            assertThat(text(stream.receive(LONG))).isEqualTo("100x30\n");
            byte[] large = new byte[Frame.PAYLOAD_BYTES_MAX];
            for (int i = 0; i < 20; i++) {
                stream.send(new Frame(Frame.STDIN, large));
                assertThat(stream.receive(LONG).payload()).hasSameSizeAs(large);
            }
            stream.send(new Frame(Frame.STDIN, new byte[0]));
            assertThat(stream.receive(LONG).control()).isEqualTo(new StreamControl.Exit(FakeExec.EXIT_CODE));
        }
        StreamRequest.Logs logs = new StreamRequest.Logs(uid, "app", false, -1, null, false);
        try (SideStream stream = links.streams().open("h1", logs, LONG)) {
            assertThat(text(stream.receive(LONG))).startsWith("log of mos-default-web-app-");
            assertThat(stream.receive(LONG).control()).isEqualTo(new StreamControl.Exit(0));
        }
        StreamRequest.Logs infra = new StreamRequest.Logs(uid, "infra", false, -1, null, false);
        try (SideStream stream = links.streams().open("h1", infra, LONG)) {
            assertThat(stream.receive(LONG).control()).isInstanceOf(StreamControl.Failed.class);
        }

        // The controller goes away; what dies meanwhile is started again, and told when it is back.
        int port = links.port();
        links.close();
        docker.die("mos-default-web-app-" + uid.toString().substring(0, 8), 1, true);
        await().atMost(LONG).until(() -> docker.calls("start") == 3);
        links = controller(port);
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(set().status().containers().getLast().restarts())
                                .isEqualTo(1));
        awaitState(SetState.RUNNING);

        // The agent is started again, without the token that it joined with.
        link.close();
        loop.close();
        agent(null);
        await().atMost(LONG).until(link::connected);
        log.commit(SetDecisions.delete("default", "web", null, Instant.now()));
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(log.image().set("default", "web")).isNull());
        assertThat(docker.names()).isEmpty();
    }

    @Test
    void whatANewerControllerSaysBeyondThisVersionIsPassedOver() throws Exception {
        agent(token());
        await().atMost(LONG)
                .until(() -> log.image().host("h1") != null
                        && log.image().host("h1").status().state() == HostState.READY);
        StreamRequest.Unknown newer = new StreamRequest.Unknown(new UUID(1, 2), "app");
        try (SideStream stream = links.streams().open("h1", newer, LONG)) {
            assertThat(stream.receive(LONG).control()).isInstanceOf(StreamControl.Failed.class);
        }
        int port = links.port();
        links.close();
        DesiredSet web =
                new DesiredSet(new UUID(1, 2), "default", "web", 1, Json.read("""
                        {"name": "web", "resources": {"cpu": 1, "memory": "64Mi"},
                         "containers": [{"index": 1, "name": "app", "image": "app:1", "options": {}}]}
                        """, SetSpec.class), SetIntent.RUNNING);
        String desired = Json.write(new ControllerMessage.Desired(1, List.of(web)))
                .replace("\"options\":{}", "\"options\":{\"gpu\":2}")
                .replace("\"generation\":1", "\"generation\":1,\"priority\":[1]");
        try (NewerController controller = NewerController.start(
                port,
                authority,
                "{\"type\":\"welcome\",\"controller\":\"newer\",\"heartbeatMillis\":200,\"motd\":\"hello\"}",
                "{\"type\":\"rotate\",\"revision\":\"of keys\"}",
                desired)) {
            await().atMost(LONG).until(() -> controller.told(SetState.RUNNING));
            assertThat(docker.names()).hasSize(2);
        }
        links = controller(port);
        await().atMost(LONG).untilAsserted(() -> assertThat(docker.names()).isEmpty());
    }

    @Test
    void aFetchAheadGetsFurtherRightsAndEndsWithItsCaller() throws Exception {
        agent(token());
        await().atMost(LONG).until(link::connected);
        LinkMethods.GrantAnswer first = new LinkMethods.GrantAnswer("u", List.of("default/web"), "1", "one", 300);
        LinkMethods.GrantAnswer next = new LinkMethods.GrantAnswer("u", List.of("default/web"), "1", "two", 300);
        StreamRequest.Prefetch asked = new StreamRequest.Prefetch("default", "web:1", first, true);
        try (SideStream stream = links.streams().open("h1", asked, LONG)) {
            assertThat(text(stream.receive(LONG))).isEqualTo("{\"doing\":\"one\"}");
            stream.send(new Frame(Frame.STDIN, Json.bytes(next)));
            assertThat(text(stream.receive(LONG))).isEqualTo("{\"doing\":\"two\"}");
            assertThat(images.interrupted.getCount()).isEqualTo(1);
        }
        assertThat(images.interrupted.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .as("the fetch ended")
                .isTrue();
        try (SideStream stream = links.streams().open("h1", new StreamRequest.Images(), LONG)) {
            assertThat(text(stream.receive(LONG))).contains("web:1");
            assertThat(stream.receive(LONG).control()).isEqualTo(new StreamControl.Exit(0));
        }
        try (SideStream stream = links.streams().open("h1", new StreamRequest.Pin("default", "db:1", true), LONG)) {
            assertThat(stream.receive(LONG).control()).isInstanceOf(StreamControl.Failed.class);
        }
    }

    /** Fetches that say each right they get and never end by themselves. */
    private static final class FakeImages implements ImageStreams {
        private final CountDownLatch interrupted = new CountDownLatch(1);

        @Override
        public List<HostImage> list() {
            return List.of(new HostImage(
                    List.of("web:1"), "sha256:1", null, null, Bytes.ZERO, null, List.of(), Map.of(), Map.of()));
        }

        @Override
        public Fetch prefetch(StreamRequest.Prefetch request) {
            BlockingQueue<LinkMethods.GrantAnswer> rights = new LinkedBlockingQueue<>(List.of(request.grant()));
            return new Fetch() {
                @Override
                public PrefetchedImage run(Consumer<String> told) throws InterruptedException {
                    try {
                        while (true) {
                            told.accept(rights.take().token());
                        }
                    } finally {
                        interrupted.countDown();
                    }
                }

                @Override
                public void renew(LinkMethods.GrantAnswer grant) {
                    rights.add(grant);
                }
            };
        }

        @Override
        public PinnedImage pin(StreamRequest.Pin request) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "not here");
        }
    }

    private void agent(String token) throws Exception {
        Outbox outbox = new Outbox();
        FakeVolumes volumes = new FakeVolumes(Bytes.mebi(10_000));
        loop = new Reconciler(
                new Reconciler.Settings(
                        new AgentRules("h1", "mosaic/infra:1", Set.of()), 4, LONG, directory, Bytes.ZERO),
                new HostDrivers(
                        docker,
                        volumes,
                        (check, id, i) -> new HealthProbe.Result(true, "fine"),
                        new FakeLimits(),
                        id -> {}),
                DesiredState.open(directory.resolve("desired.json")),
                outbox,
                Clock.systemUTC());
        loop.start();
        SideStreams streams = new SideStreams(
                docker,
                (set, name) -> {
                    ObservedContainer container = loop.container(set, name);
                    return container == null ? null : container.id();
                },
                images);
        link = new LinkClient(
                List.of(Address.parse("127.0.0.1:" + links.port())),
                AgentIdentity.open(directory.resolve("identity"), "h1"),
                token,
                new Side(loop),
                outbox,
                streams,
                Clock.systemUTC(),
                new Random(2));
        link.start();
    }

    private HostLinks controller(int port) throws Exception {
        return HostLinks.start(
                new HostLinks.Settings("c1", "127.0.0.1", port, List.of("127.0.0.1"), Duration.ofMillis(200)),
                log,
                authority,
                new StoreLeases(store, "c1"),
                InstantSource.system());
    }

    private String token() throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(SECRET.getBytes(StandardCharsets.UTF_8));
        commit(new Change.Put(new TokenResource(
                "t1",
                UUID.randomUUID(),
                0,
                Instant.now(),
                new TokenSpec(
                        TokenSpec.Purpose.JOIN,
                        null,
                        List.of(),
                        null,
                        HexFormat.of().formatHex(hash)))));
        return "mosjoin_t1_" + SECRET + "_" + authority.fingerprint().substring(0, 32);
    }

    private void commit(Change change) throws Exception {
        log.commit(head -> Decision.Decided.of(change));
    }

    private SetResource set() {
        return log.image().set("default", "web");
    }

    private void awaitState(SetState state) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(set().status().state()).isEqualTo(state));
    }

    private static String text(Frame frame) {
        assertThat(frame.channel()).isEqualTo(Frame.STDOUT);
        return new String(frame.payload(), StandardCharsets.UTF_8);
    }

    private record Side(Reconciler loop) implements HostSide {
        @Override
        public HostInventory inventory() {
            return new HostInventory(
                    Cpu.ofCores(4),
                    Bytes.mebi(4096),
                    Bytes.mebi(10_000),
                    "amd64",
                    "6",
                    "20",
                    "1.41",
                    1,
                    "overlay2",
                    "t",
                    "");
        }

        @Override
        public String zone() {
            return "default";
        }

        @Override
        public String pool() {
            return "default";
        }

        @Override
        public Map<String, String> labels() {
            return Map.of();
        }

        @Override
        public List<SetReport> sets() {
            return loop.reports();
        }

        @Override
        public String degraded() {
            return loop.degraded();
        }

        @Override
        public void desired(ControllerMessage.Desired message) {
            loop.apply(message);
        }

        @Override
        public void delta(ControllerMessage.Delta message) {
            loop.apply(message);
        }
    }
}
