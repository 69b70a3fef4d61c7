package io.mosaic.controller.scale;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sums up what sets use by their apps. Pure. */
public final class UsageTotals {

    private static final Duration NO_WARM_UP = Duration.ZERO;

    private UsageTotals() {}

    /**
     * A measurement.
     *
     * @param host whose agent told it
     * @param age since it was told
     */
    public record Told(String host, SetUsage usage, Duration age) {}

    /**
     * What each app's instances use: those that run and stay, on the host that tells of them, for long enough. By tenant and
     * name.
     */
    public static List<AppUse> of(ClusterImage image, Collection<Told> told, Instant now) {
        TreeMap<ResourceKey, AppUse> totals = new TreeMap<>();
        for (Told each : told) {
            SetResource set = image.set(each.usage().uid());
            AppMember member = set == null ? null : set.app();
            if (set == null
                    || member == null
                    || !each.host().equals(set.status().host())) {
                continue;
            }
            AppResource app = image.app(set.tenant(), member.name());
            if (app != null && counts(set, member, app.spec().scaling(), now)) {
                AppUse of = of(set, member, each);
                totals.merge(app.key(), of, AppUse::plus);
            }
        }
        return List.copyOf(totals.values());
    }

    private static boolean counts(SetResource set, AppMember member, @Nullable ScalingPolicy policy, Instant now) {
        Duration warmUp = policy == null ? NO_WARM_UP : policy.warmUp().duration();
        return set.status().state() == SetState.RUNNING
                && set.intent().run() == SetIntent.Run.RUNNING
                && !member.leaves()
                && !set.status().since().plus(warmUp).isAfter(now);
    }

    private static AppUse of(SetResource set, AppMember member, Told told) {
        SetUsage usage = told.usage();
        SetSpec.Resources limits = set.spec().resourcesOrNone();
        Long network = usage.networkBytes();
        Long disk = usage.diskBytes();
        return new AppUse(
                set.tenant(),
                member.name(),
                1,
                usage.cpuMillis(),
                limits.cpuOrZero().millis(),
                usage.memoryBytes(),
                limits.memoryOrZero().value(),
                network == null ? 0 : network,
                network == null ? 0 : 1,
                disk == null ? 0 : disk,
                disk == null ? 0 : 1,
                told.age().toMillis());
    }
}
