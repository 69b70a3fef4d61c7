package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What operators say of a host.
 *
 * @param zone its data centre
 * @param pool the named group of hosts it belongs to
 * @param cordoned whether new sets are kept away
 * @param drain how its sets are to be moved away; absent: they stay
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HostSpec(
        String zone,
        String pool,
        boolean cordoned,
        Map<String, String> labels,
        @Nullable Drain drain) {

    public static final String DEFAULT_ZONE = "default";
    public static final String DEFAULT_POOL = "default";

    public HostSpec {
        zone = zone == null ? DEFAULT_ZONE : zone;
        pool = pool == null ? DEFAULT_POOL : pool;
        labels = Lists.sorted(labels);
    }

    /** One that is not drained. */
    public HostSpec(String zone, String pool, boolean cordoned, Map<String, String> labels) {
        this(zone, pool, cordoned, labels, null);
    }

    /**
     * How a host is drained.
     *
     * @param budget how many sets of one app, in the whole cluster, may be away from RUNNING before another is moved, 1 to
     *     1000; absent: 1
     * @param withVolumes whether sets with a volume are moved too; what is in their volumes is lost
     */
    public record Drain(Integer budget, boolean withVolumes) {
        public Drain {
            budget = budget == null ? 1 : budget;
        }
    }

    public HostSpec cordoned(boolean changed) {
        return new HostSpec(zone, pool, changed, labels, drain);
    }

    public HostSpec draining(@Nullable Drain changed) {
        return new HostSpec(zone, pool, cordoned, labels, changed);
    }
}
