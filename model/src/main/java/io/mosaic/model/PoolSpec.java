package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What operators say of a pool of hosts. A pool that nobody spoke of is open to all and gives away what its hosts have.
 *
 * @param tenants whose sets it is reserved for
 * @param apps which apps it is reserved for, each written {@code tenant/app}; with no tenants and no apps it is open
 * @param cpuOvercommit how often its hosts' cores are given away, 1 to 16; absent: once
 * @param memoryOvercommit the same of memory; absent: once. Above 1, sets may be killed for want of memory
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PoolSpec(
        @Nullable String name,
        List<String> tenants,
        List<String> apps,
        @Nullable Double cpuOvercommit,
        @Nullable Double memoryOvercommit) {

    private static final double FACTOR_MAX = 16;
    private static final int ENTRIES_MAX = 1000;

    public PoolSpec {
        tenants = Lists.copy(tenants);
        apps = Lists.copy(apps);
    }

    public double cpuFactor() {
        return cpuOvercommit == null ? 1 : cpuOvercommit;
    }

    public double memoryFactor() {
        return memoryOvercommit == null ? 1 : memoryOvercommit;
    }

    /** Whether sets of that tenant and app may go there. */
    public boolean admits(String tenant, @Nullable String app) {
        return (tenants.isEmpty() && apps.isEmpty())
                || tenants.contains(tenant)
                || (app != null && apps.contains(tenant + "/" + app));
    }

    /** Whether any sets of that tenant may go there. */
    public boolean admitsAny(String tenant) {
        return admits(tenant, null) || apps.stream().anyMatch(app -> app.startsWith(tenant + "/"));
    }

    /**
     * Returns the spec, checked.
     *
     * @throws ProblemException naming the first broken rule
     */
    public static PoolSpec require(PoolSpec spec) {
        Names.require("/name", spec.name() == null ? "" : spec.name());
        factor("/cpuOvercommit", spec.cpuFactor());
        factor("/memoryOvercommit", spec.memoryFactor());
        if (spec.tenants().size() > ENTRIES_MAX || spec.apps().size() > ENTRIES_MAX) {
            throw ProblemException.field("/tenants", "must have at most " + ENTRIES_MAX + " entries", null);
        }
        for (int i = 0; i < spec.tenants().size(); i++) {
            Names.require("/tenants/" + i, spec.tenants().get(i));
        }
        for (int i = 0; i < spec.apps().size(); i++) {
            String app = spec.apps().get(i);
            int slash = app.indexOf('/');
            if (slash < 0
                    || !Names.valid(app.substring(0, slash))
                    || !Names.validLabelValue(app.substring(slash + 1))) {
                throw ProblemException.field("/apps/" + i, "must be like tenant/app", app);
            }
        }
        return spec;
    }

    private static void factor(String at, double factor) {
        if (!(factor >= 1 && factor <= FACTOR_MAX)) {
            throw ProblemException.field(at, "must be 1 to 16", Double.toString(factor));
        }
    }
}
