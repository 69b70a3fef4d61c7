package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.HostLoad;
import io.mosaic.controller.cluster.Marks;
import io.mosaic.model.Cpuset;
import io.mosaic.model.HostResource;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.PoolResource;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hosts as a plan sees them. Kept from plan to plan: {@link #follow} compares the references of what the image holds of
 * each host and renews what differs, so that a plan over thousands of hosts costs what changed and not what there is. It
 * goes by levels: which images were left out in between makes no difference, and what was planned and not committed is
 * forgotten.
 *
 * <p>Used by one thread.
 */
public final class Fleet {

    /** A count that so many plans did not ask for is dropped. */
    private static final int COUNTS_KEPT_PLANS = 16;

    private ClusterImage image = ClusterImage.EMPTY;
    private List<Slot> slots = List.of();
    private final Map<String, Slot> byName = new HashMap<>();
    private final List<Zone> zones = new ArrayList<>();
    private final Map<String, Zone> zonesByName = new HashMap<>();
    private final Map<String, PoolResource> pools = new HashMap<>();
    private boolean poolsNameApps;

    /** By mark. */
    private final Map<String, GroupCount> perHost = new HashMap<>();

    private final Map<String, GroupCount> perZone = new HashMap<>();
    private final List<Map<String, GroupCount>> counts = List.of(perHost, perZone);

    /** By mark, the hosts onto which a set that has it was planned, one entry a set. */
    private final Map<String, List<Slot>> planned = new HashMap<>();

    private final List<Slot> changed = new ArrayList<>();
    private final Set<String> shunnedByWaiting = new HashSet<>();
    private long plans;
    private int[] touched = new int[64];
    private int touches;

    /** Every host as of that image. */
    void follow(ClusterImage next) {
        begin(next);
        int at = 0;
        for (HostLoad load : next.loads()) {
            HostResource host = load.host();
            if (host == null) {
                continue;
            }
            if (at == slots.size() || !same(slots.get(at), host)) {
                rebuild(next.loads());
                return;
            }
            refresh(slots.get(at), host, load);
            at++;
        }
        if (at < slots.size()) {
            rebuild(next.loads());
            return;
        }
        recount();
    }

    /** Brings the counts that plans use again up to date, where that is less work than to count anew. */
    private void recount() {
        for (Map<String, GroupCount> each : counts) {
            each.entrySet().removeIf(entry -> {
                GroupCount count = entry.getValue();
                Map<String, Integer> now = image.marked(entry.getKey());
                if (plans - count.lastUsed() > COUNTS_KEPT_PLANS || (!count.is(now) && changed.size() > now.size())) {
                    return true;
                }
                if (!count.is(now)) {
                    changed.forEach(
                            slot -> count.set(slot, now.getOrDefault(slot.host().name(), 0)));
                    count.renewed(now);
                }
                return false;
            });
        }
    }

    /** Only those hosts, as far as they exist: enough to check plans for them again. */
    static Fleet of(ClusterImage image, Collection<String> hosts) {
        Fleet fleet = new Fleet();
        fleet.begin(image);
        List<HostLoad> loads = new ArrayList<>();
        for (String host : hosts) {
            loads.add(image.load(host));
        }
        fleet.rebuild(loads);
        return fleet;
    }

    private void begin(ClusterImage next) {
        image = next;
        plans++;
        changed.clear();
        planned.clear();
        shunnedByWaiting.clear();
        touches = 0;
        List<PoolResource> described = next.pools();
        pools.clear();
        poolsNameApps = false;
        for (PoolResource pool : described) {
            pools.put(pool.name(), pool);
            poolsNameApps |= !pool.spec().apps().isEmpty();
        }
    }

    /** The same object mostly, which is quick to see. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean same(Slot slot, HostResource host) {
        return slot.host() == host
                || (slot.host().name().equals(host.name())
                        && slot.zone().name().equals(host.spec().zone()));
    }

    private void refresh(Slot slot, HostResource host, HostLoad load) {
        PoolResource pool = pools.get(host.spec().pool());
        if (!slot.is(load, pool)) {
            slot.become(host, load, pool);
            changed.add(slot);
        }
    }

    private void rebuild(Collection<HostLoad> loads) {
        counts.forEach(Map::clear);
        byName.clear();
        zones.clear();
        zonesByName.clear();
        slots = new ArrayList<>(loads.size());
        for (HostLoad load : loads) {
            HostResource host = load.host();
            if (host != null) {
                PoolResource pool = pools.get(host.spec().pool());
                Slot slot = new Slot(slots.size(), zone(host.spec().zone()), host, load, pool);
                slots.add(slot);
                byName.put(host.name(), slot);
            }
        }
    }

    private Zone zone(String name) {
        Zone known = zonesByName.get(name);
        if (known == null) {
            known = new Zone(name, zones.size());
            zones.add(known);
            zonesByName.put(name, known);
        }
        return known;
    }

    /** In the order of host names. */
    List<Slot> slots() {
        return slots;
    }

    List<Zone> zones() {
        return zones;
    }

    @Nullable
    Slot slot(String host) {
        return byName.get(host);
    }

    boolean poolsNameApps() {
        return poolsNameApps;
    }

    /** Tells which sets are about to be planned: whom they shun must not be planned as if nobody cared. */
    void expect(Collection<SetResource> waiting) {
        for (SetResource set : waiting) {
            if (set.spec().placement() != null) {
                for (Marks.Shunned each : Marks.shunned(set)) {
                    shunnedByWaiting.add(Marks.shunnedBy(each.mark(), each.per()));
                }
            }
        }
    }

    /** Whether any set, placed or waiting, keeps away from others. */
    boolean anyShunned() {
        return image.anyShuns() || !shunnedByWaiting.isEmpty();
    }

    /** Whether that mark of the shunning stands on some host, or may when the waiting are placed. */
    boolean mayStand(String mark) {
        return shunnedByWaiting.contains(mark) || !image.marked(mark).isEmpty();
    }

    /** How many sets have that mark. Per host, zones are left out when only few hosts are looked at. */
    GroupCount count(String mark, Per per) {
        Map<String, GroupCount> counted = per == Per.HOST ? perHost : perZone;
        GroupCount known = counted.get(mark);
        if (known == null) {
            known = per == Per.HOST ? countHosts(image.marked(mark)) : countZones(image.marked(mark));
            planned.getOrDefault(mark, List.of()).forEach(known::plan);
            counted.put(mark, known);
        }
        known.used(plans);
        return known;
    }

    private GroupCount countHosts(Map<String, Integer> marked) {
        GroupCount count = new GroupCount(slots.size(), zones.size(), marked);
        if (slots.size() < marked.size()) {
            slots.forEach(
                    slot -> count.set(slot, marked.getOrDefault(slot.host().name(), 0)));
            return count;
        }
        marked.forEach((host, sets) -> {
            Slot slot = byName.get(host);
            if (slot != null) {
                count.set(slot, sets);
            }
        });
        return count;
    }

    private GroupCount countZones(Map<String, Integer> marked) {
        GroupCount count = new GroupCount(slots.size(), zones.size(), marked);
        marked.forEach((host, sets) -> {
            Slot slot = byName.get(host);
            HostResource other = slot == null ? image.host(host) : null;
            if (slot != null) {
                count.set(slot, sets);
            } else if (other != null) {
                count.add(zone(other.spec().zone()), sets);
            }
        });
        return count;
    }

    /** Plans the set onto that host: everything that is asked from now on counts it. */
    @Nullable
    Cpuset take(Slot slot, SetResource set, Ask ask) {
        if (touches == touched.length) {
            touched = Arrays.copyOf(touched, touches * 2);
        }
        touched[touches++] = slot.index();
        for (String mark : Marks.of(set)) {
            planned.computeIfAbsent(mark, key -> new ArrayList<>()).add(slot);
            for (Map<String, GroupCount> each : counts) {
                GroupCount count = each.get(mark);
                if (count != null) {
                    count.plan(slot);
                }
            }
        }
        return slot.take(ask);
    }

    /** How many times a set was planned onto a host. */
    int touches() {
        return touches;
    }

    /** The host of the n-th time. */
    Slot touched(int n) {
        return slots.get(touched[n]);
    }
}
