package io.mosaic.images.access;

import io.mosaic.kit.http.Caller;
import java.util.List;

/**
 * Who may pull what a mirror has. Nobody pushes to one.
 *
 * @param prefix first part of its repositories' names: a host's name, which no tenant has
 * @param tenants whose users may; empty: those of all
 * @param anonymous whether also who shows no token may
 * @param unprefixed whether a name whose first part is no tenant is one of this mirror's, without its prefix
 */
public record MirrorReach(String prefix, List<String> tenants, boolean anonymous, boolean unprefixed) {
    public MirrorReach {
        tenants = List.copyOf(tenants);
    }

    boolean open(Caller caller) {
        return anonymous || tenants.isEmpty() || tenants.stream().anyMatch(caller::mayActFor);
    }
}
