package io.mosaic.controller.store;

import static io.mosaic.controller.cluster.ClusterSamples.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.sql.PostgresConfig;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log while its PostgreSQL is killed, frozen and brought back. */
class PostgresFaultIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private TestPostgres postgres;
    private PostgresStore store;
    private StoreLog log;

    @BeforeEach
    void start() throws Exception {
        postgres = new TestPostgres();
        store = PostgresStore.open(postgres.database().withAnswer(Duration.ofSeconds(1)));
        log = StoreLog.open(store, LogSettings.DEFAULT.withCommitTimeout(Duration.ofSeconds(3)), Clock.systemUTC());
    }

    @AfterEach
    void stop() throws Exception {
        log.close();
        store.close();
        postgres.close();
    }

    @Test
    void whoIsNotLetInIsToldApartFromADatabaseThatIsAway() throws Exception {
        PostgresConfig config = postgres.database();
        PostgresConfig stranger =
                new PostgresConfig(config.url(), config.user(), "wrong", config.connections(), config.answer());
        assertThatThrownBy(() -> PostgresStore.open(stranger))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DENIED))
                .hasMessageContaining("refuses the user or password");
        PostgresConfig nowhere = new PostgresConfig(
                config.url() + "_absent", config.user(), config.password(), config.connections(), config.answer());
        assertThatThrownBy(() -> PostgresStore.open(nowhere))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DENIED));
        PostgresConfig away = new PostgresConfig(
                "jdbc:postgresql://127.0.0.1:1/mosaic", config.user(), "any", config.connections(), config.answer());
        assertThatThrownBy(() -> PostgresStore.open(away))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE));
    }

    @Test
    @Timeout(240)
    void killedAmidCommitsNothingAcknowledgedIsLostOrDoubled() throws Exception {
        RecordingListener listener = new RecordingListener();
        log.subscribe(listener);
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicLong made = new AtomicLong();
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> futures = new ArrayList<>();
            for (int caller = 0; caller < 32; caller++) {
                int number = caller;
                futures.add(callers.submit(() -> {
                    for (int i = 0; !enough.get(); i++) {
                        String name = "s" + number + "-" + i;
                        made.incrementAndGet();
                        if (tryToCreate(name)) {
                            acknowledged.add(name);
                        }
                    }
                    return null;
                }));
            }
            Random random = new Random(7);
            for (int kill = 0; kill < 3; kill++) {
                int before = acknowledged.size();
                await().atMost(LONG).until(() -> acknowledged.size() > before + 100);
                Thread.sleep(random.nextInt(100));
                long pid = postgres.server().pid();
                signal("-KILL", List.of(pid));
                await().atMost(LONG).until(() -> postgres.server().pid() != pid);
            }
            int before = acknowledged.size();
            await().atMost(LONG).until(() -> acknowledged.size() > before + 100);
            enough.set(true);
            for (Future<?> future : futures) {
                future.get();
            }
        }

        assertThat(acknowledged).hasSizeGreaterThan(400);
        checkAll(acknowledged, listener);
        assertThat(made.get()).isGreaterThanOrEqualTo(acknowledged.size());
    }

    private void checkAll(Set<String> acknowledged, RecordingListener listener) throws Exception {
        List<Change> changes = store.changesAfter(0, Integer.MAX_VALUE);
        List<String> names = changes.stream().map(change -> change.key().name()).toList();
        assertThat(names).doesNotHaveDuplicates();
        assertThat(new HashSet<>(names)).containsAll(acknowledged);
        await().atMost(LONG).until(() -> listener.heard().size() == changes.size());
        assertThat(listener.heard()).isEqualTo(changes);
        assertThat(store.load().resources().stream()
                        .map(resource -> resource.key().name())
                        .collect(Collectors.toSet()))
                .isEqualTo(new HashSet<>(names));
    }

    /** Makes a set that must not exist; true when that was acknowledged, false when its outcome is not known. */
    private boolean tryToCreate(String name) throws InterruptedException {
        SetResource set = set("default", name);
        try {
            log.commit(new Commit(
                    head -> {
                        if (head.get(set.key()) != null) {
                            throw new ProblemException(Problem.Kind.EXISTS, name);
                        }
                        return Decided.of(new Change.Put(set));
                    },
                    new Idempotency("test", name, "hash"),
                    0));
            return true;
        } catch (ProblemException e) {
            assertThat(e.is(Problem.Kind.UNAVAILABLE)).as(e.getMessage()).isTrue();
            return false;
        }
    }

    @Test
    @Timeout(120)
    void frozenItIsSaidToBeUnavailableAndLaterAllGoesOn() throws Exception {
        assertThat(tryToCreate("before")).isTrue();
        List<Long> frozen = serverProcesses();
        signal("-STOP", frozen);
        try {
            assertThatThrownBy(() -> log.commit(head -> Decided.of(new Change.Put(set("default", "during")))))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.is(Problem.Kind.UNAVAILABLE)).isTrue());
            assertThatThrownBy(() -> store.compactedTo()).isInstanceOf(StoreException.class);
            assertThat(log.image().set("default", "before")).isNotNull();
        } finally {
            signal("-CONT", frozen);
        }

        await().atMost(LONG).until(() -> tryToCreate("after"));
        List<String> names = store.changesAfter(0, 100).stream()
                .map(change -> change.key().name())
                .toList();
        assertThat(names).doesNotHaveDuplicates().startsWith("before").endsWith("after");
        assertThat(log.image().revision()).isEqualTo(names.size());
    }

    /** The postmaster first, so that it starts no others meanwhile. */
    private List<Long> serverProcesses() {
        List<Long> all = new ArrayList<>(List.of(postgres.server().pid()));
        ProcessHandle.of(postgres.server().pid()).orElseThrow().descendants().forEach(child -> all.add(child.pid()));
        return all;
    }

    private static void signal(String signal, List<Long> processes) throws CommandException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        processes.forEach(pid -> command.add(Long.toString(pid)));
        Commands.tryRun(Duration.ofSeconds(5), command.toArray(String[]::new));
    }
}
