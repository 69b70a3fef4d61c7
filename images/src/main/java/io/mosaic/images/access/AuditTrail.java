package io.mosaic.images.access;

import io.mosaic.images.catalog.CallCatalog;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps who changed what and what came of it, in the audit log that the controllers show. A call is kept before it changes
 * anything, so that a kill loses its outcome at most; the outcome is written a moment after the answer. No controller is needed.
 *
 * <p>Thread-safe.
 */
public final class AuditTrail implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

    private static final int QUEUE_MAX = 20_000;
    private static final int BATCH_MAX = 500;
    private static final int DETAIL_CHARS_MAX = 1000;
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration DRAIN = Duration.ofSeconds(3);

    /** How often calls are looked for whose end was lost with a crash of the database, and what age these have. */
    private static final Duration FORGOTTEN = Duration.ofMinutes(5);

    private static final int INTERNAL = 500;

    /** What a refusal's status is when it is a problem. */
    public static final ToIntFunction<Exception> PROBLEM =
            thrown -> thrown instanceof ProblemException e ? e.problem().status() : INTERNAL;

    private final CallCatalog calls;
    private final InstantSource clock;
    private final Set<Long> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Ended> ended = new ArrayBlockingQueue<>(QUEUE_MAX);
    private final Thread thread;
    private volatile boolean closed;

    public AuditTrail(CallCatalog calls, InstantSource clock) {
        this.calls = calls;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("audit").start(this::run);
    }

    /** @param id of the call; 0: it never began */
    private record Ended(long id, AuditEntry entry) {}

    /** What a call does. */
    @FunctionalInterface
    public interface Work {
        Reply run(Details details) throws Exception;
    }

    /** What the work wants kept of it. Not thread-safe. */
    public static final class Details {
        private @Nullable String text;

        public void tell(String told) {
            text = told;
        }
    }

    /**
     * Does it, and keeps who did and what came of it.
     *
     * @param action method and path
     * @param statusOf the status that a failure is answered with
     * @throws Exception what the work throws; ProblemException of kind UNAVAILABLE, and nothing is done, when the database does
     *     not answer
     */
    public Reply record(
            Caller caller, @Nullable String tenant, String action, ToIntFunction<Exception> statusOf, Work work)
            throws Exception {
        AuditEntry entry = new AuditEntry(0, clock.instant(), caller.name(), tenant, action, 0, null, null);
        long id = calls.begin(entry);
        open.add(id);
        Details details = new Details();
        try {
            Reply reply = work.run(details);
            end(id, entry, reply.status(), details.text);
            return reply;
        } catch (Exception e) {
            end(id, entry, statusOf.applyAsInt(e), e.getMessage());
            throw e;
        }
    }

    /** Keeps what was not even begun, or what nobody asked for. */
    public void tell(String actor, @Nullable String tenant, String action, int status, @Nullable String detail) {
        end(0, new AuditEntry(0, clock.instant(), actor, tenant, action, 0, null, null), status, detail);
    }

    private void end(long id, AuditEntry begun, int status, @Nullable String detail) {
        String cut =
                detail == null || detail.length() <= DETAIL_CHARS_MAX ? detail : detail.substring(0, DETAIL_CHARS_MAX);
        AuditEntry entry =
                new AuditEntry(0, begun.at(), begun.actor(), begun.tenant(), begun.action(), status, null, cut);
        if (closed || !ended.offer(new Ended(id, entry))) {
            // What began is in the database, and is told of as of unknown outcome.
            open.remove(id);
            LOG.warn("the outcome of an audited call is not stored: {}", entry);
        }
    }

    private void run() {
        List<Ended> batch = new ArrayList<>();
        try {
            long looked = System.nanoTime() - FORGOTTEN.toNanos();
            while (!closed || !ended.isEmpty()) {
                Ended next = ended.poll(100, TimeUnit.MILLISECONDS);
                if (next != null) {
                    batch.add(next);
                    ended.drainTo(batch, BATCH_MAX - 1);
                    write(batch);
                    batch.clear();
                }
                if (System.nanoTime() - looked >= FORGOTTEN.toNanos()) {
                    looked = System.nanoTime();
                    endForgotten();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the audit trail ends");
        }
        ended.drainTo(batch);
        batch.forEach(each -> LOG.warn("the outcome of an audited call is not stored: {}", each.entry));
    }

    private void write(List<Ended> batch) throws InterruptedException {
        Map<Long, AuditEntry> begun = new LinkedHashMap<>();
        List<AuditEntry> others = new ArrayList<>();
        for (Ended each : batch) {
            if (each.id == 0) {
                others.add(each.entry);
            } else {
                begun.put(each.id, each.entry);
            }
        }
        boolean told = false;
        while (true) {
            try {
                calls.end(begun, others);
                open.removeAll(begun.keySet());
                return;
            } catch (ProblemException e) {
                if (!told) {
                    LOG.warn("audit entries wait: {}", e.getMessage());
                    told = true;
                }
                Thread.sleep(RETRY);
            } catch (RuntimeException e) {
                // Whatever it was: the entries after these are still to be written.
                LOG.error("audit entries could not be stored: {}", batch, e);
                open.removeAll(begun.keySet());
                return;
            }
        }
    }

    private void endForgotten() {
        try {
            int found = calls.endForgotten(List.copyOf(open), FORGOTTEN);
            if (found > 0) {
                LOG.warn("{} audited calls ended without a word", found);
            }
        } catch (RuntimeException e) {
            LOG.warn("audited calls that ended without a word are looked for later", e);
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
