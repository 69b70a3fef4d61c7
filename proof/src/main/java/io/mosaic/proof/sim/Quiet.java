package io.mosaic.proof.sim;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.Blueprint;
import io.mosaic.agent.docker.Docker;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Resource;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.proof.fake.FakeVolumes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** What must be so when faults have ended and time has passed: all is as was asked for, once, and nothing else is there. */
final class Quiet {
    private final ClusterImage image;
    private final List<SimHost> hosts;

    private Quiet(ClusterImage image, List<SimHost> hosts) {
        this.image = image;
        this.hosts = hosts;
    }

    static void check(
            ClusterImage image,
            List<SimController> controllers,
            List<SimHost> hosts,
            List<SimClient> clients,
            SimAppClient apps,
            List<SimWatcher> watchers) {
        for (SimController controller : controllers) {
            SimController.Life life = controller.life();
            Checker.require(
                    life != null && life.image().revision() == image.revision(),
                    controller.name() + " has not caught up with the log");
        }
        watchers.forEach(watcher ->
                Checker.require(watcher.seen() == image.revision(), "a watcher has not caught up with the log"));
        Quiet quiet = new Quiet(image, hosts);
        quiet.hostsAreReady();
        clients.forEach(quiet::asAcknowledged);
        quiet.appsAsAcknowledged(apps);
        for (Resource resource : image.resources(Kind.SET).values()) {
            quiet.asWanted((SetResource) resource);
        }
        for (Resource resource : image.resources(Kind.APP).values()) {
            quiet.appAsWanted((AppResource) resource);
        }
        quiet.nothingElse();
    }

    private void hostsAreReady() {
        for (SimHost host : hosts) {
            var known = image.host(host.name());
            Checker.require(
                    known != null && known.status().state() == HostState.READY,
                    host.name() + " is "
                            + (known == null
                                    ? "unknown"
                                    : known.status().state() + " ("
                                            + known.status().reason() + ")"));
        }
    }

    private void asAcknowledged(SimClient client) {
        Checker.require(!client.asking(), "a client still waits for an answer");
        client.sets().forEach((name, known) -> {
            SetResource set = image.set(TenantResource.DEFAULT, name);
            if (known.present()) {
                SetResource there = Checker.present(set, name + " was acknowledged and is lost");
                Checker.require(
                        there.intent().run() == known.run(),
                        name + " should be " + known.run() + " and is "
                                + there.intent().run());
                Checker.require(known.maySay(there.spec()), name + " has a spec that nobody was told of");
            } else {
                Checker.require(
                        set == null || known.refusedCreation(), name + " was deleted and is still there or again");
            }
        });
    }

    private void appsAsAcknowledged(SimAppClient client) {
        Checker.require(!client.asking(), "a client still waits for an answer about an app");
        client.apps().forEach((name, known) -> {
            AppResource app = image.app(TenantResource.DEFAULT, name);
            if (known.present()) {
                AppResource there = Checker.present(app, "app " + name + " was acknowledged and is lost");
                Checker.require(
                        known.unsure() || there.spec().replicas() == known.replicas(),
                        "app " + name + " should have " + known.replicas() + " replicas and has "
                                + there.spec().replicas());
            } else {
                Checker.require(
                        app == null || known.unsure(), "app " + name + " was deleted and is still there or again");
            }
        });
    }

    /** As many instances as wanted, all of the release that the app is at, unless somebody or a full cluster holds it up. */
    private void appAsWanted(AppResource app) {
        List<SetResource> members = image.members(app.tenant(), app.name());
        String how = "app " + app.name() + ", " + app.status() + ", ";
        Checker.require(!app.deleting(), how + "is stuck being deleted");
        Checker.require(members.size() == app.spec().replicas(), how + "has " + members.size() + " instances");
        primaryIsOne(app, members, how);
        Rollout rollout = app.status().rollout();
        Rollout.State state = rollout == null ? Rollout.State.DONE : rollout.state();
        boolean full = members.stream().anyMatch(set -> set.status().state() == SetState.PENDING);
        boolean held = full || state == Rollout.State.PAUSED || state == Rollout.State.FAILED;
        Checker.require(
                held || state == Rollout.State.DONE || state == Rollout.State.REVERTED,
                how + "does not come to an end");
        for (SetResource set : members) {
            AppMember member = Checker.present(set.app(), set.name() + " has lost its app");
            boolean waits = set.status().state() == SetState.PENDING;
            Checker.require(!member.leaves(), how + set.name() + " does not leave");
            Checker.require(waits || held || !member.muted(), how + set.name() + " stays at weight 0");
            Checker.require(
                    held || member.release() == app.release(), how + set.name() + " is of release " + member.release());
            SetSpec template = Checker.present(
                            image.release(app.tenant(), app.name(), member.release()),
                            how + "release " + member.release() + " is not kept")
                    .template();
            Checker.require(
                    set.spec()
                            .equals(app.spec()
                                    .placed(template)
                                    .instance(app.name(), member.instance())
                                    .keepingVolume(set.spec())),
                    how + set.name() + " is not what release " + member.release() + " says");
        }
    }

    /** When any instance runs, one is primary, and it is the one that everybody says. */
    private void primaryIsOne(AppResource app, List<SetResource> members, String how) {
        RolesStatus roles = app.status().roles();
        if (app.spec().roles() == null
                || members.stream().noneMatch(set -> set.status().state() == SetState.RUNNING)) {
            return;
        }
        Checker.require(roles != null && roles.phase() == RolesStatus.Phase.HELD, how + "has no primary");
        List<UUID> primaries = new ArrayList<>();
        for (SimHost host : hosts) {
            for (UUID uid : host.primaries(SimAppClient.ROLES.fence().duration())) {
                if (members.stream().anyMatch(set -> set.uid().equals(uid))) {
                    primaries.add(uid);
                }
            }
        }
        Checker.require(
                roles != null && primaries.size() == 1 && primaries.contains(roles.uid()),
                how + "is said to have primary " + roles + " and has " + primaries);
    }

    private void asWanted(SetResource set) {
        String name = set.name();
        SetState state = set.status().state();
        switch (set.intent().run()) {
            case RUNNING -> {
                if (state == SetState.PENDING) {
                    waitsForGoodReason(set);
                    return;
                }
                Checker.require(
                        state == SetState.RUNNING && set.status().observedGeneration() == set.generation(),
                        name + " is stuck: " + state + " (" + set.status().reason() + "), observed "
                                + set.status().observedGeneration() + " of " + set.generation());
            }
            case STOPPED ->
                Checker.require(
                        state == SetState.STOPPED,
                        name + " is stuck: " + state + " (" + set.status().reason() + ")");
            case DELETED ->
                throw new Violation(
                        name + " is stuck: " + state + " (" + set.status().reason() + ")");
        }
        if (set.status().host() != null) {
            containers(set, set.status().host());
        }
    }

    private void waitsForGoodReason(SetResource set) {
        List<SetPlan> plans =
                Scheduler.standard().plan(ClusterImage.of(image.revision(), image.all()), Integer.MAX_VALUE);
        for (SetPlan plan : plans) {
            if (plan.set().uid().equals(set.uid())) {
                Checker.require(plan.host() == null, set.name() + " waits although " + plan.host() + " could take it");
            }
        }
        Checker.require(set.status().reason() != null, set.name() + " waits and nobody says why");
    }

    private void containers(SetResource set, String host) {
        boolean runs = set.intent().run() == SetIntent.Run.RUNNING;
        Map<String, Docker.ContainerInfo> found = new TreeMap<>();
        for (Docker.ContainerInfo container : on(host).daemon().all()) {
            if (uid(container).equals(set.uid())) {
                Docker.ContainerInfo second =
                        found.put(container.labels().getOrDefault("io.mosaic.container", ""), container);
                Checker.require(second == null, set.name() + " has two containers of one name: " + container.name());
            }
        }
        Set<String> running = new TreeSet<>();
        found.forEach((name, container) -> {
            if (container.running()) {
                running.add(name);
            }
        });
        Set<String> wanted = new TreeSet<>();
        if (runs) {
            wanted.add(ContainerStatus.INFRA);
            set.spec().containers().forEach(each -> wanted.add(each.nameOrEmpty()));
            Checker.require(
                    found.keySet().equals(wanted), set.name() + " has containers " + found.keySet() + " on " + host);
        }
        Checker.require(running.equals(wanted), set.name() + " runs " + running + " on " + host);
        if (runs) {
            limits(set, on(host), found);
        }
    }

    /** What is in force is what was asked for last: Docker's limits, keys of the kernel, and the volume's size. */
    private static void limits(SetResource set, SimHost host, Map<String, Docker.ContainerInfo> found) {
        Blueprint blueprint = new Blueprint(
                new DesiredSet(set.uid(), set.tenant(), set.name(), set.generation(), set.spec(), set.intent()),
                new AgentRules(host.name(), SimHost.INFRA_IMAGE, Set.of()));
        Bytes size = host.volumes().size(set.uid());
        Checker.require(
                size.equals(set.spec().diskNeeded()),
                set.name() + " has a volume of " + size + " and should have "
                        + set.spec().diskNeeded());
        for (ContainerSpec spec : set.spec().containers()) {
            Docker.ContainerInfo container = found.get(spec.nameOrEmpty());
            Docker.Limits limits = container == null ? null : container.limits();
            Checker.require(
                    limits != null && blueprint.limitsHold(spec.nameOrEmpty(), limits),
                    set.name() + "/" + spec.nameOrEmpty() + " has limits " + limits);
            KernelKeys wanted =
                    blueprint.keys(spec.nameOrEmpty(), size.equals(Bytes.ZERO) ? null : FakeVolumes.path(set.uid()));
            KernelKeys keys =
                    container == null ? KernelKeys.NONE : host.limits().keys(container.id(), container.pid());
            Checker.require(
                    keys.equals(wanted),
                    set.name() + "/" + spec.nameOrEmpty() + " has " + keys + " and should have " + wanted);
            Checker.require(
                    container != null
                            && !blueprint.outdated(
                                    spec.nameOrEmpty(), container.labels().get("io.mosaic.hash"))
                            && container.name().equals(blueprint.dockerName(spec.nameOrEmpty())),
                    set.name() + "/" + spec.nameOrEmpty() + " is not made as its spec says");
        }
    }

    private void nothingElse() {
        for (SimHost host : hosts) {
            for (Docker.ContainerInfo container : host.daemon().all()) {
                belongs(host, uid(container), "container " + container.name());
            }
            for (UUID volume : host.volumes().list()) {
                belongs(host, volume, "volume " + volume);
            }
            for (SetResource set : image.setsOn(host.name())) {
                Checker.require(
                        set.spec().volume() == null
                                || set.status().observedGeneration() == 0
                                || set.intent().run() == SetIntent.Run.STOPPED
                                || host.volumes().list().contains(set.uid()),
                        set.name() + " has lost its volume");
            }
        }
    }

    private void belongs(SimHost host, UUID uid, String what) {
        SetResource set = image.set(uid);
        Checker.require(
                set != null && host.name().equals(set.status().host()), what + " on " + host.name() + " is an orphan");
    }

    private static UUID uid(Docker.ContainerInfo container) {
        return UUID.fromString(container.labels().getOrDefault("io.mosaic.set", ""));
    }

    private SimHost on(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new Violation("no host " + name));
    }
}
