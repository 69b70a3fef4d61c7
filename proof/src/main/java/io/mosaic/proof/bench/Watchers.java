package io.mosaic.proof.bench;

import io.mosaic.proof.rig.ControllerRig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many watches of all sets, each on a connection of its own, that note when each change reached them. Changes are told
 * apart by their label {@code watched}, {@code n-0}, {@code n-1} and so on.
 *
 * <p>Thread-safe. Clocks are this process's own on both sides: callers and watchers live in it.
 */
final class Watchers implements AutoCloseable {

    private static final int OPENED_AT_ONCE = 32;
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final String MARK = "\"watched\":\"n-";

    private final int count;
    /** The machine's clock, in milliseconds, when its monotonic one was at {@link #baseNanos}. */
    private final long baseMillis = System.currentTimeMillis();

    private final long baseNanos = System.nanoTime();
    private final long[] sent;
    private final long[] answered;
    private final long[] revisions;
    /** When watcher w had change c: at {@code c * count + w}; 0 while it has not. */
    private final long[] arrived;

    private final CountDownLatch open;
    private final AtomicInteger failed = new AtomicInteger();
    private final List<KeepAlive> connections = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean closing;

    private Watchers(int count, int changes) {
        this.count = count;
        this.sent = new long[changes];
        this.answered = new long[changes];
        this.revisions = new long[changes];
        this.arrived = new long[count * changes];
        this.open = new CountDownLatch(count);
    }

    /** Opens them; returns when each has had its first bookmark. */
    static Watchers open(ControllerRig rig, int count, int changes, long from)
            throws IOException, InterruptedException, GeneralSecurityException {
        Watchers watchers = new Watchers(count, changes);
        KeepAlive.Opener opener = new KeepAlive.Opener(rig);
        Semaphore turns = new Semaphore(OPENED_AT_ONCE);
        for (int i = 0; i < count; i++) {
            int number = i;
            turns.acquire();
            watchers.threads.execute(() -> watchers.watch(opener, number, from, turns));
        }
        if (!watchers.open.await(DEADLINE.toSeconds(), TimeUnit.SECONDS) || watchers.failed.get() > 0) {
            watchers.close();
            throw new IOException(watchers.failed.get() + " watches failed to open, " + watchers.open.getCount()
                    + " are not open yet");
        }
        return watchers;
    }

    private void watch(KeepAlive.Opener opener, int number, long from, Semaphore turns) {
        boolean counted = false;
        try (KeepAlive connection = opener.open()) {
            synchronized (connections) {
                connections.add(connection);
            }
            int status = connection.get("/v1/sets?watch=true&from=" + from);
            if (status != 200) {
                throw new IOException("a watch was answered with " + status);
            }
            turns.release();
            open.countDown();
            counted = true;
            while (true) {
                note(number, connection.line());
            }
        } catch (IOException e) {
            if (!closing) {
                failed.incrementAndGet();
                System.err.println("watcher " + number + ": " + e.getMessage());
            }
            if (!counted) {
                turns.release();
                open.countDown();
            }
        }
    }

    private void note(int number, String line) {
        int at = line.indexOf(MARK);
        if (at < 0) {
            return;
        }
        int from = at + MARK.length();
        int change = Integer.parseInt(line.substring(from, line.indexOf('"', from)));
        arrived[change * count + number] = System.nanoTime();
    }

    /** Before the call that makes the change. */
    void sent(int change, long nanos) {
        sent[change] = nanos;
    }

    /** After its answer. */
    void answered(int change, long revision, long nanos) {
        if (revision <= 0) {
            throw new IllegalStateException("a change without a revision");
        }
        answered[change] = nanos;
        revisions[change] = revision;
    }

    /**
     * From the commit of each change, as the controller began it, until each watcher had the change.
     *
     * @param first changes before it do not count
     * @param commits by revision, when the controller wrote the change, by the machine's clock
     * @throws IllegalStateException when a watcher has missed a change
     */
    Percentiles delays(int first, Map<Long, Instant> commits) throws InterruptedException {
        TimeUnit.SECONDS.sleep(2);
        List<Long> delays = new ArrayList<>();
        List<Long> fromCall = new ArrayList<>();
        for (int change = first; change < sent.length; change++) {
            long committed = nanos(Objects.requireNonNull(commits.get(revisions[change])));
            for (int number = 0; number < count; number++) {
                long at = arrived[change * count + number];
                if (at == 0) {
                    throw new IllegalStateException("watcher " + number + " never had change " + change);
                }
                delays.add(at - committed);
                fromCall.add(at - sent[change]);
            }
        }
        long[] calls = new long[sent.length - first];
        Arrays.setAll(calls, i -> answered[first + i] - sent[first + i]);
        Percentiles own = Percentiles.of(Arrays.stream(calls).boxed().toList());
        Percentiles whole = Percentiles.of(fromCall);
        System.out.printf(
                Locale.ROOT,
                "the calls themselves were answered after p50 %.0f ms, p99 %.0f ms;"
                        + " from the sending of a call to delivery p50 %.0f ms, p99 %.0f ms%n",
                own.millis(50),
                own.millis(99),
                whole.millis(50),
                whole.millis(99));
        return Percentiles.of(delays);
    }

    /** That moment by the monotonic clock. */
    private long nanos(Instant at) {
        return baseNanos
                + TimeUnit.MICROSECONDS.toNanos(ChronoUnit.MICROS.between(Instant.ofEpochMilli(baseMillis), at));
    }

    @Override
    public void close() {
        closing = true;
        synchronized (connections) {
            for (KeepAlive connection : connections) {
                try {
                    connection.close();
                } catch (IOException e) {
                    System.err.println("a watch did not close: " + e.getMessage());
                }
            }
        }
        threads.shutdown();
    }
}
