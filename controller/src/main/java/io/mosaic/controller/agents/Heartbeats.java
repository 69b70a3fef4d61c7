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
        Map<String, Long> batch = Map.copyOf(heard);
        if (batch.isEmpty()) {
            return;
        }
        long now = nanos.getAsLong();
        Map<String, Duration> ages = new HashMap<>();
        batch.forEach((host, at) -> ages.put(host, Duration.ofNanos(Math.max(0, now - at))));
        try {
            Set<String> elsewhere = leases.heard(ages);
            batch.forEach(heard::remove);
            if (!elsewhere.isEmpty()) {
                lost.accept(elsewhere);
            }
        } catch (ProblemException e) {
            LOG.warn("the leases of {} hosts could not be renewed: {}", batch.size(), e.getMessage());
        }
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
