package io.mosaic.controller.agents;

import io.mosaic.controller.host.HostLeases;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    private final Set<String> heard = ConcurrentHashMap.newKeySet();
    private final Thread thread;

    Heartbeats(HostLeases leases) {
        this.leases = leases;
        this.thread = Thread.ofVirtual().name("heartbeats").start(this::run);
    }

    void heard(String host) {
        heard.add(host);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(EVERY);
                write();
            }
        } catch (InterruptedException e) {
            LOG.debug("heartbeats end");
        }
    }

    private void write() throws InterruptedException {
        Set<String> batch = new HashSet<>(heard);
        if (batch.isEmpty()) {
            return;
        }
        heard.removeAll(batch);
        try {
            leases.renew(batch);
        } catch (ProblemException e) {
            // They were heard all the same: the next write says so.
            heard.addAll(batch);
            LOG.warn("the leases of {} hosts could not be renewed: {}", batch.size(), e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
