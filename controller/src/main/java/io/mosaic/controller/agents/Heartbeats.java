package io.mosaic.controller.agents;

import io.mosaic.controller.host.HostLeases;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers who was heard and writes it to the leases in batches.
 *
 * <p>Thread-safe.
 */
final class Heartbeats implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    /** Short against the lease of 10 s, long enough that thousands of hosts cost one statement. */
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final HostLeases leases;
    /** By host, when it was heard, by the monotonic clock; what is written leaves the map. */
    private final Map<String, Long> heard = new ConcurrentHashMap<>();

    /** Sessions whose heartbeats up to that number are to be answered when it is written that they were heard. */
    private final Map<HostSession, Long> answers = new ConcurrentHashMap<>();

    private final Thread thread;

    private final LongSupplier nanos;
    private final Consumer<Set<String>> lost;

    /**
     * @param nanos the monotonic clock, in nanoseconds
     * @param lost told of hosts that another controller holds by now
     */
    Heartbeats(HostLeases leases, LongSupplier nanos, Consumer<Set<String>> lost) {
        this.leases = leases;
        this.nanos = nanos;
        this.lost = lost;
        this.thread = Thread.ofVirtual().name("heartbeats").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void heard(String host) {
        heard.put(host, nanos.getAsLong());
    }

    /** A heartbeat that {@link #heard} was told of is to be answered once that is written. */
    void answer(HostSession session, long number) {
        answers.merge(session, number, Math::max);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(EVERY);
                try {
                    write();
                } catch (RuntimeException e) {
                    // Whatever it was: without this thread every host would be taken for silent.
                    LOG.error("the hosts' leases could not be renewed", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("heartbeats end");
        }
    }

    /** Writes now what was heard; what cannot be written is kept for the next time, with its true age. */
    void write() {
        // Before what was heard: so all of these are among that, or were written down before.
        Map<HostSession, Long> asked = Map.copyOf(answers);
        Map<String, Long> batch = Map.copyOf(heard);
        if (batch.isEmpty()) {
            answer(asked, Set.of());
            return;
        }
        long now = nanos.getAsLong();
        Map<String, Duration> ages = new HashMap<>();
        batch.forEach((host, at) -> ages.put(host, Duration.ofNanos(Math.max(0, now - at))));
        try {
            Set<String> elsewhere = leases.heard(ages);
            batch.forEach(heard::remove);
            answer(asked, elsewhere);
            if (!elsewhere.isEmpty()) {
                lost.accept(elsewhere);
            }
        } catch (ProblemException e) {
            LOG.warn("the leases of {} hosts could not be renewed: {}", batch.size(), e.getMessage());
        }
    }

    private void answer(Map<HostSession, Long> asked, Set<String> elsewhere) {
        asked.forEach((session, number) -> {
            answers.remove(session, number);
            if (!elsewhere.contains(session.host())) {
                session.alive(number);
            }
        });
    }

    /** Id of the controller in whose name this writes. */
    String holder() {
        return leases.holder();
    }

    /**
     * Takes these hosts, by agent; see {@link HostLeases#claim}.
     *
     * @return hosts whose agent is turned away
     */
    Set<String> claim(Map<String, HostLeases.Claimant> agents) {
        return leases.claim(agents);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
