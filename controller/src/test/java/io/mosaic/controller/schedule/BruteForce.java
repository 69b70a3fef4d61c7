package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.CpuList;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.NumaNode;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Peer;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.PoolResource;
import io.mosaic.model.SetResource;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler must find, written a second time and plainly: for one set, every host of an image is judged by looking
 * at every set that is there. Shares no code with the planner.
 */
final class BruteForce {

    private final ClusterImage image;

    BruteForce(ClusterImage image) {
        this.image = image;
    }

    /** The hosts that could take the set, with their cost. */
    Map<String, Double> feasible(SetResource set) {
        Map<String, Double> costs = new TreeMap<>();
        for (HostResource host : image.hosts()) {
            if (fits(set, host)) {
                costs.put(host.name(), hostCost(set, host));
            }
        }
        Map<String, Double> sums = new TreeMap<>();
        costs.forEach((host, cost) -> sums.put(host, cost + zoneCost(set, zone(host), List.copyOf(costs.keySet()))));
        return sums;
    }

    private boolean fits(SetResource set, HostResource host) {
        Placement rules = set.spec().placementOrAnywhere();
        HostInventory has = host.status().inventory();
        PoolResource pool = image.pool(host.spec().pool());
        String app = set.spec().labels().get("app");
        if (has == null
                || host.status().state() != HostState.READY
                || host.spec().cordoned()
                || (!rules.zones().isEmpty()
                        && !rules.zones().contains(host.spec().zone()))
                || (rules.pool() != null && !rules.pool().equals(host.spec().pool()))
                || (rules.architecture() != null && !rules.architecture().equals(has.architecture()))
                || !host.spec()
                        .labels()
                        .entrySet()
                        .containsAll(rules.hostLabels().entrySet())) {
            return false;
        }
        if (pool != null
                && !(pool.spec().tenants().isEmpty() && pool.spec().apps().isEmpty())) {
            boolean open = pool.spec().tenants().contains(set.tenant())
                    || pool.spec().apps().contains(set.tenant() + "/" + app);
            if (!open) {
                return false;
            }
        }
        return used(host, set, 'c') <= 1
                && used(host, set, 'm') <= 1
                && used(host, set, 'd') <= 1
                && portsFree(set, host)
                && (!set.spec().resourcesOrNone().numa() || node(set, host))
                && peersAllow(set, host, rules, app);
    }

    private boolean peersAllow(SetResource set, HostResource host, Placement rules, @Nullable String app) {
        List<SetResource> here = image.setsOn(host.name());
        if (rules.maxPerHost() != null
                && here.stream()
                                .filter(other -> matches(set, other, "app=" + app))
                                .count()
                        >= rules.maxPerHost()) {
            return false;
        }
        for (SetResource other : placed()) {
            boolean sameHost = host.name().equals(other.status().host());
            boolean sameZone = zone(String.valueOf(other.status().host()))
                    .equals(host.spec().zone());
            if (shuns(set, other, sameHost, sameZone) || shuns(other, set, sameHost, sameZone)) {
                return false;
            }
        }
        for (Peer peer : rules.dependencies()) {
            boolean found = placed().stream()
                    .filter(other -> matches(set, other, peer.selector()))
                    .anyMatch(other -> peer.per() == Per.HOST
                            ? host.name().equals(other.status().host())
                            : zone(String.valueOf(other.status().host()))
                                    .equals(host.spec().zone()));
            if (!found) {
                return false;
            }
        }
        return true;
    }

    private static boolean shuns(SetResource one, SetResource other, boolean sameHost, boolean sameZone) {
        Placement rules = one.spec().placementOrAnywhere();
        for (Peer peer : rules.exclusions()) {
            if (matches(one, other, peer.selector()) && (peer.per() == Per.HOST ? sameHost : sameZone)) {
                return true;
            }
        }
        Placement.AppRole role = rules.role();
        Placement.AppRole theirs = other.spec().placementOrAnywhere().role();
        return role != null
                && theirs != null
                && matches(one, other, "app=" + one.spec().labels().get("app"))
                && role.is() != theirs.is()
                && (role.per() == Per.HOST ? sameHost : sameZone);
    }

    private static boolean matches(SetResource of, SetResource other, String selector) {
        String[] label = selector.split("=", 2);
        return of.tenant().equals(other.tenant())
                && label[1].equals(other.spec().labels().get(label[0]));
    }

    private List<SetResource> placed() {
        return image.all().stream()
                .filter(SetResource.class::isInstance)
                .map(SetResource.class::cast)
                .filter(set -> set.status().host() != null)
                .toList();
    }

    private String zone(String host) {
        HostResource found = image.host(host);
        return found == null ? "" : found.spec().zone();
    }

    private boolean portsFree(SetResource set, HostResource host) {
        return image.setsOn(host.name()).stream()
                .flatMap(other -> other.spec().hostPorts().stream())
                .noneMatch(taken -> set.spec().hostPorts().stream()
                        .anyMatch(port -> String.valueOf(port.host()).equals(String.valueOf(taken.host()))
                                && port.protocol().equals(taken.protocol())));
    }

    private boolean node(SetResource set, HostResource host) {
        HostInventory has = host.status().inventory();
        if (has == null) {
            return false;
        }
        for (NumaNode node : has.numa()) {
            BitSet free = CpuList.parse(node.cpus());
            long memory = node.memory().value();
            for (SetResource other : image.setsOn(host.name())) {
                if (other.status().cpuset() != null) {
                    free.andNot(CpuList.parse(other.status().cpuset().cpus()));
                    memory -= other.status().cpuset().node() == node.id()
                            ? other.spec().resourcesOrNone().memoryOrZero().value()
                            : 0;
                }
            }
            if (free.cardinality() * 1000
                            >= set.spec().resourcesOrNone().cpuOrZero().millis()
                    && memory >= set.spec().resourcesOrNone().memoryOrZero().value()) {
                return true;
            }
        }
        return false;
    }

    /** The part that would be used with the set there. */
    private double used(HostResource host, SetResource set, char what) {
        HostInventory has = host.status().inventory();
        PoolResource pool = image.pool(host.spec().pool());
        if (has == null) {
            return 2;
        }
        double total = switch (what) {
            case 'c' ->
                Math.floor(has.cpu().millis() * (pool == null ? 1 : pool.spec().cpuFactor()));
            case 'm' ->
                Math.floor(
                        has.memory().value() * (pool == null ? 1 : pool.spec().memoryFactor()));
            default -> has.disk().value();
        };
        long asked = need(set, what);
        for (SetResource other : image.setsOn(host.name())) {
            asked += need(other, what);
        }
        return asked / total;
    }

    private static long need(SetResource set, char what) {
        return switch (what) {
            case 'c' -> set.spec().resourcesOrNone().cpuOrZero().millis();
            case 'm' -> set.spec().resourcesOrNone().memoryOrZero().value();
            default -> set.spec().diskNeeded().value();
        };
    }

    private double hostCost(SetResource set, HostResource host) {
        double cpu = used(host, set, 'c');
        double memory = used(host, set, 'm');
        double cost = Math.max(cpu, Math.max(memory, used(host, set, 'd'))) + 0.25 * Math.abs(cpu - memory);
        HostInventory has = host.status().inventory();
        List<SetResource> here = image.setsOn(host.name());
        boolean fetched = has != null && has.images().contains("images.mosaic/" + set.tenant() + "/web:1");
        cost += has != null && (has.images().contains("web:1") || fetched) ? 0 : 0.1;
        if (has != null) {
            cost += low(has.rootFreePercent()) + low(has.volumeFreePercent());
        }
        Placement rules = set.spec().placementOrAnywhere();
        for (Placement.Preference each : rules.preferences()) {
            boolean met = host.spec()
                    .labels()
                    .entrySet()
                    .containsAll(each.hostLabels().entrySet());
            cost += met ? 0 : each.weight() / 50.0;
        }
        Placement.Spread spread = rules.spread();
        if (spread != null && spread.over() == Per.HOST) {
            long there =
                    here.stream().filter(other -> matches(set, other, own(set))).count();
            cost += spread.weight()
                    / 50.0
                    * (spread.mode() == Mode.PACK ? 1.0 / (1 + there) : (double) there / (1 + there));
        }
        return cost;
    }

    private static double low(@Nullable Integer percent) {
        return percent == null || percent >= 20 ? 0 : 0.5 * (20 - percent) / 20;
    }

    private static String own(SetResource set) {
        return "app=" + set.spec().labels().get("app");
    }

    private double zoneCost(SetResource set, String zone, List<String> candidates) {
        Placement.Spread spread = set.spec().placementOrAnywhere().spread();
        if (spread == null || spread.over() != Per.ZONE) {
            return 0;
        }
        double weight = spread.weight() / 50.0;
        long there = inZone(set, zone);
        if (spread.mode() == Mode.PACK) {
            return weight / (1 + there);
        }
        long least = candidates.stream()
                .mapToLong(host -> inZone(set, zone(host)))
                .min()
                .orElse(0);
        return weight * (there - least) / (1 + there - least);
    }

    private long inZone(SetResource set, String zone) {
        return placed().stream()
                .filter(other -> zone(String.valueOf(other.status().host())).equals(zone))
                .filter(other -> matches(set, other, own(set)))
                .count();
    }
}
