package io.mosaic.controller.store;

import static io.mosaic.controller.cluster.ClusterSamples.THEN;
import static io.mosaic.controller.cluster.ClusterSamples.host;
import static io.mosaic.controller.cluster.ClusterSamples.set;
import static io.mosaic.controller.cluster.ClusterSamples.tenant;
import static io.mosaic.controller.cluster.ClusterSamples.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.HeldDecision;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.controller.store.Store.Lease;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.OtherResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What every store must do, and the log over it. */
abstract class StoreContract {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final List<AutoCloseable> open = new ArrayList<>();

    /** Opens a store over this test's own database; several calls open several over the same. */
    abstract Store openStore() throws Exception;

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private Store store() throws Exception {
        Store store = openStore();
        open.add(store);
        return store;
    }

    private StoreLog log() throws Exception {
        return log(LogSettings.DEFAULT);
    }

    private StoreLog log(LogSettings settings) throws Exception {
        StoreLog log = StoreLog.open(store(), settings, Clock.systemUTC());
        open.add(log);
        return log;
    }

    private static Decision put(io.mosaic.model.Resource resource, Event... events) {
        return head -> Decided.of(new Change.Put(resource), events);
    }

    /** Makes the set, unless there is one of its name. */
    private static Decision create(SetResource set) {
        return head -> {
            if (head.get(set.key()) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, set.name());
            }
            return Decided.of(new Change.Put(set));
        };
    }

    /** Adds one to the counter that a tenant's quota is here. */
    private static Decided count(ClusterImage head, String name) {
        TenantResource tenant = head.tenant(name);
        int before = tenant == null ? 0 : tenant.spec().quota().sets();
        return Decided.of(new Change.Put(tenant(name, before + 1)));
    }

    private static void assertProblem(Problem.Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().type()).as(e.getMessage()).isEqualTo(kind.type()));
    }

    private static void assertCommitted(Committed committed, long revision, List<Change> changes, boolean replayed) {
        assertThat(committed.revision()).isEqualTo(revision);
        assertThat(committed.changes()).isEqualTo(changes);
        assertThat(committed.replayed()).isEqualTo(replayed);
    }

    private static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    /** Runs them at the same time, as 64 callers would, and gives their results in order. */
    private static <T> List<T> together(List<Callable<T>> calls) throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> future : callers.invokeAll(calls)) {
                results.add(future.get());
            }
            return results;
        }
    }

    @Test
    void commitsGetRevisionsInOrderAndAreInTheImage() throws Exception {
        StoreLog log = log();

        Committed first = log.commit(put(set("default", "one")));
        Committed second = log.commit(head ->
                new Decided(List.of(new Change.Put(host("h1")), new Change.Delete(set("default", "one"))), List.of()));

        assertCommitted(first, 1, List.of(new Change.Put(set("default", "one")).at(1)), false);
        assertThat(first.bodies())
                .containsExactly(Json.write(((Change.Put) first.changes().getFirst()).resource()));
        assertThat(second.revision()).isEqualTo(3);
        assertThat(second.changes()).extracting(Change::revision).containsExactly(2L, 3L);
        assertThat(log.image().revision()).isEqualTo(3);
        assertThat(log.image().set("default", "one")).isNull();
        assertThat(log.image().host("h1")).isEqualTo(host("h1").withRevision(2));
        assertCommitted(log.commit(head -> Decided.NOTHING), 3, List.of(), false);
    }

    @Test
    void manyCallersAtOnceSeeEachOthersResultsAndNoneIsLost() throws Exception {
        StoreLog log = log();
        RecordingListener listener = new RecordingListener();
        int callers = 64;
        int each = 10;
        try (ClusterLog.Subscription subscription = log.subscribe(listener)) {
            List<Callable<List<Long>>> calls = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                String name = "s" + caller;
                calls.add(() -> {
                    List<Long> revisions = new ArrayList<>();
                    for (int i = 0; i < each; i++) {
                        SetResource set = set("default", name + "-" + i);
                        Committed committed = log.commit(head -> new Decided(
                                List.of(
                                        new Change.Put(set),
                                        count(head, "default").changes().getFirst()),
                                List.of()));
                        assertThat(log.image().revision()).isGreaterThanOrEqualTo(committed.revision());
                        committed.changes().forEach(change -> revisions.add(change.revision()));
                    }
                    return revisions;
                });
            }
            List<Long> revisions =
                    together(calls).stream().flatMap(List::stream).sorted().toList();

            long all = 2L * callers * each;
            assertThat(revisions).isEqualTo(range(1, all));
            assertThat(log.image().tenant("default").spec().quota().sets()).isEqualTo(callers * each);
            await().until(() -> listener.last().revision() == all);
            assertThat(listener.revisions()).isEqualTo(range(1, all));
            assertThat(listener.replay(subscription.start()).all())
                    .containsExactlyElementsOf(log.image().all());
        }
    }

    @Test
    void oneThatIsRefusedOrBreaksFailsAloneAndLeavesNothing() throws Exception {
        StoreLog log = log();
        List<Callable<String>> calls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            SetResource set = set("default", "s" + i);
            calls.add(
                    switch (i % 4) {
                        case 0 -> () -> "made " + log.commit(put(set)).changes().size();
                        case 1 ->
                            () -> outcome(log, head -> {
                                throw new ProblemException(Problem.Kind.QUOTA, "no");
                            });
                        case 2 ->
                            () -> outcome(log, head -> {
                                throw new IllegalStateException("broken");
                            });
                        // The second change cannot be kept, so the first is not either.
                        default ->
                            () -> outcome(
                                    log,
                                    head -> new Decided(List.of(new Change.Put(set), new Change.Put(null)), List.of()));
                    });
        }

        List<String> outcomes = together(calls);

        for (int i = 0; i < 60; i++) {
            assertThat(outcomes.get(i))
                    .isEqualTo(List.of("made 1", "quota-exceeded", "internal", "internal")
                            .get(i % 4));
        }
        assertThat(log.image().revision()).isEqualTo(15);
        assertThat(log.image().all()).hasSize(15);
    }

    private static String outcome(ClusterLog log, Decision decision) throws InterruptedException {
        try {
            return "made " + log.commit(decision).changes().size();
        } catch (ProblemException e) {
            return e.problem().type().substring("/problems/".length());
        }
    }

    @Test
    void anIdempotencyKeyGivesTheSameOutcomeAgain() throws Exception {
        StoreLog log = log();
        Commit commit = new Commit(create(set("default", "one")), new Idempotency("default", "k", "hash"), 0);

        Committed first = log.commit(commit);
        log.commit(put(host("h1")));
        Committed again = log.commit(commit);

        assertCommitted(again, 1, first.changes(), true);
        assertProblem(
                Problem.Kind.KEY_REUSED,
                () -> log.commit(new Commit(commit.decision(), new Idempotency("default", "k", "other"), 0)));
        assertThat(log.commit(new Commit(put(host("h2")), new Idempotency("another", "k", "other"), 0))
                        .replayed())
                .isFalse();
        log.close();
        assertThat(log().commit(commit)).isEqualTo(again);
    }

    @Test
    void aDeletionAndAnEmptyOutcomeAreReplayedToo() throws Exception {
        StoreLog log = log();
        log.commit(put(set("default", "one")));
        Commit delete = new Commit(
                head -> Decided.of(new Change.Delete(head.set("default", "one"))), new Idempotency("d", "k", "h"), 0);
        Commit nothing = new Commit(head -> Decided.NOTHING, new Idempotency("d", "k2", "h"), 0);

        Committed deleted = log.commit(delete);
        Committed empty = log.commit(nothing);

        assertCommitted(log.commit(delete), 2, deleted.changes(), true);
        assertCommitted(log.commit(nothing), empty.revision(), List.of(), true);
    }

    @Test
    void aRefusalDoesNotUseUpTheKey() throws Exception {
        StoreLog log = log();
        log.commit(put(set("default", "one")));
        Commit commit = new Commit(create(set("default", "one")), new Idempotency("default", "k", "h"), 0);

        assertProblem(Problem.Kind.EXISTS, () -> log.commit(commit));
        log.commit(head -> Decided.of(new Change.Delete(head.set("default", "one"))));

        assertThat(log.commit(commit).replayed()).isFalse();
    }

    @Test
    void oneKeySentManyTimesAtOnceCommitsOnce() throws Exception {
        StoreLog log = log();
        Commit commit = new Commit(create(set("default", "one")), new Idempotency("default", "k", "h"), 0);
        CountDownLatch held = new CountDownLatch(1);
        List<Callable<Committed>> calls = new ArrayList<>();
        // Holds the log until the others wait together.
        calls.add(() -> log.commit(head -> {
            awaitUninterrupted(held);
            return Decided.NOTHING;
        }));
        IntStream.range(0, 20).forEach(i -> calls.add(() -> log.commit(commit)));
        calls.add(() -> {
            Thread.sleep(200);
            held.countDown();
            return new Committed(0, List.of(), List.of(), false);
        });

        List<Committed> committed = together(calls).subList(1, 21);

        assertThat(committed.stream().filter(each -> !each.replayed())).hasSize(1);
        assertThat(committed)
                .extracting(Committed::changes)
                .containsOnly(committed.getFirst().changes());
        assertThat(log.image().revision()).isEqualTo(1);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCommitOfAnEarlierLeaderIsRefused() throws Exception {
        Store store = store();
        StoreLog log = log();
        long first = store.lead("a", LONG).epoch();
        assertThat(log.commit(new Commit(put(host("h1")), null, first)).revision())
                .isEqualTo(1);
        store.resign("a");
        long second = store.lead("b", LONG).epoch();

        assertThat(second).isGreaterThan(first);
        assertProblem(Problem.Kind.CONFLICT, () -> log.commit(new Commit(put(host("h2")), null, first)));
        assertThat(log.commit(new Commit(put(host("h2")), null, second)).revision())
                .isEqualTo(2);
        assertThat(log.commit(put(host("h3"))).revision()).isEqualTo(3);
    }

    @Test
    void twoControllersWriteAndBothSeeEveryChangeOnceInOrder() throws Exception {
        StoreLog one = log();
        StoreLog two = log();
        RecordingListener heardByOne = new RecordingListener();
        RecordingListener heardByTwo = new RecordingListener();
        one.subscribe(heardByOne);
        two.subscribe(heardByTwo);
        List<Callable<Committed>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            StoreLog log = i % 2 == 0 ? one : two;
            calls.add(() -> log.commit(head -> count(head, "default")));
        }

        List<Committed> committed = together(calls);

        assertThat(committed.stream().map(Committed::revision).sorted().toList())
                .isEqualTo(range(1, 200));
        await().until(() ->
                heardByOne.last().revision() == 200 && heardByTwo.last().revision() == 200);
        assertThat(heardByOne.revisions()).isEqualTo(range(1, 200));
        assertThat(heardByTwo.heard()).isEqualTo(heardByOne.heard());
        assertThat(one.image().tenant("default").spec().quota().sets()).isEqualTo(200);
        assertThat(two.image().all()).containsExactlyElementsOf(one.image().all());
    }

    @Test
    void aControllerFollowsWhatAnotherCommits() throws Exception {
        StoreLog one = log();
        StoreLog two = log();

        long revision = one.commit(put(set("default", "one"))).revision();

        assertThat(two.imageAtLeast(revision, LONG).set("default", "one")).isNotNull();
        assertProblem(Problem.Kind.TIMEOUT, () -> two.imageAtLeast(revision + 1, Duration.ofMillis(50)));
    }

    @Test
    void aSubscriberThatComesLateHearsOnlyWhatFollowsItsStart() throws Exception {
        StoreLog log = log();
        log.commit(put(host("h1")));
        RecordingListener listener = new RecordingListener();
        ClusterLog.Subscription subscription = log.subscribe(listener);
        log.subscribe((changes, image) -> {
            throw new IllegalStateException("a broken listener harms nobody else");
        });
        log.commit(put(host("h2")));
        await().until(() -> listener.last().revision() == 2);
        subscription.close();
        log.commit(put(host("h3")));

        assertThat(subscription.start().revision()).isEqualTo(1);
        assertThat(listener.revisions()).containsExactly(2L);
        assertThat(listener.replay(subscription.start()).hosts()).hasSize(2);
    }

    @Test
    void reopeningGivesTheSameImage() throws Exception {
        StoreLog log = log();
        log.commit(put(set("default", "one", Map.of("text", "\u0000 \" \\ 名 😀 \ud800"))));
        log.commit(put(set("default", "two")));
        log.commit(put(host("h1")));
        log.commit(put(tenant("default", 3)));
        log.commit(put(token("t")));
        log.commit(head -> Decided.of(new Change.Delete(head.set("default", "two"))));
        ClusterImage before = log.image();
        log.close();
        assertProblem(Problem.Kind.UNAVAILABLE, () -> log.commit(put(host("h2"))));

        ClusterImage after = log().image();

        assertThat(after.revision()).isEqualTo(6);
        assertThat(after.all()).containsExactlyElementsOf(before.all());
    }

    @Test
    void changesAreReadFromMemoryAndFromTheStoreAlike() throws Exception {
        StoreLog small = log(LogSettings.DEFAULT.withRecent(5));
        RecordingListener listener = new RecordingListener();
        small.subscribe(listener);
        for (int i = 0; i < 20; i++) {
            small.commit(put(set("default", "s" + i % 7)));
        }
        small.commit(head -> Decided.of(new Change.Delete(head.set("default", "s1"))));
        List<Change> all = listener.heard();

        for (int after = 0; after <= 21; after++) {
            assertThat(small.changesAfter(after, 100)).isEqualTo(all.subList(after, 21));
            assertThat(small.changesAfter(after, 3)).isEqualTo(all.subList(after, Math.min(after + 3, 21)));
        }
        assertThat(small.changesAfter(99, 10)).isEmpty();
    }

    @Test
    void compactedChangesAreSaidToBe() throws Exception {
        Store store = store();
        StoreLog log = log(LogSettings.DEFAULT.withRecent(5));
        for (int i = 0; i < 20; i++) {
            log.commit(put(set("default", "s" + i)));
        }

        long kept = store.trim(retention(8, Instant.now().plus(LONG), 100, 100));

        assertThat(kept).isEqualTo(12);
        assertThat(store.compactedTo()).isEqualTo(12);
        assertProblem(Problem.Kind.COMPACTED, () -> log.changesAfter(11, 10));
        assertThat(log.changesAfter(12, 100)).hasSize(8);
        // Young ones stay, however many.
        assertThat(store.trim(retention(1, Instant.now().minus(LONG), 100, 100)))
                .isEqualTo(12);
        assertThat(store.trim(retention(0, Instant.now().plus(LONG), 100, 100))).isEqualTo(20);
        log.commit(put(host("h1")));
        StoreLog again = log();
        assertThat(again.compactedTo()).isEqualTo(20);
        assertThat(again.image().all()).hasSize(21);
        assertThat(again.changesAfter(20, 10)).hasSize(0 + 1);
        assertProblem(Problem.Kind.COMPACTED, () -> again.changesAfter(19, 10));
    }

    /** What a trim moves from here to there must never show: an image loaded between any two commits is the same. */
    @Test
    void aLoadGivesTheSameHoweverMuchWasTrimmedBefore() throws Exception {
        Store store = store();
        StoreLog log = log();
        Random random = new Random(7);
        for (int round = 0; round < 40; round++) {
            int commits = 1 + random.nextInt(3);
            for (int i = 0; i < commits; i++) {
                log.commit(someChanges(random));
            }
            if (random.nextBoolean()) {
                store.trim(retention(random.nextInt(30), Instant.now().plus(LONG), 100, 100));
            }
            if (round % 4 == 0) {
                ClusterImage loaded = log().image();
                assertThat(loaded.revision()).isEqualTo(log.image().revision());
                assertThat(loaded.all())
                        .as("round " + round)
                        .containsExactlyElementsOf(log.image().all());
            }
        }
        assertThat(store.compactedTo()).isPositive();
    }

    /** Several changes in one group: sets are made, changed more than once, deleted and made again. */
    private static Decision someChanges(Random random) {
        return head -> {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(6); i++) {
                SetResource set = set("default", "s" + random.nextInt(8));
                if (random.nextInt(3) == 0 && head.get(set.key()) instanceof SetResource there) {
                    changes.add(new Change.Delete(there));
                } else {
                    changes.add(new Change.Put(set));
                }
            }
            return new Decided(changes, List.of());
        };
    }

    private static Store.Retention retention(long changes, Instant before, long events, long audit) {
        return new Store.Retention(changes, before, Instant.EPOCH, events, audit);
    }

    @Test
    void theLogTrimsItselfInTheBackground() throws Exception {
        LogSettings.Keep keep = new LogSettings.Keep(3, Duration.ZERO, Duration.ZERO, 2, 2, Duration.ofMillis(20));
        Store store = store();
        StoreLog log = log(LogSettings.DEFAULT.withKeep(keep));
        Commit keyed = new Commit(put(host("h0")), new Idempotency("s", "k", "h"), 0);
        log.commit(keyed);
        for (int i = 0; i < 9; i++) {
            log.commit(put(host("h" + i), event("h" + i, "Happened")));
        }
        store.appendAudit(List.of(audit("a", "1"), audit("a", "2"), audit("a", "3")));

        await().atMost(LONG).until(() -> log.compactedTo() == 7);
        await().atMost(LONG)
                .until(() ->
                        store.events(new EventQuery(null, null, null, 0L, 100)).size() == 2);
        await().atMost(LONG)
                .until(() -> store.audit(new AuditQuery(null, 0L, 100)).size() == 2);
        await().atMost(LONG).until(() -> !log.commit(keyed).replayed());
    }

    @Test
    void eventsAreKeptWithTheirCommitAndReadInPages() throws Exception {
        Store store = store();
        StoreLog log = log();
        assertProblem(
                Problem.Kind.CONFLICT,
                () -> log.commit(head -> {
                    throw new ProblemException(Problem.Kind.CONFLICT, "no");
                }));
        for (int i = 0; i < 10; i++) {
            String name = i % 2 == 0 ? "even" : "odd";
            log.commit(put(set("default", name), event(name, "E" + i), event(name, "F" + i)));
        }

        List<Event> all = store.events(new EventQuery(null, null, null, 0L, 100));
        List<Event> even = store.events(new EventQuery("default", Kind.SET, "even", 0L, 100));

        assertThat(all)
                .hasSize(20)
                .extracting(Event::id)
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(all).extracting(Event::type).startsWith("E0", "F0", "E1", "F1");
        assertThat(all.getFirst())
                .isEqualTo(new Event(
                        all.getFirst().id(), THEN, "default", Kind.SET, "even", "web", "E0", false, "it happened"));
        assertThat(even)
                .extracting(Event::type)
                .containsExactly("E0", "F0", "E2", "F2", "E4", "F4", "E6", "F6", "E8", "F8");
        assertThat(store.events(new EventQuery(null, null, null, all.get(4).id(), 3)))
                .isEqualTo(all.subList(5, 8));
        assertThat(store.events(new EventQuery(null, null, null, null, 3))).isEqualTo(all.subList(17, 20));
        assertThat(store.events(new EventQuery("other", null, null, null, 3))).isEmpty();
        assertThat(store.events(new EventQuery(null, Kind.HOST, null, 0L, 3))).isEmpty();
    }

    private static Event event(String name, String type) {
        return new Event(0, THEN, "default", Kind.SET, name, "web", type, false, "it happened");
    }

    @Test
    void auditEntriesAreReadInPages() throws Exception {
        Store store = store();
        store.appendAudit(List.of(audit("a", "1"), audit("b", "2")));
        store.appendAudit(List.of());
        store.appendAudit(List.of(audit("a", "3")));

        List<AuditEntry> all = store.audit(new AuditQuery(null, 0L, 10));

        assertThat(all).extracting(AuditEntry::action).containsExactly("1", "2", "3");
        assertThat(all).extracting(AuditEntry::id).doesNotHaveDuplicates().isSorted();
        assertThat(all.getLast())
                .isEqualTo(new AuditEntry(all.getLast().id(), THEN, "a", "default", "3", 201, 7L, null));
        assertThat(store.audit(new AuditQuery("a", 0L, 10))).containsExactly(all.get(0), all.get(2));
        assertThat(store.audit(new AuditQuery(null, all.getFirst().id(), 1))).containsExactly(all.get(1));
        assertThat(store.audit(new AuditQuery(null, null, 2))).containsExactly(all.get(1), all.get(2));
    }

    private static AuditEntry audit(String actor, String action) {
        return new AuditEntry(0, THEN, actor, "default", action, 201, 7L, null);
    }

    @Test
    void theLeadersLeaseIsHeldByOneUntilItRunsOut() throws Exception {
        Store one = store();
        Store two = store();

        Lease first = one.lead("a", LONG);
        assertThat(first.heldBy("a")).isTrue();
        assertThat(first.remaining()).isPositive().isLessThanOrEqualTo(LONG);
        assertThat(two.lead("b", LONG).heldBy("b")).isFalse();
        Lease shortened = one.lead("a", Duration.ofMillis(300));
        assertThat(shortened.epoch()).isEqualTo(first.epoch());
        await().atMost(LONG).until(() -> two.lead("b", LONG).heldBy("b"));
        Lease second = two.lead("b", LONG);
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);
        one.resign("a");
        assertThat(one.lead("a", LONG))
                .satisfies(lease -> assertThat(lease.holder()).isEqualTo("b"));
    }

    @Test
    void heartbeatsKeepTheNewestOfAll() throws Exception {
        Store one = store();
        Store two = store();
        one.heartbeats("c1", Map.of("h1", Duration.ofSeconds(100), "h2", Duration.ofSeconds(5)));
        two.heartbeats("c1", Map.of("h1", Duration.ofSeconds(2), "h2", Duration.ofSeconds(50), "h3", Duration.ZERO));
        two.heartbeats("c1", Map.of());

        Map<String, Duration> ages = one.heartbeatAges();

        assertThat(ages).containsOnlyKeys("h1", "h2", "h3");
        assertThat(ages.get("h1")).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));
        assertThat(ages.get("h2")).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(30));
        one.forgetHeartbeats(Set.of("h1", "h2", "none"));
        assertThat(two.heartbeatAges()).containsOnlyKeys("h3");
    }

    @Test
    void aHostIsHeldByTheControllerThatClaimedItLast() throws Exception {
        Store one = store();
        Store two = store();
        one.announce(new Store.Member("a-1", "a", "a.example:8444", Duration.ZERO), LONG);
        two.announce(new Store.Member("b-1", "b", "b.example:8444", Duration.ZERO), LONG);
        one.announce(new Store.Member("a-1", "a", "a.example:8444", Duration.ZERO), LONG);
        assertThat(two.members()).extracting(Store.Member::id).containsExactly("a-1", "b-1");
        assertThat(one.holder("h1")).isNull();

        assertThat(one.claim("a-1", Map.of("h1", agent("p1", 1), "h2", agent("", 1)), LONG))
                .isEmpty();
        assertThat(two.holder("h1").address()).isEqualTo("a.example:8444");
        assertThat(two.claim("b-1", Map.of("h1", agent("p1", 1)), LONG)).isEmpty();

        assertThat(one.holder("h1").id()).isEqualTo("b-1");
        assertThat(one.heartbeats("a-1", Map.of("h1", Duration.ZERO, "h2", Duration.ZERO)))
                .containsExactly("h1");
        assertThat(two.heartbeats("b-1", Map.of("h1", Duration.ZERO))).isEmpty();
        one.claim("gone", Map.of("h3", agent("", 1)), LONG);
        assertThat(two.holder("h3")).isNull();
    }

    @Test
    void controllersShareTextsThatReplaceEachOtherAndAreForgotten() throws Exception {
        Store one = store();
        Store two = store();
        assertThat(one.share("a-1", "first", Duration.ofMinutes(1)))
                .extracting(Store.Shared::text)
                .containsExactly("first");
        assertThat(two.share("b-1", "other", Duration.ofMinutes(1)))
                .extracting(Store.Shared::controller)
                .containsExactly("a-1", "b-1");
        assertThat(one.share("a-1", "second", Duration.ofMinutes(1)))
                .extracting(Store.Shared::text)
                .containsExactly("second", "other");
        assertThat(one.share("a-1", "third", Duration.ofMinutes(1)))
                .allSatisfy(shared -> assertThat(shared.age()).isBetween(Duration.ZERO, Duration.ofMinutes(1)));
        Thread.sleep(20);
        assertThat(two.share("b-1", "alone", Duration.ofMillis(10)))
                .extracting(Store.Shared::text)
                .containsExactly("alone");
    }

    @Test
    void theNewestOfTwoAgentsWithOneIdentityWins() throws Exception {
        Store one = store();
        Store two = store();
        assertThat(one.claim("a", Map.of("h1", agent("p1", 1)), LONG)).isEmpty();
        assertThat(two.claim("b", Map.of("h1", agent("p2", 1)), LONG)).isEmpty();

        assertThat(one.claim("a", Map.of("h1", agent("p1", 1)), LONG)).containsExactly("h1");
        assertThat(two.heartbeats("b", Map.of("h1", Duration.ZERO))).isEmpty();
        assertThat(one.claim("a", Map.of("h1", agent("p3", 1)), LONG)).isEmpty();
        assertThat(two.claim("b", Map.of("h1", agent("p2", 1)), LONG)).containsExactly("h1");
        assertThat(two.claim("b", Map.of("h1", agent("p1", 1)), LONG)).containsExactly("h1");

        // The one that replaced it is silent for longer than the lease: it may come back.
        assertThat(two.claim("b", Map.of("h1", agent("p2", 1)), Duration.ZERO)).isEmpty();
        assertThat(one.claim("a", Map.of("h1", agent("p3", 1)), LONG)).containsExactly("h1");
    }

    /** Writes the record as a newer version does: the same, and more. */
    private static void putNewer(Store store, Resource resource, UnaryOperator<String> more) throws Exception {
        store.append(new Store.Append(UUID.randomUUID(), UUID.randomUUID(), 0, Set.of(), Store.Holds.NONE), head -> {
            Change change = new Change.Put(resource).at(head.revision() + 1);
            String body = more.apply(Json.write(((Change.Put) change).resource()));
            return new Store.Batch(List.of(new Store.Entry(change, body)), List.of(), Map.of(), Instant.now());
        });
    }

    /** The record as it is stored last. */
    private static JsonNode stored(Store store, ResourceKey key) throws Exception {
        String text = store.load().newer().get(key);
        assertThat(text).as("%s holds what only a newer version knows", key).isNotNull();
        return Json.mapper().readTree(text);
    }

    /** A field more in the spec, in an option of a container and in the status, and a state of which nobody knew. */
    private static String newerSet(String body) {
        return body.replace("\"spec\":{", "\"spec\":{\"priority\":{\"class\":\"gold\",\"of\":[1,2]},")
                .replace("\"options\":{}", "\"options\":{\"gpu\":2}")
                .replace("\"status\":{\"state\":\"PENDING\"", "\"status\":{\"state\":\"HIBERNATED\",\"score\":0.75");
    }

    @Test
    void whatOnlyANewerVersionKnowsIsReadAndNotLost() throws Exception {
        StoreLog early = log();
        Store store = store();
        SetResource web = set("default", "web");
        putNewer(store, web, StoreContract::newerSet);
        StoreLog late = log();
        early.imageAtLeast(1, LONG);
        for (StoreLog each : List.of(early, late)) {
            SetResource read = each.image().set("default", "web");
            assertThat(read.spec()).isEqualTo(web.spec());
            assertThat(read.status().state()).isEqualTo(SetState.LOST);
            assertThat(each.image().newer(web.key())).isNotNull();
        }

        // Something else about it changes: all of the rest stands, the state too.
        late.commit(head -> Decided.of(new Change.Put(head.set("default", "web")
                .withStatus(head.set("default", "web").status().on("h1")))));
        JsonNode placed = stored(store, web.key());
        assertThat(placed.at("/status/state").stringValue()).isEqualTo("HIBERNATED");
        assertThat(placed.at("/status/host").stringValue()).isEqualTo("h1");
        assertThat(placed.at("/status/score").doubleValue()).isEqualTo(0.75);
        assertThat(placed.at("/spec/priority/of/1").intValue()).isEqualTo(2);
        assertThat(placed.at("/spec/containers/0/options/gpu").intValue()).isEqualTo(2);
        assertThat(placed.at("/revision").longValue()).isEqualTo(2);

        // The state changes, and back to what the unknown one was read as: then it is that.
        for (SetState state : List.of(SetState.RUNNING, SetState.LOST)) {
            early.commit(head -> Decided.of(new Change.Put(head.set("default", "web")
                    .withStatus(head.set("default", "web").status().in(state, null, THEN)))));
            assertThat(stored(store, web.key()).at("/status/state").stringValue())
                    .isEqualTo(state.name());
        }

        // A container of another name takes the place of the one with the option, and the option goes with that one.
        early.commit(head -> {
            SetResource was = head.set("default", "web");
            SetSpec spec = was.spec();
            ContainerSpec other = new ContainerSpec(1, "other", "demo:2", ContainerOptions.NONE);
            return Decided.of(new Change.Put(was.withSpec(new SetSpec(
                    spec.name(),
                    spec.kind(),
                    spec.resources(),
                    List.of(other),
                    spec.volume(),
                    spec.sysctls(),
                    spec.restart(),
                    Map.of("tier", "2")))));
        });
        JsonNode respecified = stored(store, web.key());
        assertThat(respecified.at("/spec/containers").size()).isOne();
        assertThat(respecified.at("/spec/containers/0/options/gpu").isMissingNode())
                .isTrue();
        assertThat(respecified.at("/spec/labels/tier").stringValue()).isEqualTo("2");
        assertThat(respecified.at("/spec/labels/app").isMissingNode()).isTrue();
        assertThat(respecified.at("/spec/priority/class").stringValue()).isEqualTo("gold");
        assertThat(log().image().set("default", "web").spec().labels()).containsOnly(Map.entry("tier", "2"));

        // A set that takes the name later has nothing of it.
        early.commit(head -> Decided.of(new Change.Delete(head.set("default", "web"))));
        early.commit(put(set("default", "web")));
        assertThat(store.load().newer()).isEmpty();
        late.imageAtLeast(early.image().revision(), LONG);
        assertThat(late.image().newer(web.key())).isNull();
    }

    @Test
    void aKindThatOnlyANewerVersionKnowsIsPassedOver() throws Exception {
        StoreLog early = log();
        Store store = store();
        OtherResource app = new OtherResource("default", "shop", new UUID(1, 2), 0, THEN);
        putNewer(store, app, body -> body.replace("\"kind\":\"other\"", "\"kind\":\"lake\",\"spec\":{\"depth\":3}"));
        early.imageAtLeast(1, LONG);
        assertThat(early.commit(put(host("h1"))).revision()).isEqualTo(2);
        StoreLog late = log();
        assertThat(late.image().revision()).isEqualTo(2);
        assertThat(late.image().host("h1")).isNotNull();
        assertThat(late.changesAfter(0, 10)).extracting(Change::revision).containsExactly(1L, 2L);
        assertThat(stored(store, app.key()).at("/kind").stringValue()).isEqualTo("lake");
    }

    private static HostLeases.Claimant agent(String process, long session) {
        return new HostLeases.Claimant(process, session);
    }

    @Test
    void aHelloThatComesLateTakesNothingFromALaterSession() throws Exception {
        Store one = store();
        Store two = store();
        assertThat(one.claim("a", Map.of("h1", agent("p1", 7)), LONG)).isEmpty();
        assertThat(two.claim("b", Map.of("h1", agent("p1", 8)), LONG)).isEmpty();

        assertThat(one.claim("a", Map.of("h1", agent("p1", 7), "h2", agent("p9", 1)), LONG))
                .containsExactly("h1");
        assertThat(two.heartbeats("b", Map.of("h1", Duration.ZERO))).isEmpty();
        // The answer to a claim may get lost, and it is made again.
        assertThat(two.claim("b", Map.of("h1", agent("p1", 8)), LONG)).isEmpty();
        // A restarted agent, on a machine whose clock was put back.
        assertThat(one.claim("a", Map.of("h1", agent("p2", 3)), LONG)).isEmpty();
        // Who does not say which process it is cannot be told from others.
        assertThat(two.claim("b", Map.of("h1", agent("", 1)), LONG)).isEmpty();
        assertThat(one.claim("a", Map.of("h1", agent("", 0)), LONG)).isEmpty();
    }

    @Test
    void whatAHostSaidCountsOnlyWhereItIsHeld() throws Exception {
        Store store = store();
        StoreLog log = log();
        store.claim("a", Map.of("h1", agent("p1", 1), "h2", agent("p2", 1)), LONG);
        AtomicReference<Set<String>> seen = new AtomicReference<>(Set.of());
        HeldDecision decision = new HeldDecision() {
            @Override
            public String holder() {
                return "a";
            }

            @Override
            public Set<String> hosts() {
                return Set.of("h1", "h2", "unknown");
            }

            @Override
            public Decided decide(ClusterImage head, Set<String> elsewhere) {
                seen.set(elsewhere);
                return Decided.of(new Change.Put(host("n" + head.revision())));
            }
        };
        log.commit(decision);
        assertThat(seen.get()).isEmpty();

        store.claim("b", Map.of("h2", agent("p2", 2)), LONG);
        log.commit(decision);

        assertThat(seen.get()).containsExactly("h2");
    }

    @Test
    void theFirstAuthorityIsKept() throws Exception {
        assertThat(store().authority("aa")).isEqualTo("aa");
        assertThat(store().authority("bb")).isEqualTo("aa");
    }
}
