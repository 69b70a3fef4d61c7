package io.mosaic.controller.agents;

import io.mosaic.controller.scale.UsageTotals;
import io.mosaic.model.SetUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What agents told last of each set on the hosts whose session is here. Soft: it is told anew every few seconds, and forgotten
 * when it is not.
 *
 * <p>Thread-safe.
 */
final class UsageBoard {

    /** More sets than any host runs. */
    private static final int SETS_MAX = 10_000;

    /** Some times the interval at which agents measure. */
    private static final Duration FORGET = Duration.ofSeconds(20);

    /** By host: each message says all, so that no host can hold more than one of them or overwrite another's. */
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();

    private final LongSupplier nanos;

    private record Heard(List<SetUsage> usages, long at) {}

    /** @param nanos the monotonic clock, in nanoseconds */
    UsageBoard(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Takes what that host's agent tells of all its sets, as far as it can be. */
    void heard(String host, List<SetUsage> told) {
        List<SetUsage> usages =
                told.stream().limit(SETS_MAX).filter(UsageBoard::possible).toList();
        heard.put(host, new Heard(usages, nanos.getAsLong()));
    }

    private static boolean possible(SetUsage usage) {
        return usage != null
                && usage.uid() != null
                && small(usage.cpuMillis())
                && small(usage.memoryBytes())
                && (usage.networkBytes() == null || small(usage.networkBytes()))
                && (usage.diskBytes() == null || small(usage.diskBytes()));
    }

    /** So that no sum over a cluster overflows. */
    private static boolean small(long value) {
        return value >= 0 && value <= 1L << 46;
    }

    /** All that was heard of late. */
    List<UsageTotals.Told> told() {
        long now = nanos.getAsLong();
        List<UsageTotals.Told> all = new ArrayList<>();
        heard.values().removeIf(each -> now - each.at() > FORGET.toNanos());
        heard.forEach((host, each) -> {
            Duration age = Duration.ofNanos(now - each.at());
            each.usages().forEach(usage -> all.add(new UsageTotals.Told(host, usage, age)));
        });
        return all;
    }
}
