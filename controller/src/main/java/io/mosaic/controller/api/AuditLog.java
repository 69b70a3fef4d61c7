package io.mosaic.controller.api;

import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import io.mosaic.kit.http.CallObserver;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.AuditEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps who called what and what came of it. A call only queues its entry; one thread writes what is queued, in batches,
 * at once when the store answers and again when it did not, so that an entry is durable some milliseconds after its answer.
 * What a kill between the two takes along, the change log still shows. An entry that finds the queue full goes to the
 * process' log instead, and is counted.
 *
 * <p>Calls that nobody proved to have made are anybody's to send in any number: past some a second they are only counted,
 * and the count becomes an entry.
 *
 * <p>Thread-safe.
 */
public final class AuditLog implements CallObserver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);

    private static final int QUEUE_MAX = 20_000;
    private static final int BATCH_MAX = 500;
    private static final int ANONYMOUS_PER_SECOND = 20;
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration DRAIN = Duration.ofSeconds(3);
    private static final String ANONYMOUS = "anonymous";

    private final Store store;
    private final InstantSource clock;
    private final Metrics.Count lost;
    private final BlockingQueue<AuditEntry> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final AtomicLong second = new AtomicLong();
    private final AtomicLong anonymous = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;

    public AuditLog(Store store, InstantSource clock, Metrics metrics) {
        this.store = store;
        this.clock = clock;
        this.lost = metrics.count("mosaic_audit_overflow_total", "Audit entries that went to the log, not the store.");
        metrics.gauge("mosaic_audit_queued", "Audit entries that wait for the store.", queue::size);
        this.thread = Thread.ofVirtual().name("audit").start(this::run);
    }

    @Override
    public void finished(Outcome outcome) {
        if (!outcome.route().audited()) {
            return;
        }
        Instant now = clock.instant();
        Caller caller = outcome.caller();
        if (caller == null && !allowed(now)) {
            return;
        }
        add(new AuditEntry(
                0,
                now,
                caller == null ? ANONYMOUS : caller.name(),
                outcome.notes().tenant(),
                outcome.method() + " " + outcome.path(),
                outcome.status(),
                outcome.status() < 300 ? outcome.notes().revision() : null,
                outcome.detail()));
    }

    private boolean allowed(Instant now) {
        long before = second.getAndSet(now.getEpochSecond());
        if (before != now.getEpochSecond()) {
            long more = anonymous.getAndSet(0) - ANONYMOUS_PER_SECOND;
            if (more > 0) {
                add(new AuditEntry(
                        0, now, ANONYMOUS, null, "*", 401, null, more + " more refused calls within a second"));
            }
        }
        return anonymous.incrementAndGet() <= ANONYMOUS_PER_SECOND;
    }

    private void add(AuditEntry entry) {
        if (closed || !queue.offer(entry)) {
            lost.add(1);
            LOG.warn("audit entry not stored: {}", entry);
        }
    }

    private void run() {
        List<AuditEntry> batch = new ArrayList<>();
        try {
            while (!closed || !queue.isEmpty()) {
                AuditEntry first = queue.poll(100, TimeUnit.MILLISECONDS);
                if (first == null) {
                    continue;
                }
                batch.add(first);
                queue.drainTo(batch, BATCH_MAX - 1);
                write(batch);
                batch.clear();
            }
        } catch (InterruptedException e) {
            LOG.debug("audit ends");
        }
        queue.drainTo(batch);
        batch.forEach(entry -> LOG.warn("audit entry not stored: {}", entry));
        lost.add(batch.size());
    }

    private void write(List<AuditEntry> batch) throws InterruptedException {
        boolean told = false;
        while (true) {
            try {
                store.appendAudit(batch);
                return;
            } catch (StoreException e) {
                if (e.kind() == StoreException.Kind.REFUSED) {
                    batch.forEach(entry -> LOG.warn("audit entry refused by the store: {}", entry));
                    lost.add(batch.size());
                    return;
                }
                // An unknown outcome is written again: an entry twice is better than none.
                if (!told) {
                    LOG.warn("audit entries wait for the database: {}", e.reason());
                    told = true;
                }
                Thread.sleep(RETRY);
            } catch (RuntimeException e) {
                // Whatever it was: the entries after these are still to be written.
                LOG.error("audit entries could not be stored", e);
                batch.forEach(entry -> LOG.warn("audit entry not stored: {}", entry));
                lost.add(batch.size());
                return;
            }
        }
    }

    /** Writes what is queued, for some seconds at most; what is left then goes to the process' log. */
    @Override
    public void close() {
        closed = true;
        try {
            if (!thread.join(DRAIN)) {
                thread.interrupt();
                thread.join(DRAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
