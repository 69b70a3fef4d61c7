package io.mosaic.controller.lead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.SetReports;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppStatus;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.Portion;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.UpdatePolicy;
import io.mosaic.model.link.SetReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaderTest {

    private static final LeaderTimes QUICK = new LeaderTimes(
            Duration.ofMillis(400),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(200));

    private MemoryStore store;
    private StoreLog log;
    private final List<Leader> leaders = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        store = new MemoryStore(InstantSource.system());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        log.commit(head -> new Decision.Decided(
                List.of(
                        new Change.Put(Samples.tenant("default", null)),
                        new Change.Put(Samples.host("h1", 4000, 4096))),
                List.of()));
        store.heartbeats("c1", Map.of("h1", Duration.ZERO));
    }

    @AfterEach
    void stop() {
        leaders.forEach(Leader::close);
        log.close();
        store.close();
    }

    private Leader lead(String name, LeaderLease lease) {
        Leader leader = Leader.start(
                log, lease, new StoreLeases(store, name), Scheduler.standard(), InstantSource.system(), QUICK);
        leaders.add(leader);
        return leader;
    }

    private void create(String name, int cpuMillis) throws Exception {
        log.commit(SetDecisions.create("default", Samples.spec(name, cpuMillis, 64), UUID.randomUUID(), Instant.now()));
    }

    private SetState state(String name) {
        return log.image().set("default", name).status().state();
    }

    @Test
    void placesWhatWaitsAndWhatComes() throws Exception {
        create("before", 100);
        lead("c1", new StoreLeases(store, "c1"));
        await().until(() -> state("before") == SetState.PLACED);
        create("after", 100);
        await().until(() -> state("after") == SetState.PLACED);
        for (int i = 0; i < 20; i++) {
            create("many" + i, 190);
        }
        await().until(() -> log.image().usageOn("h1").cpuMillis() == 2 * 100 + 20 * 190);
        create("more", 190);
        await().until(() -> log.image().set("default", "more").status().reason() != null);
        assertThat(state("more")).isEqualTo(SetState.PENDING);
        log.commit(head -> Decision.Decided.of(new Change.Put(Samples.host("h2", 4000, 4096))));
        await().until(() -> state("more") == SetState.PLACED);
    }

    @Test
    void oneLeadsAndTheOtherFollowsWhenItGoes() throws Exception {
        Leader first = lead("c1", new StoreLeases(store, "c1"));
        await().until(first::leading);
        Leader second = lead("c2", new StoreLeases(store, "c2"));
        create("a", 100);
        await().until(() -> state("a") == SetState.PLACED);
        assertThat(second.leading()).isFalse();
        first.close();
        assertThat(first.leading()).isFalse();
        await().until(second::leading);
        create("b", 100);
        await().until(() -> state("b") == SetState.PLACED);
    }

    /** A lease that can be taken away, or stop answering. */
    private static final class FakeLease implements LeaderLease {
        private final StoreLeases real;
        private volatile boolean lost;
        private volatile boolean silent;
        private final AtomicLong acquired = new AtomicLong();

        FakeLease(StoreLeases real) {
            this.real = real;
        }

        @Override
        public long acquire(Duration term) {
            if (lost || silent) {
                return 0;
            }
            acquired.incrementAndGet();
            return real.acquire(term);
        }

        @Override
        public boolean renew(long epoch, Duration term) {
            if (silent) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "the database is away");
            }
            return !lost && real.renew(epoch, term);
        }

        @Override
        public void release(long epoch) {
            real.release(epoch);
        }
    }

    @Test
    void stopsWhenTheLeaseIsLostOrRunsOut() throws Exception {
        FakeLease lease = new FakeLease(new StoreLeases(store, "c1"));
        Leader leader = lead("c1", lease);
        await().until(leader::leading);
        lease.lost = true;
        await().until(() -> !leader.leading());
        create("a", 100);
        await().during(Duration.ofMillis(300)).until(() -> state("a") == SetState.PENDING);
        lease.lost = false;
        await().until(() -> state("a") == SetState.PLACED);
        lease.silent = true;
        await().until(() -> !leader.leading());
        assertThat(lease.acquired).hasValue(2);
    }

    @Test
    void aLeaderThatWasPausedDoesNoHarmWhenItWakes() throws Exception {
        // Another took over meanwhile, and this one has not heard of it: its commits carry the old epoch.
        FakeLease deaf = new FakeLease(new StoreLeases(store, "c1"));
        Leader leader = lead("c1", deaf);
        await().until(leader::leading);
        deaf.silent = true;
        store.resign("c1");
        assertThat(store.lead("c2", Duration.ofSeconds(60)).heldBy("c2")).isTrue();
        create("a", 100);
        await().during(Duration.ofMillis(300)).until(() -> state("a") == SetState.PENDING);
    }

    @Test
    void aSilentHostIsGivenUpOnlyAfterItWasWatched() throws Exception {
        store.heartbeats("c1", Map.of("h1", Duration.ofSeconds(100)));
        Leader leader = lead("c1", new StoreLeases(store, "c1"));
        await().until(leader::leading);
        await().during(Duration.ofMillis(500))
                .until(() -> log.image().host("h1").status().state() == HostState.READY);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> log.image().host("h1").status().state() == HostState.UNREACHABLE);
    }

    @Test
    void theSetsOfASilentHostGoToAnotherThatHasRoom() throws Exception {
        Leader leader = lead("c1", new StoreLeases(store, "c1"));
        create("small", 100);
        create("large", 3000);
        await().until(() -> state("small") == SetState.PLACED && state("large") == SetState.PLACED);
        log.commit(head -> Decision.Decided.of(new Change.Put(Samples.host("h2", 1000, 4096))));
        store.heartbeats("c1", Map.of("h1", Duration.ofSeconds(100)));

        await().atMost(Duration.ofSeconds(60)).until(() -> {
            store.heartbeats("c1", Map.of("h2", Duration.ZERO));
            return "h2".equals(log.image().set("default", "small").status().host());
        });

        assertThat(log.image().host("h1").status().state()).isEqualTo(HostState.UNREACHABLE);
        assertThat(state("large"))
                .as("no other host has room for it: it waits for its own")
                .isEqualTo(SetState.LOST);
        assertThat(log.image().set("default", "large").status().host()).isEqualTo("h1");
        assertThat(leader.stoppedZones()).isZero();
    }

    private AppResource app() {
        return log.image().app("default", "food");
    }

    private void agentsObey() throws Exception {
        for (SetResource set : log.image().members("default", "food")) {
            if (set.status().state() == SetState.PLACED || set.status().observedGeneration() < set.generation()) {
                log.commit(head -> SetReports.report(
                                head,
                                "h1",
                                new SetReport(
                                        set.uid(),
                                        set.tenant(),
                                        set.name(),
                                        set.generation(),
                                        set.intent().run() == SetIntent.Run.RUNNING
                                                ? SetState.RUNNING
                                                : SetState.STOPPED,
                                        null,
                                        null,
                                        List.of()),
                                Instant.now())
                        .decided());
            }
        }
    }

    @Test
    void appsAreKeptByWhoeverLeads() throws Exception {
        UpdatePolicy quick = Json.read("{\"batch\":1,\"minReady\":\"100ms\"}", UpdatePolicy.class);
        AppSpec spec =
                new AppSpec("food", 4, Samples.spec(null, 100, 64), quick, List.of(), Portion.number(1), Map.of());
        log.commit(AppDecisions.create("default", spec, UUID.randomUUID(), false, Instant.now()));
        Leader first = lead("c1", new StoreLeases(store, "c1"));
        await().until(() -> {
            agentsObey();
            return app().status().state() == AppStatus.State.READY;
        });
        SetSpec other = Samples.spec(null, 100, 64).withLabels(Map.of("turn", "2"));
        log.commit(AppDecisions.update(
                "default", "food", before -> before.withTemplate(other), false, null, Instant.now()));
        await().until(() -> {
            agentsObey();
            return app().status().updated() >= 2;
        });
        first.close();
        // In the middle of the update, with nothing handed over but what is in the log.
        lead("c2", new StoreLeases(store, "c2"));
        await().until(() -> {
            agentsObey();
            return app().status().state() == AppStatus.State.READY;
        });
        assertThat(app().status().updated()).isEqualTo(4);
        assertThat(app().status().rollout()).isNotNull();
        assertThat(app().status().rollout().state()).isEqualTo(Rollout.State.DONE);
    }
}
