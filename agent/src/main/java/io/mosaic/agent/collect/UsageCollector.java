package io.mosaic.agent.collect;

import io.mosaic.agent.cgroup.ContainerCounters;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.AgentMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what the sets use, every few seconds. A set is told of from its second measurement on, as a rate needs two.
 *
 * <p>{@link #latest} and {@link #of} are thread-safe; all else is for one thread, by default its own.
 */
public final class UsageCollector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UsageCollector.class);

    /** Rare enough to cost next to nothing, often enough that a peak of half a minute is seen. */
    private static final Duration EVERY = Duration.ofSeconds(5);

    private static final double NANOS_PER_SECOND = 1e9;
    private static final long NANOS_PER_MILLI_CORE = 1_000_000;

    private final ContainerCounters counters;
    private final Supplier<List<Measured>> sets;
    private final Thread thread;
    private Map<String, Counted> containers = new HashMap<>();
    private Map<UUID, Counted> networks = new HashMap<>();
    private volatile AgentMessage.@Nullable Usage latest;

    /**
     * A running set.
     *
     * @param infraPid whose network namespace is the set's; 0: not known
     * @param pids of its running containers, by their full id
     */
    public record Measured(UUID uid, int infraPid, Map<String, Integer> pids) {}

    /** Counts at a time of the monotonic clock; of a network, in bytes. */
    private record Counted(long nanos, long cpuNanos, long bytes) {}

    /** @param sets which there are now */
    public UsageCollector(ContainerCounters counters, Supplier<List<Measured>> sets) {
        this.counters = counters;
        this.sets = sets;
        this.thread = Thread.ofPlatform().daemon().name("usage").unstarted(this::run);
    }

    /** Begins to measure; returns at once. */
    public void start() {
        thread.start();
    }

    /** What was measured last, the same object until the next time; null when nothing was yet. */
    public AgentMessage.@Nullable Usage latest() {
        return latest;
    }

    /** What that set uses; null when that is not known. */
    public @Nullable SetUsage of(UUID uid) {
        AgentMessage.Usage all = latest;
        if (all != null) {
            for (SetUsage each : all.sets()) {
                if (each.uid().equals(uid)) {
                    return each;
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(EVERY);
                try {
                    measure(System.nanoTime());
                } catch (RuntimeException e) {
                    // Without figures nothing is scaled in; that is no reason to stop measuring.
                    LOG.error("the sets could not be measured", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("measuring ends");
        }
    }

    /**
     * Measures once.
     *
     * @param nanos of the monotonic clock
     */
    void measure(long nanos) {
        Map<String, Counted> seen = new HashMap<>();
        Map<UUID, Counted> seenNetworks = new HashMap<>();
        Set<String> ids = new HashSet<>();
        List<SetUsage> told = new ArrayList<>();
        for (Measured set : sets.get()) {
            ids.addAll(set.pids().keySet());
            SetUsage usage = usage(set, nanos, seen, seenNetworks);
            if (usage != null) {
                told.add(usage);
            }
        }
        counters.keepOnly(ids);
        containers = seen;
        networks = seenNetworks;
        latest = new AgentMessage.Usage(List.copyOf(told));
    }

    private @Nullable SetUsage usage(
            Measured set, long nanos, Map<String, Counted> seen, Map<UUID, Counted> seenNetworks) {
        double cpuMillis = 0;
        double disk = 0;
        long memory = 0;
        boolean diskKnown = true;
        boolean whole = true;
        for (Map.Entry<String, Integer> container : set.pids().entrySet()) {
            try {
                ContainerCounters.Counters now = counters.read(container.getValue(), container.getKey());
                seen.put(container.getKey(), new Counted(nanos, now.cpuNanos(), now.diskBytes()));
                Counted before = containers.get(container.getKey());
                memory += now.memoryBytes();
                diskKnown &= now.diskBytes() != ContainerCounters.UNKNOWN;
                if (before == null || nanos <= before.nanos()) {
                    whole = false;
                } else {
                    double seconds = (nanos - before.nanos()) / NANOS_PER_SECOND;
                    cpuMillis += grown(before.cpuNanos(), now.cpuNanos()) / seconds / NANOS_PER_MILLI_CORE;
                    disk += grown(before.bytes(), now.diskBytes()) / seconds;
                }
            } catch (IOException e) {
                // Mostly a process that ended a moment ago.
                LOG.debug("container {} cannot be measured: {}", container.getKey(), e.getMessage());
                whole = false;
            }
        }
        Long network = network(set, nanos, seenNetworks);
        return whole
                ? new SetUsage(set.uid(), Math.round(cpuMillis), memory, network, diskKnown ? Math.round(disk) : null)
                : null;
    }

    private @Nullable Long network(Measured set, long nanos, Map<UUID, Counted> seenNetworks) {
        if (set.infraPid() == 0) {
            return null;
        }
        try {
            long bytes = counters.networkBytes(set.infraPid());
            seenNetworks.put(set.uid(), new Counted(nanos, 0, bytes));
            Counted before = networks.get(set.uid());
            return before == null || nanos <= before.nanos()
                    ? null
                    : Math.round(grown(before.bytes(), bytes) / ((nanos - before.nanos()) / NANOS_PER_SECOND));
        } catch (IOException e) {
            LOG.debug("the network of set {} cannot be measured: {}", set.uid(), e.getMessage());
            return null;
        }
    }

    /** A count that is smaller than before began anew. */
    private static double grown(long before, long now) {
        return now < before ? now : now - before;
    }
}
