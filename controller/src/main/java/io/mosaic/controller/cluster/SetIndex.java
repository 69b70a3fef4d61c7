package io.mosaic.controller.cluster;

import io.mosaic.model.AppMember;
import io.mosaic.model.HostResource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * What would else be a scan over all sets: by uid, by app, those without a host, what each tenant and each host has given away, and
 * how often each mark stands on each host. Immutable; each change gives the next.
 *
 * @param marks by mark, by host, how many sets there have it
 * @param shunning how many placed sets keep away from others
 * @param moving those that stop on their host to start on another
 * @param members by app, by number, the sets that the app owns
 */
record SetIndex(
        PMap<UUID, ResourceKey> keys,
        PSet<ResourceKey> unplaced,
        PMap<String, Usage> byTenant,
        PSortedMap<String, HostLoad> loads,
        PMap<String, PMap<String, Integer>> marks,
        int shunning,
        PSet<ResourceKey> moving,
        PMap<ResourceKey, PSortedMap<Integer, ResourceKey>> members) {

    static final SetIndex EMPTY = new SetIndex(
            HashTreePMap.empty(),
            TreePSet.empty(),
            HashTreePMap.empty(),
            TreePMap.empty(),
            HashTreePMap.empty(),
            0,
            TreePSet.empty(),
            HashTreePMap.empty());

    /** Whether a set stands in the index in the same way before and after: most changes are reports of placed sets. */
    static boolean same(SetResource before, SetResource after) {
        return before.uid().equals(after.uid())
                && Objects.equals(before.status().host(), after.status().host())
                && Objects.equals(before.status().cpuset(), after.status().cpuset())
                && before.status().moves() == after.status().moves()
                && waits(before) == waits(after)
                && sameMember(before.app(), after.app())
                && before.spec().equals(after.spec());
    }

    private static boolean sameMember(@Nullable AppMember before, @Nullable AppMember after) {
        if (before == null || after == null) {
            return before == null && after == null;
        }
        return before.name().equals(after.name()) && before.instance() == after.instance();
    }

    private static boolean waits(SetResource set) {
        return set.status().host() == null && set.status().state() == SetState.PENDING;
    }

    private static int shuns(SetResource set) {
        return set.spec().placement() == null || Marks.shunned(set).isEmpty() ? 0 : 1;
    }

    SetIndex plus(SetResource set) {
        Usage usage = Usage.of(set);
        PMap<UUID, ResourceKey> uids = keys.plus(set.uid(), set.key());
        PMap<String, Usage> tenants = byTenant.plus(
                set.tenant(), byTenant.getOrDefault(set.tenant(), Usage.NONE).plus(usage));
        String host = set.status().host();
        if (host == null) {
            return new SetIndex(
                    uids,
                    waits(set) ? unplaced.plus(set.key()) : unplaced,
                    tenants,
                    loads,
                    marks,
                    shunning,
                    moving,
                    enrolled(set));
        }
        PMap<String, PMap<String, Integer>> counts = marks;
        for (String mark : Marks.of(set)) {
            PMap<String, Integer> hosts = counts.getOrDefault(mark, HashTreePMap.empty());
            counts = counts.plus(mark, hosts.plus(host, hosts.getOrDefault(host, 0) + 1));
        }
        return new SetIndex(
                uids,
                unplaced,
                tenants,
                loads.plus(host, load(host).plus(set, usage)),
                counts,
                shunning + shuns(set),
                set.status().moves() ? moving.plus(set.key()) : moving,
                enrolled(set));
    }

    SetIndex minus(SetResource set) {
        Usage usage = Usage.of(set);
        PMap<UUID, ResourceKey> uids = keys.minus(set.uid());
        PMap<String, Usage> tenants = byTenant.plus(
                set.tenant(), byTenant.getOrDefault(set.tenant(), Usage.NONE).minus(usage));
        String host = set.status().host();
        if (host == null) {
            return new SetIndex(uids, unplaced.minus(set.key()), tenants, loads, marks, shunning, moving, struck(set));
        }
        PMap<String, PMap<String, Integer>> counts = marks;
        for (String mark : Marks.of(set)) {
            PMap<String, Integer> hosts = counts.getOrDefault(mark, HashTreePMap.empty());
            int count = hosts.getOrDefault(host, 0);
            hosts = count > 1 ? hosts.plus(host, count - 1) : hosts.minus(host);
            counts = hosts.isEmpty() ? counts.minus(mark) : counts.plus(mark, hosts);
        }
        return new SetIndex(
                uids,
                unplaced,
                tenants,
                loads(load(host).minus(set, usage)),
                counts,
                shunning - shuns(set),
                moving.minus(set.key()),
                struck(set));
    }

    /** With the host as it is now; null: it left the cluster. */
    SetIndex with(String name, @Nullable HostResource host) {
        return new SetIndex(keys, unplaced, byTenant, loads(load(name).with(host)), marks, shunning, moving, members);
    }

    private PMap<ResourceKey, PSortedMap<Integer, ResourceKey>> enrolled(SetResource set) {
        AppMember member = set.app();
        if (member == null) {
            return members;
        }
        ResourceKey app = ResourceKey.app(set.tenant(), member.name());
        PSortedMap<Integer, ResourceKey> others = members.getOrDefault(app, TreePMap.empty());
        return members.plus(app, others.plus(member.instance(), set.key()));
    }

    private PMap<ResourceKey, PSortedMap<Integer, ResourceKey>> struck(SetResource set) {
        AppMember member = set.app();
        if (member == null) {
            return members;
        }
        ResourceKey app = ResourceKey.app(set.tenant(), member.name());
        PSortedMap<Integer, ResourceKey> others =
                members.getOrDefault(app, TreePMap.empty()).minus(member.instance());
        return others.isEmpty() ? members.minus(app) : members.plus(app, others);
    }

    HostLoad load(String host) {
        HostLoad load = loads.get(host);
        return load == null ? HostLoad.empty(host) : load;
    }

    private PSortedMap<String, HostLoad> loads(HostLoad load) {
        return load.empty() ? loads.minus(load.name()) : loads.plus(load.name(), load);
    }
}
