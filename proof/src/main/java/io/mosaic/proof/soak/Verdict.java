package io.mosaic.proof.soak;

import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.RealCluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** What differs between what clients were told, what is listed and what is on the hosts, once all is quiet. */
final class Verdict {

    private final RealCluster real;
    private final MosaicClient client;
    private final Ledger ledger;

    Verdict(RealCluster real, MosaicClient client, Ledger ledger) {
        this.real = real;
        this.client = client;
        this.ledger = ledger;
    }

    /** What is not as it must be, or not yet; empty when all is well. */
    List<String> differences() throws IOException {
        List<String> found = new ArrayList<>();
        for (HostResource host : client.hosts().list().items()) {
            if (host.status().state() != HostState.READY) {
                found.add(host.name() + " is " + host.status().state() + ": "
                        + host.status().reason());
            }
        }
        Map<String, SetResource> listed = new TreeMap<>();
        client.sets().listAll(SetQuery.ALL).items().forEach(set -> listed.put(set.name(), set));
        ledger.all().forEach((name, known) -> found.addAll(known.differences(name, listed.get(name))));
        for (SetResource set : listed.values()) {
            if (ledger.get(set.name()) == null) {
                found.add(set.name() + " is there, and nobody made it");
            }
            if (set.status().state() != SetState.RUNNING) {
                found.add(set.name() + " is " + set.status().state() + " on "
                        + set.status().host() + ": " + set.status().reason());
            } else if (set.status().observedGeneration() != set.generation()) {
                found.add(set.name() + " runs as of generation " + set.status().observedGeneration() + ", not "
                        + set.generation());
            }
        }
        for (HostRig host : real.hosts()) {
            onHost(host, listed, found);
        }
        return found;
    }

    /** Docker's and the kernel's own word: what is desired there, and nothing else. */
    private static void onHost(HostRig host, Map<String, SetResource> listed, List<String> found) throws IOException {
        Map<String, String> wanted = new LinkedHashMap<>();
        TreeSet<String> volumes = new TreeSet<>();
        for (SetResource set : listed.values()) {
            if (host.name().equals(set.status().host())) {
                wanted.put(set.uid() + " infra", set.name());
                wanted.put(set.uid() + " main", set.name());
                if (set.spec().volume() != null) {
                    volumes.add(set.uid().toString());
                }
            }
        }
        for (JsonNode container : host.containers()) {
            JsonNode labels = container.path("Config").path("Labels");
            String key = labels.path("io.mosaic.set").asString() + " "
                    + labels.path("io.mosaic.container").asString();
            String name = labels.path("io.mosaic.name").asString();
            if (wanted.remove(key) == null) {
                found.add(host.name() + " has a container of " + name + " that it should not have, or a second one");
            } else if (!container.path("State").path("Running").asBoolean()) {
                found.add(host.name() + ": a container of " + name + " does not run");
            }
        }
        wanted.forEach((key, name) -> found.add(host.name() + " lacks " + name + "'s container " + key));
        if (!host.docker().volumes().isEmpty()) {
            found.add(host.name() + " has Docker volumes " + host.docker().volumes());
        }
        int loops = host.loopDevices().size();
        int mounts = host.volumeMounts().size();
        if (loops != volumes.size() || mounts != volumes.size()) {
            found.add(host.name() + " has " + loops + " loop devices and " + mounts + " mounts for " + volumes.size()
                    + " volumes: " + host.loopDevices() + " " + host.volumeMounts());
        }
        host.volumeFiles().stream()
                .filter(file -> volumes.stream().noneMatch(file.getFileName().toString()::contains))
                .forEach(file -> found.add(host.name() + " has the file of a volume that is gone: " + file));
        // One sleep in each container.
        int processes = host.containerProcesses().size();
        int containers = host.containers().size();
        if (processes != containers) {
            found.add(host.name() + " runs " + processes + " processes in " + containers + " containers");
        }
    }

    /** What the stories of the sets tell of creations that were done twice, or not at all. */
    List<String> stories() {
        List<String> found = new ArrayList<>();
        ledger.all().forEach((name, known) -> {
            long created = client.events(EventQuery.ofSet(name).withLimit(1000)).items().stream()
                    .filter(event -> event.type().equals("Created"))
                    .count();
            boolean told = known.uid() != null;
            if (created > 1 || (told && created == 0)) {
                found.add(name + " was created " + created + " times");
            }
        });
        return found;
    }
}
