package io.mosaic.proof.simhosts;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Many simulated hosts in this process.
 *
 * <p>Thread-safe. Closing it ends every link; the cluster hears of it as of hosts that fell silent.
 */
public final class Fleet implements AutoCloseable {

    /** Hosts that start at the same time: each makes a key, joins and shakes hands. */
    private static final int STARTS_AT_ONCE = 16;

    private static final long POLL_MILLIS = 50;

    private final List<SimHost> hosts;

    private Fleet(List<SimHost> hosts) {
        this.hosts = List.copyOf(hosts);
    }

    /**
     * Starts all hosts; their links connect in the background.
     *
     * @param tokens gives a join token for the host of that number; asked only when it has not joined before
     */
    public static Fleet start(FleetSettings settings, IntFunction<String> tokens) throws InterruptedException {
        List<SimHost> started = new ArrayList<>();
        try (ExecutorService starters = Executors.newFixedThreadPool(
                STARTS_AT_ONCE, Thread.ofVirtual().name("sim-start").factory())) {
            List<Future<SimHost>> starts = new ArrayList<>();
            for (int i = 0; i < settings.hosts(); i++) {
                int number = i;
                starts.add(starters.submit(() -> {
                    SimHost host = SimHost.start(settings, number, () -> tokens.apply(number));
                    // One after the other: thousands of handshakes at once would time each other out.
                    host.awaitConnected();
                    return host;
                }));
            }
            for (Future<SimHost> start : starts) {
                started.add(start.get());
            }
            return new Fleet(started);
        } catch (ExecutionException e) {
            started.forEach(SimHost::close);
            throw new IllegalStateException("a simulated host does not start: " + e.getCause(), e);
        }
    }

    /** How many hosts have a session that a controller has welcomed. */
    public int connected() {
        return (int) hosts.stream().filter(SimHost::connected).count();
    }

    /** Waits until every host is connected. */
    public void awaitConnected() throws InterruptedException {
        while (connected() < hosts.size()) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    public int size() {
        return hosts.size();
    }

    /** Containers that run on all hosts together, infra containers counted. */
    public int running() {
        return hosts.stream().mapToInt(SimHost::running).sum();
    }

    @Override
    public void close() {
        try (ExecutorService closers = Executors.newVirtualThreadPerTaskExecutor()) {
            hosts.forEach(host -> closers.execute(host::close));
        }
    }
}
