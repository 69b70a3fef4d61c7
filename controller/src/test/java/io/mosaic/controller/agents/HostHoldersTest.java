package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.reconcile.HostLiveness;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.Event;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.SetReport;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** Several controllers, several agents with one identity, and agents that say what cannot be. */
class HostHoldersTest extends LinkFixture {

    private static StreamRequest exec() {
        return new StreamRequest.Exec(new UUID(1, 1), "web", List.of("sh"), true, false, 80, 25, null);
    }

    private AgentMessage.Hello hello(String process) {
        return new AgentMessage.Hello(
                1, Samples.inventory(4000, 4096, 10_000), "z1", "p1", Map.of(), List.of(), process);
    }

    @Test
    void ofTwoAgentsWithOneIdentityTheNewestWinsAndTheOtherIsTurnedAway() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var first = agent.session();
            first.send(hello("p1"));
            greeted(first);
            var clone = agent.session();
            clone.send(hello("p2"));
            greeted(clone);
            assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);

            var again = agent.session();
            again.send(hello("p1"));

            assertThat(again.end().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
            clone.send(new AgentMessage.Heartbeat("still here"));
            await().until(() -> log.image().host("h1").status().state() == HostState.DEGRADED);
            clone.cancel();
        }
    }

    @Test
    void aSessionEndsWhenAnotherControllerHoldsTheHost() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.session();
            session.send(hello("p1"));
            greeted(session);
            store.claim("c2", Map.of("h1", new HostLeases.Claimant("p1", 2)), SOON);

            session.send(new AgentMessage.Heartbeat(null));

            assertThat(session.end().getCode()).isEqualTo(Status.Code.ABORTED);
        }
    }

    /** A second controller over the same database. */
    private HostLinks secondController(StoreLog its) throws Exception {
        return HostLinks.start(
                new HostLinks.Settings("c2", "127.0.0.1", 0, List.of("localhost", "127.0.0.1"), Duration.ofMillis(500)),
                its,
                authority,
                new StoreLeases(store, "c2"),
                InstantSource.system());
    }

    private static AgentMessage.Hello hello(long session, SetReport... sets) {
        return new AgentMessage.Hello(
                session, Samples.inventory(4000, 4096, 10_000), "z1", "p1", Map.of(), List.of(sets), "p1");
    }

    @Test
    void aReportUnderWayAtTheOldControllerIsNotCommittedAfterTheNewOnesHello() throws Exception {
        links.close();
        GatedLog gated = new GatedLog(log);
        links = startLinks(gated);
        try (StoreLog its = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
                HostLinks second = secondController(its);
                FakeAgent agent = joined("h1");
                FakeAgent there = FakeAgent.connect(second.port(), "h1", agent.identity(), authority.certificate())) {
            var old = agent.session();
            old.send(hello(1));
            greeted(old);
            create("web");
            place();
            DesiredSet web = old.next(ControllerMessage.Delta.class).put().getFirst();
            gated.shut();
            Event told = new Event(0, Instant.now(), "default", Kind.SET, "web", "web", "Ended", true, "told once");
            old.send(new AgentMessage.Reports(List.of(FakeAgent.report(web, SetState.FAILED)), List.of(told)));
            gated.awaitOneWaiting();

            its.imageAtLeast(log.image().revision(), SOON);
            var current = there.session();
            current.send(hello(2, FakeAgent.report(web, SetState.RUNNING)));
            current.next(ControllerMessage.Welcome.class);
            gated.open();

            assertThat(old.end().getCode()).isEqualTo(Status.Code.ABORTED);
            await().until(() -> store.events(new Store.EventQuery(null, Kind.SET, "web", 0L, 100)).stream()
                    .anyMatch(event -> event.type().equals("Ended")));
            assertThat(its.imageAtLeast(log.image().revision(), SOON)
                            .set("default", "web")
                            .status()
                            .state())
                    .as("what the agent said last, at the controller that holds it")
                    .isEqualTo(SetState.RUNNING);
            current.cancel();
        }
    }

    @Test
    void aHelloThatComesLateChangesNothing() throws Exception {
        try (StoreLog its = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
                HostLinks second = secondController(its);
                FakeAgent agent = joined("h1");
                FakeAgent there = FakeAgent.connect(second.port(), "h1", agent.identity(), authority.certificate())) {
            its.imageAtLeast(log.image().revision(), SOON);
            var current = there.session();
            current.send(hello(2));
            current.next(ControllerMessage.Welcome.class);
            create("web");
            place();
            current.next(ControllerMessage.Desired.class);
            DesiredSet web = current.next(ControllerMessage.Delta.class).put().getFirst();
            current.send(new AgentMessage.Reports(List.of(FakeAgent.report(web, SetState.RUNNING)), List.of()));
            await().until(() -> state("web") == SetState.RUNNING);

            var late = agent.session();
            late.send(hello(1));

            assertThat(late.end().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
            assertThat(state("web")).isEqualTo(SetState.RUNNING);
            current.send(new AgentMessage.Heartbeat("still held there"));
            await().until(() -> log.image().host("h1").status().state() == HostState.DEGRADED);
            current.cancel();
        }
    }

    /** A log whose commits wait at a gate. */
    private static final class GatedLog implements ClusterLog {
        private final ClusterLog log;
        private final Semaphore gate = new Semaphore(1);

        GatedLog(ClusterLog log) {
            this.log = log;
        }

        void shut() throws InterruptedException {
            gate.acquire();
        }

        void open() {
            gate.release();
        }

        void awaitOneWaiting() {
            await().until(gate::hasQueuedThreads);
        }

        @Override
        public Committed commit(Commit commit) throws InterruptedException {
            gate.acquire();
            gate.release();
            return log.commit(commit);
        }

        @Override
        public ClusterImage image() {
            return log.image();
        }

        @Override
        public ClusterImage imageAtLeast(long revision, Duration timeout) throws InterruptedException {
            return log.imageAtLeast(revision, timeout);
        }

        @Override
        public Subscription subscribe(Listener listener) {
            return log.subscribe(listener);
        }

        @Override
        public long compactedTo() {
            return log.compactedTo();
        }

        @Override
        public List<Change> changesAfter(long revision, int limit) {
            return log.changesAfter(revision, limit);
        }

        @Override
        public void close() {
            log.close();
        }
    }

    @Test
    void aStreamGoesThroughTheControllerThatHoldsTheHost() throws Exception {
        store.announce(new Store.Member("c1", "one", "localhost:" + links.port(), Duration.ZERO), SOON);
        try (HostLinks other = HostLinks.start(
                        new HostLinks.Settings("c2", "127.0.0.1", 0, List.of("localhost"), Duration.ofMillis(500)),
                        log,
                        authority,
                        new StoreLeases(store, "c2"),
                        InstantSource.system());
                ControllerDirectory directory = ControllerDirectory.start(store, "c2", "two", "unused:1");
                StreamRouter router = new StreamRouter(other.streams(), directory, authority);
                FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            var opening = CompletableFuture.supplyAsync(() -> {
                try {
                    return router.open("h1", exec(), SOON);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            ControllerMessage.Open asked = session.next(ControllerMessage.Open.class);
            assertThat(asked.request()).isEqualTo(exec());
            var call = agent.attach(asked.stream(), 100);
            try (SideStream stream = opening.get()) {
                stream.send(new Frame(Frame.STDIN, "in".getBytes(StandardCharsets.UTF_8)));
                assertThat(call.next().payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("in");
                call.send(new Frame(Frame.STDOUT, "out".getBytes(StandardCharsets.UTF_8)));
                call.send(Frame.control(new StreamControl.Exit(3)));
                call.halfClose();
                assertThat(stream.receive(SOON).payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("out");
                assertThat(stream.receive(SOON).control()).isEqualTo(new StreamControl.Exit(3));
                assertThat(stream.receive(SOON)).isNull();
            }
            assertThat(call.end().isOk()).isTrue();
            assertThatThrownBy(() -> router.open("nowhere", exec(), SOON)).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void oneForwardedStreamMoreThanAllowedIsRefusedAtOnce() throws Exception {
        store.announce(new Store.Member("c1", "one", "localhost:" + links.port(), Duration.ZERO), SOON);
        try (HostLinks other = secondController(log);
                ControllerDirectory directory = ControllerDirectory.start(store, "c2", "two", "unused:1");
                StreamRouter router = new StreamRouter(other.streams(), directory, authority, 1);
                FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            SideStream only = attached(router, agent, session);
            assertThatThrownBy(() -> router.open("h1", exec(), SOON))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.is(Problem.Kind.TOO_MANY))
                                    .as(e.getMessage())
                                    .isTrue());
            only.close();
            await().untilAsserted(() -> attached(router, agent, session).close());
        }
    }

    /** A stream that the router opened and the agent has answered. */
    private static SideStream attached(
            StreamRouter router, FakeAgent agent, FakeAgent.Call<AgentMessage, ControllerMessage> session)
            throws Exception {
        var opening = CompletableFuture.supplyAsync(() -> {
            try {
                return router.open("h1", exec(), SOON);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        ControllerMessage.Open asked = session.poll(ControllerMessage.Open.class, () -> opening.isDone());
        if (asked == null) {
            throw new AssertionError(
                    "refused", opening.handle((stream, fault) -> fault).get());
        }
        agent.attach(asked.stream(), 100);
        return opening.get();
    }

    @Test
    void onlyAControllerMayForward() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var call = new FakeAgent.Call<Frame, Frame>(agent.channel(), LinkMethodDescriptors.FORWARD, 10);
            assertThat(call.end().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        }
    }

    private static AgentMessage.Hello saying(HostInventory inventory, List<SetReport> sets) {
        return new AgentMessage.Hello(1, inventory, "z1", "p1", Map.of(), sets);
    }

    @Test
    void whatMakesNoSenseHarmsNobodyElse() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent other = joined("h2")) {
            var bystander = other.hello();
            greeted(bystander);
            SetReport nobodys = new SetReport(null, null, null, 1, null, null, null, List.of());
            for (AgentMessage.Hello hello : List.of(
                    saying(Samples.inventory(4000, 65L << 20, 1), List.of()),
                    saying(Samples.inventory(4000, 4096, 1), List.of(nobodys)),
                    saying(
                            new HostInventory(null, null, null, null, null, null, null, 1, null, null, null),
                            List.of()))) {
                var liar = agent.session();
                liar.send(hello);
                assertThat(liar.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            bystander.send(new AgentMessage.Heartbeat("disk full"));
            await().until(() -> log.image().host("h2").status().state() == HostState.DEGRADED);
        }
    }

    @Test
    void aCapacityThatNoMachineHasIsNotTaken() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent other = joined("h2")) {
            var bystander = other.hello();
            greeted(bystander);
            String hello = Json.write(saying(Samples.inventory(4000, 4096, 10_000), List.of()));
            assertThat(hello).contains("\"cpu\":4,", "\"memory\":\"4Gi\"", "\"disk\":\"10000Mi\"");
            for (String[] lie : new String[][] {
                {"\"cpu\":4,", "\"cpu\":-4,"},
                {"\"cpu\":4,", "\"cpu\":NaN,"},
                {"\"cpu\":4,", "\"cpu\":\"NaN\","},
                {"\"cpu\":4,", "\"cpu\":5000,"},
                {"\"cpu\":4,", "\"cpu\":1e300,"},
                {"\"cpu\":4,", "\"cpu\":0.0001,"},
                {"\"cpu\":4,", ""},
                {"\"4Gi\"", "-1"},
                {"\"4Gi\"", "\"65Ti\""},
                {"\"4Gi\"", "9223372036854775808"},
                {"\"4Gi\"", "\"Infinity\""},
                {"\"10000Mi\"", "\"2048Ti\""},
                {"\"10000Mi\"", "null"},
                {"\"inventory\":{", "\"inventory\":{\"rootFreePercent\":101,"},
                {"\"numa\":[]", "\"numa\":[{\"id\":0,\"cpus\":\"0-99999\",\"memory\":1}]"},
                {"\"numa\":[]", "\"numa\":[{\"id\":-1,\"cpus\":\"0\",\"memory\":1}]"},
            }) {
                assertThat(hello).contains(lie[0]);
                var liar = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
                liar.send(hello.replace(lie[0], lie[1]).getBytes(StandardCharsets.UTF_8));
                assertThat(liar.end().getCode()).as(lie[1]).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            assertThat(log.image().host("h1").status().inventory()).isNull();
            create("web");
            place();
            assertThat(log.image().set("default", "web").status().host()).isEqualTo("h2");
            bystander.next(ControllerMessage.Delta.class);
        }
    }

    @Test
    void aHostThatHasLessThanItSaidGetsNoMoreSets() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.session();
            session.send(saying(Samples.inventory(4_000_000, 1 << 20, 1 << 20), List.of()));
            greeted(session);
            create("one");
            place();
            session.next(ControllerMessage.Delta.class);
            var honest = agent.session();
            honest.send(saying(Samples.inventory(10, 16, 16), List.of()));
            greeted(honest);
            create("two");
            place();
            assertThat(log.image().set("default", "two").status().host()).isNull();
            assertThat(log.image().set("default", "one").status().host()).isEqualTo("h1");
        }
    }

    @Test
    void aControllerWhoseClockIsAnHourOffHoldsItsHostsAllTheSame() throws Exception {
        for (Duration off : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
            String name = off.isNegative() ? "behind" : "ahead";
            links.close();
            links = startLinks(log, InstantSource.offset(InstantSource.system(), off));
            try (FakeAgent agent = joined(name)) {
                var session = agent.session();
                session.send(hello(1));
                greeted(session);
                session.send(new AgentMessage.Heartbeat("disk full"));
                await().until(() -> log.image().host(name).status().state() == HostState.DEGRADED);
                session.send(new AgentMessage.Heartbeat(null));
                await().until(() -> log.image().host(name).status().state() == HostState.READY);
                assertThat(HostLiveness.silent(log.image(), store.heartbeatAges(), Duration.ofDays(1)))
                        .extracting(HostLiveness.Silent::host)
                        .doesNotContain(name);
                session.cancel();
            }
        }
    }

    @Test
    void aClockAnHourAheadTellsNothingOfTheFuture() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            Instant ahead = Instant.now().plusSeconds(3600);
            session.send(new AgentMessage.Reports(
                    List.of(),
                    List.of(new Event(0, ahead, "", Kind.HOST, "h1", null, "Strange", false, "an hour ahead"))));
            await().until(() -> store.events(new Store.EventQuery(null, Kind.HOST, "h1", 0L, 100)).stream()
                    .anyMatch(event ->
                            event.type().equals("Strange") && event.at().isBefore(ahead.minusSeconds(3000))));
        }
    }
}
