package io.mosaic.controller.store;

import static io.mosaic.controller.cluster.ClusterSamples.host;
import static io.mosaic.controller.cluster.ClusterSamples.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.controller.store.MemoryStore.Fault;
import io.mosaic.controller.store.MemoryStore.Step;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The log over a store that fails at chosen points. */
class StoreLogFaultTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final MemoryStore store = new MemoryStore(Clock.systemUTC());
    private final List<StoreLog> open = new ArrayList<>();

    @AfterEach
    void close() {
        store.fault(Fault.NONE);
        open.reversed().forEach(StoreLog::close);
    }

    private StoreLog log(LogSettings settings) throws StoreException {
        StoreLog log = StoreLog.open(store, settings, Clock.systemUTC());
        open.add(log);
        return log;
    }

    /** Strikes so many times at that step, then never again. */
    private static Fault times(int times, Step at, StoreException.Kind kind) {
        AtomicInteger left = new AtomicInteger(times);
        return step -> {
            if (step == at && left.getAndDecrement() > 0) {
                throw new StoreException(kind, "struck at " + step);
            }
        };
    }

    private static Commit create(SetResource set) {
        return Commit.of(head -> {
            if (head.get(set.key()) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, set.name());
            }
            return Decided.of(new Change.Put(set));
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"APPEND", "BEFORE_COMMIT"})
    void whatFailedBeforeItWasKeptIsMadeAgain(Step step) throws Exception {
        StoreLog log = log(LogSettings.DEFAULT);
        store.fault(times(2, step, StoreException.Kind.UNAVAILABLE));

        assertThat(log.commit(create(set("default", "one"))).revision()).isEqualTo(1);
        assertThat(log.outage()).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"BEFORE_COMMIT", "AFTER_COMMIT"})
    void aCommitWhoseAnswerIsLostIsMadeExactlyOnce(Step step) throws Exception {
        StoreLog log = log(LogSettings.DEFAULT);
        RecordingListener listener = new RecordingListener();
        log.subscribe(listener);
        Fault lost = times(1, step, StoreException.Kind.UNKNOWN);
        Fault noAnswer = times(2, Step.RESOLVE, StoreException.Kind.UNAVAILABLE);
        store.fault(at -> {
            lost.at(at);
            noAnswer.at(at);
        });

        Committed committed = log.commit(create(set("default", "one")));

        assertThat(committed.revision()).isEqualTo(1);
        assertThat(committed.replayed()).isFalse();
        await().until(() -> listener.revisions().equals(List.of(1L)));
        assertThat(store.changesAfter(0, 10)).isEqualTo(committed.changes());
    }

    @Test
    void anOutcomeLostWhileAnotherControllerCommitsIsStillFound() throws Exception {
        StoreLog one = log(LogSettings.DEFAULT);
        StoreLog two = log(LogSettings.DEFAULT);
        RecordingListener listener = new RecordingListener();
        one.subscribe(listener);
        AtomicBoolean lost = new AtomicBoolean();
        CountDownLatch resolving = new CountDownLatch(1);
        store.fault(step -> {
            if (step == Step.AFTER_COMMIT && lost.compareAndSet(false, true)) {
                throw new StoreException(StoreException.Kind.UNKNOWN, "lost");
            }
            if (step == Step.RESOLVE && resolving.getCount() > 0) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "not yet");
            }
        });
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Committed> first = callers.submit(() -> one.commit(create(set("default", "one"))));
            await().until(lost::get);
            two.commit(create(set("default", "two")));
            resolving.countDown();

            assertThat(first.get().revision()).isEqualTo(1);
        }
        await().until(() -> listener.revisions().equals(List.of(1L, 2L)));
        assertThat(one.image().all()).hasSize(2);
    }

    @Test
    void whileTheDatabaseIsAwayCallersAreToldInTimeAndLaterAllGoesOn() throws Exception {
        StoreLog log = log(LogSettings.DEFAULT
                .withCommitTimeout(Duration.ofMillis(200))
                .withPoll(Duration.ofMillis(20))
                .withWaitingMax(2));
        store.fault(step -> {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "away");
        });

        assertUnavailable(() -> log.commit(create(set("default", "one"))));
        assertThat(log.outage()).isEqualTo("away");
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> refused = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String name = "s" + i;
                refused.add(callers.submit(() -> assertUnavailable(() -> log.commit(create(set("default", name))))));
            }
            for (Future<?> each : refused) {
                each.get();
            }
        }
        store.fault(Fault.NONE);

        await().atMost(LONG).until(() -> log.outage() == null);
        assertThat(log.commit(create(set("default", "after"))).changes()).hasSize(1);
        // Those who were told that nothing is known had given up: none of theirs came later.
        assertThat(log.image().all()).hasSize(1);
    }

    private static void assertUnavailable(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.UNAVAILABLE)).isTrue());
    }

    @Test
    void aCommitThatTheDatabaseRefusesFailsAlone() throws Exception {
        StoreLog log = log(LogSettings.DEFAULT);
        CountDownLatch together = new CountDownLatch(1);
        store.refuse(change -> change.key().name().equals("poison"));
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Committed> holding = callers.submit(() -> log.commit(head -> {
                awaitUninterrupted(together);
                return Decided.NOTHING;
            }));
            List<Future<Committed>> made = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                String name = "s" + i;
                made.add(callers.submit(() -> log.commit(create(set("default", name)))));
            }
            Future<Committed> poison =
                    callers.submit(() -> log.commit(head -> Decided.of(new Change.Put(host("poison")))));
            Thread.sleep(100);
            together.countDown();

            holding.get();
            for (Future<Committed> each : made) {
                assertThat(each.get().changes()).hasSize(1);
            }
            assertThatThrownBy(poison::get).hasCauseInstanceOf(ProblemException.class);
        }
        assertThat(log.image().revision()).isEqualTo(9);
        assertThat(log.image().hosts()).isEmpty();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void lostNewsAreFoundByPolling() throws Exception {
        store.fault(step -> {
            if (step == Step.NOTIFY) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "lost");
            }
        });
        StoreLog one = log(LogSettings.DEFAULT);
        StoreLog two = log(LogSettings.DEFAULT.withPoll(Duration.ofMillis(20)));

        one.commit(create(set("default", "one")));

        await().atMost(LONG).until(() -> two.image().revision() == 1);
    }

    @Test
    void aLogThatWasAwayTooLongTakesTheStateAnewAndItsListenersEndUpRight() throws Exception {
        StoreLog busy = log(LogSettings.DEFAULT);
        for (int i = 0; i < 10; i++) {
            busy.commit(create(set("default", "old" + i)));
        }
        // Hears of nothing until it is asked to commit.
        AtomicBoolean deaf = new AtomicBoolean(true);
        store.fault(step -> {
            if (deaf.get() && step == Step.NOTIFY) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "lost");
            }
        });
        StoreLog late = log(LogSettings.DEFAULT.withPoll(Duration.ofMinutes(5)));
        RecordingListener listener = new RecordingListener();
        ClusterLog.Subscription subscription = late.subscribe(listener);
        for (int i = 0; i < 10; i++) {
            String name = "old" + i;
            if (i % 3 == 0) {
                busy.commit(head -> Decided.of(new Change.Delete(head.set("default", name))));
            }
            busy.commit(create(set("default", "new" + i)));
        }
        store.trim(new Store.Retention(2, Instant.now().plus(LONG), Instant.EPOCH, 10, 10));

        long revision = late.commit(create(set("default", "own"))).revision();

        assertThat(revision).isEqualTo(busy.image().revision() + 1);
        ClusterImage replayed = listener.replay(subscription.start());
        assertThat(replayed.all()).containsExactlyElementsOf(late.image().all());
        assertThat(listener.revisions()).isSorted().doesNotHaveDuplicates();
        assertThat(late.image().all()).hasSize(10 - 4 + 10 + 1);
    }

    @Test
    void aLogFarBehindFollowsFirst() throws Exception {
        StoreLog busy = log(LogSettings.DEFAULT);
        store.fault(step -> {
            if (step == Step.NOTIFY) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "lost");
            }
        });
        StoreLog late = log(LogSettings.DEFAULT.withPoll(Duration.ofMinutes(5)));
        int many = Store.MISSED_MAX + 500;
        busy.commit(head -> new Decided(
                java.util.stream.IntStream.range(0, many)
                        .mapToObj(i -> (Change) new Change.Put(host("h" + i % 50)))
                        .toList(),
                List.of()));

        assertThat(late.commit(create(set("default", "own"))).revision()).isEqualTo(many + 1L);
    }

    /** Two controllers, a store that fails at every step from a seed, callers who repeat with their key until it works. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15})
    void underRandomFaultsEveryAcknowledgedWriteIsThereExactlyOnce(long seed) throws Exception {
        LogSettings settings =
                LogSettings.DEFAULT.withPoll(Duration.ofMillis(20)).withRecent(50);
        List<StoreLog> logs = List.of(log(settings), log(settings));
        List<RecordingListener> listeners = List.of(new RecordingListener(), new RecordingListener());
        logs.get(0).subscribe(listeners.get(0));
        logs.get(1).subscribe(listeners.get(1));
        Random random = new Random(seed);
        store.fault(step -> strike(random, step));
        int callers = 40;
        int each = 5;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> futures = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                int number = caller;
                futures.add(executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        insist(logs.get((number + i) % 2), "s" + number + "-" + i);
                    }
                    return null;
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        }
        store.fault(Fault.NONE);

        long all = (long) callers * each;
        List<Long> expected = LongStream.rangeClosed(1, all).boxed().toList();
        await().atMost(LONG)
                .until(() ->
                        listeners.stream().allMatch(heard -> heard.revisions().equals(expected)));
        assertThat(store.changesAfter(0, 10_000)).isEqualTo(listeners.getFirst().heard());
        assertThat(logs.get(0).image().all()).hasSize((int) all);
        assertThat(logs.get(1).image().all())
                .containsExactlyElementsOf(logs.get(0).image().all());
    }

    private static void strike(Random random, Step step) throws StoreException {
        int dice;
        synchronized (random) {
            dice = random.nextInt(100);
        }
        if (dice < 10) {
            boolean committing = step == Step.BEFORE_COMMIT || step == Step.AFTER_COMMIT;
            throw new StoreException(
                    committing ? StoreException.Kind.UNKNOWN : StoreException.Kind.UNAVAILABLE, "struck at " + step);
        }
    }

    private static void insist(StoreLog log, String name) throws InterruptedException {
        Commit commit = new Commit(
                create(set("default", name)).decision(), new Idempotency("default", name, "hash of " + name), 0);
        while (true) {
            try {
                Committed committed = log.commit(commit);
                assertThat(committed.changes()).hasSize(1);
                return;
            } catch (ProblemException e) {
                assertThat(e.is(Problem.Kind.UNAVAILABLE)).as(e.getMessage()).isTrue();
            }
        }
    }
}
