package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Amounts;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Holds a tenant to its quota. What a set asks for counts, placed or not, running or stopped. */
public final class Quotas {

    private Quotas() {}

    /**
     * Checks that the tenant may have {@code after} where it has {@code before}. Only what grows is held to the quota: a
     * tenant whose quota was cut may still shrink.
     *
     * @throws ProblemException of kind QUOTA, naming each limit, what is in use and what was asked
     */
    public static void require(TenantResource tenant, Usage before, Usage after) {
        TenantSpec.Quota quota = tenant.spec().quota();
        if (quota == null) {
            return;
        }
        List<String> broken = new ArrayList<>();
        check(broken, "sets", quota.sets(), before.sets(), after.sets(), Long::toString);
        check(
                broken,
                "cpu",
                quota.cpu() == null ? null : quota.cpu().millis(),
                before.cpuMillis(),
                after.cpuMillis(),
                Amounts::cpu);
        check(
                broken,
                "memory",
                quota.memory() == null ? null : quota.memory().value(),
                before.memoryBytes(),
                after.memoryBytes(),
                Amounts::bytes);
        check(
                broken,
                "disk",
                quota.disk() == null ? null : quota.disk().value(),
                before.diskBytes(),
                after.diskBytes(),
                Amounts::bytes);
        if (!broken.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.QUOTA, "the quota of tenant " + tenant.name() + ": " + String.join("; ", broken));
        }
    }

    private static void check(
            List<String> broken,
            String what,
            @Nullable Number limit,
            long before,
            long after,
            LongFunction<String> text) {
        if (limit != null && after > before && after > limit.longValue()) {
            broken.add("%s: %s of %s in use, %s more asked"
                    .formatted(what, text.apply(before), text.apply(limit.longValue()), text.apply(after - before)));
        }
    }
}
