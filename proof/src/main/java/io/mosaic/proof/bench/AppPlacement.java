package io.mosaic.proof.bench;

import io.mosaic.model.AppMember;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where an app's instances must be: never with the other app's, so many on a host, and as many in each zone, give or take
 * one. Compares that with the answers of the API alone.
 *
 * @param other the app that it keeps away from
 * @param perHost the most on one host
 * @param zones how many there are
 */
record AppPlacement(String app, String other, int perHost, int zones) {

    /** @throws IllegalStateException when there are not so many, healthy, at that release and where they must be */
    void check(MosaicClient client, int instances, int release) {
        Map<String, String> zoneOf = new HashMap<>();
        for (HostResource host : client.hosts().list().items()) {
            zoneOf.put(host.name(), host.spec().zone());
        }
        Set<String> taken = new HashSet<>();
        for (SetResource set : sets(client, other)) {
            taken.add(host(set));
        }
        Map<String, Integer> onHost = new HashMap<>();
        Map<String, Integer> inZone = new HashMap<>();
        List<SetResource> sets = sets(client, app);
        for (SetResource set : sets) {
            AppMember member = set.app();
            require(
                    set.status().state() == SetState.RUNNING && member != null && member.release() == release,
                    set.name() + " is " + set.status().state() + ", " + member);
            String host = host(set);
            require(!taken.contains(host), set.name() + " shares host " + host + " with " + other);
            require(
                    onHost.merge(host, 1, Integer::sum) <= perHost,
                    "more than " + perHost + " instances on host " + host);
            inZone.merge(zoneOf.getOrDefault(host, "?"), 1, Integer::sum);
        }
        require(sets.size() == instances, sets.size() + " instances where there should be " + instances);
        int most = inZone.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        int least = inZone.values().stream().mapToInt(Integer::intValue).min().orElse(0);
        require(inZone.size() == zones && most - least <= 1, "uneven zones: " + inZone);
        System.out.printf(
                "placement is as it must be: %d hosts of %d, zones %s%n", onHost.size(), zoneOf.size(), inZone);
    }

    private static List<SetResource> sets(MosaicClient client, String app) {
        return client.sets().listAll(SetQuery.ALL.withApp(app).withLimit(1000)).items();
    }

    private static String host(SetResource set) {
        String host = set.status().host();
        require(host != null, set.name() + " has no host");
        return String.valueOf(host);
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalStateException(fault);
        }
    }
}
