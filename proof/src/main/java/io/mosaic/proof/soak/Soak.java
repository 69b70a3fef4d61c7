package io.mosaic.proof.soak;

import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.LoggedChange;
import io.mosaic.proof.rig.RealCluster;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run: load and faults for a while, then quiet, then the comparison. The seed decides calls and faults; what comes of them
 * is up to real processes, so a run cannot be had again exactly.
 */
public final class Soak {

    private static final int CLIENTS = 4;

    /** Faults that may last at the same time, of different parts. */
    private static final int HANDS = 2;

    /** A host that was silent, a set that failed in the last fault and waits: all is over by then. */
    private static final Duration QUIET = Duration.ofMinutes(3);

    private static final Duration STEP = Duration.ofMillis(500);

    private final RealCluster real;
    private final Random random;
    private final Consumer<String> story;
    private final Findings findings = new Findings();
    private final Ledger ledger = new Ledger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicBoolean unwatched = new AtomicBoolean();

    private Soak(RealCluster real, long seed, Consumer<String> story) {
        this.real = real;
        this.random = new Random(seed);
        this.story = story;
    }

    /**
     * What came of a run.
     *
     * @param violations what must not be so; empty when all is well
     * @param counts lines for a person: how many calls ended how
     * @param figures {@code name=value ...}
     */
    public record Result(List<String> violations, List<String> counts, String figures) {}

    /** Something that runs beside the others and may end early by a fault. */
    @FunctionalInterface
    private interface Task {
        void run(BooleanSupplier over) throws InterruptedException;
    }

    /**
     * Runs on that cluster, which has no sets yet.
     *
     * @param time how long faults happen
     * @param story told what happens, line by line
     */
    public static Result run(RealCluster real, Duration time, long seed, Consumer<String> story)
            throws IOException, InterruptedException {
        return new Soak(real, seed, story).run(time);
    }

    private Result run(Duration time) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Faults faults = new Faults(real, findings, story);
        try (MosaicClient client = real.client()) {
            List<SoakWatcher> watchers = List.of(
                    new SoakWatcher("the lasting watch", client, findings, random, false),
                    new SoakWatcher(
                            "the watch that comes and goes", client, findings, new Random(random.nextLong()), true));
            List<Thread> watching = new ArrayList<>();
            List<Thread> working = new ArrayList<>();
            try {
                watchers.forEach(watcher -> watching.add(start(watcher::run, unwatched)));
                for (int i = 1; i <= CLIENTS; i++) {
                    SoakClient caller = new SoakClient(
                            "c" + i, real.cluster().frontApi(), ledger, findings, new Random(random.nextLong()));
                    working.add(start(caller::run, over));
                }
                working.add(start(new SoakReader(real.cluster().frontApi(), ledger, findings)::run, over));
                for (int i = 0; i < HANDS; i++) {
                    Random own = new Random(random.nextLong());
                    working.add(start(until -> faults.run(own, until), over));
                }
                working.add(start(faults::supervise, over));
                Thread.sleep(time);
            } finally {
                over.set(true);
                join(working);
            }
            story.accept("no more faults; waiting for quiet");
            try {
                conclude(client, watchers, watching);
            } finally {
                unwatched.set(true);
                join(watching);
            }
        }
        return result((System.nanoTime() - began) / 1e9);
    }

    private Thread start(Task task, AtomicBoolean until) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run(until::get);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                findings.violated("a part of the test ended by a fault: " + e);
            }
        });
    }

    private void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            if (!thread.join(QUIET)) {
                findings.violated("a part of the test does not end: " + List.of(thread.getStackTrace()));
            }
        }
    }

    private void conclude(MosaicClient client, List<SoakWatcher> watchers, List<Thread> watching)
            throws IOException, InterruptedException {
        Verdict verdict = new Verdict(real, client, ledger);
        long end = System.nanoTime() + QUIET.toNanos();
        List<String> differences = differences(verdict);
        while (!differences.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(STEP);
            differences = differences(verdict);
        }
        differences.forEach(findings::violated);
        verdict.stories().forEach(findings::violated);
        Page<SetResource> listed = client.sets().listAll(SetQuery.ALL.withAtLeast(ledger.acknowledged()));
        List<LoggedChange> log = real.cluster().changes(listed.revision());
        dense(log, listed.revision());
        long last = log.stream()
                .filter(change -> change.body().path("kind").asString().equals("set"))
                .mapToLong(LoggedChange::revision)
                .max()
                .orElse(0);
        for (SoakWatcher watcher : watchers) {
            while (watcher.history().position() < last && System.nanoTime() < end) {
                Thread.sleep(STEP);
            }
        }
        unwatched.set(true);
        join(watching);
        for (SoakWatcher watcher : watchers) {
            watcher.history()
                    .differences(log, listed.items(), listed.revision())
                    .forEach(findings::violated);
        }
    }

    /** Parts that are only just back may not answer yet. */
    private static List<String> differences(Verdict verdict) {
        try {
            return verdict.differences();
        } catch (IOException | RuntimeException e) {
            return List.of("it cannot be told how all is: " + e);
        }
    }

    private void dense(List<LoggedChange> log, long revision) {
        long next = 1;
        for (LoggedChange change : log) {
            if (change.revision() != next++) {
                findings.violated("the log has revision " + change.revision() + " where " + (next - 1) + " should be");
                return;
            }
        }
        if (next != revision + 1) {
            findings.violated("the log ends at " + (next - 1) + ", a list is of revision " + revision);
        }
    }

    private Result result(double seconds) {
        List<String> counts = new ArrayList<>();
        findings.counts().forEach((what, times) -> counts.add(what + ": " + times));
        long acknowledged = findings.sum("create 2") + findings.sum("update 2") + findings.sum("delete 2");
        long writes = findings.sum("create ") + findings.sum("update ") + findings.sum("delete ");
        long givenUp = findings.sum("create given") + findings.sum("update given") + findings.sum("delete given");
        String figures = String.format(
                Locale.ROOT,
                "seconds=%.0f faults=%d acknowledged=%d writes_failed=%d given_up=%d reads=%d reads_failed=%d"
                        + " watch_events=%d revision=%d violations=%d",
                seconds,
                findings.sum("fault "),
                acknowledged,
                writes - acknowledged - givenUp,
                givenUp,
                findings.sum("read 2"),
                findings.sum("read failed"),
                findings.sum("watch events"),
                ledger.acknowledged(),
                findings.violations().size());
        return new Result(findings.violations(), counts, figures);
    }
}
