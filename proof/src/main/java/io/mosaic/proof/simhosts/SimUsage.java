package io.mosaic.proof.simhosts;

import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.AgentMessage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the sets of a simulated host use: made up, but told as often and of as many sets as a real agent does. Thread-safe.
 */
final class SimUsage {

    /** As a real agent measures. */
    private static final long EVERY_NANOS = Duration.ofSeconds(5).toNanos();

    private static final long CPU_MILLIS = 50;
    private static final long MEMORY_BYTES = 24L << 20;
    private static final long NETWORK_BYTES = 2000;

    private final Reconciler reconciler;
    private final long began = System.nanoTime();
    private long turn;
    private AgentMessage.@Nullable Usage latest;

    SimUsage(Reconciler reconciler) {
        this.reconciler = reconciler;
    }

    /** The same object until the next time; null before the first. */
    synchronized AgentMessage.@Nullable Usage latest() {
        long now = (System.nanoTime() - began) / EVERY_NANOS;
        if (now > turn) {
            turn = now;
            List<SetUsage> running = reconciler.containers().entrySet().stream()
                    .filter(set -> set.getValue().values().stream()
                            .anyMatch(each -> each.status() == ObservedContainer.Status.RUNNING))
                    .map(set -> new SetUsage(set.getKey(), CPU_MILLIS + now % 7, MEMORY_BYTES + now, NETWORK_BYTES, 0L))
                    .toList();
            latest = new AgentMessage.Usage(running);
        }
        return latest;
    }
}
