package io.mosaic.kit.http;

import io.mosaic.model.Role;
import java.util.List;

/**
 * Who calls, once that is proven.
 *
 * @param name of the token, for audit
 * @param role what it may do
 * @param tenants which it may act for; empty: all of them
 */
public record Caller(String name, Role role, List<String> tenants) {
    public Caller {
        tenants = List.copyOf(tenants);
    }

    /** Whether it may act for every tenant, and so for the cluster itself. */
    public boolean clusterWide() {
        return tenants.isEmpty();
    }

    public boolean mayActFor(String tenant) {
        return tenants.isEmpty() || tenants.contains(tenant);
    }
}
