package io.mosaic.model;

import java.util.Map;

/**
 * What operators say of a host.
 *
 * @param zone its data centre
 * @param pool the named group of hosts it belongs to
 * @param cordoned whether new sets are kept away
 */
public record HostSpec(String zone, String pool, boolean cordoned, Map<String, String> labels) {

    public static final String DEFAULT_ZONE = "default";
    public static final String DEFAULT_POOL = "default";

    public HostSpec {
        zone = zone == null ? DEFAULT_ZONE : zone;
        pool = pool == null ? DEFAULT_POOL : pool;
        labels = Lists.sorted(labels);
    }

    public HostSpec cordoned(boolean changed) {
        return new HostSpec(zone, pool, changed, labels);
    }
}
