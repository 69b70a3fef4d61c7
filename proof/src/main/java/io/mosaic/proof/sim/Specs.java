package io.mosaic.proof.sim;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.Interval;
import io.mosaic.model.IoLimits;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetSpecRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What clients ask for. */
final class Specs {
    private static final RestartPolicy RESTART = new RestartPolicy(
            RestartPolicy.Mode.ALWAYS, Interval.ofSeconds(1), Interval.ofSeconds(4), Interval.ofSeconds(60), null);

    private final World world;

    Specs(World world) {
        this.world = world;
    }

    SetSpec fresh(String name) {
        List<ContainerSpec> containers = new ArrayList<>();
        int count = 1 + world.pick(3);
        for (int i = 1; i <= count; i++) {
            containers.add(new ContainerSpec(i, "c" + i, SimHost.APP_IMAGE, options(i)));
        }
        SetSpec.VolumeClaim volume =
                world.chance(40) ? new SetSpec.VolumeClaim(Bytes.mebi(300L * (1 + world.pick(4))), "/data") : null;
        return checked(new SetSpec(name, null, resources(), containers, volume, Map.of(), RESTART, Map.of()));
    }

    /** The same with other cores and memory, a container made otherwise, more room, or another label. */
    SetSpec changed(SetSpec spec) {
        return checked(
                switch (world.pick(6)) {
                    case 0, 1 -> spec.withResources(resources());
                    case 2, 3 -> updated(spec);
                    case 4 -> grown(spec);
                    default -> spec.withLabels(Map.of("turn", Integer.toString(world.pick(1000))));
                });
    }

    /** One of its containers, or all, with another variable. */
    private SetSpec updated(SetSpec spec) {
        int which = world.pick(spec.containers().size() + 1);
        Map<String, String> env = Map.of("TURN", Integer.toString(world.pick(3)));
        List<ContainerSpec> containers = new ArrayList<>();
        for (int i = 0; i < spec.containers().size(); i++) {
            ContainerSpec container = spec.containers().get(i);
            boolean changes = i == which || which == spec.containers().size();
            containers.add(changes ? container.withOptions(withEnv(container.options(), env)) : container);
        }
        return spec.withContainers(containers);
    }

    private static SetSpec grown(SetSpec spec) {
        SetSpec.VolumeClaim volume = spec.volume();
        return volume == null
                ? spec.withLabels(Map.of("turn", "none"))
                : spec.withVolume(new SetSpec.VolumeClaim(
                        new Bytes(spec.diskNeeded().value() + Bytes.mebi(100).value()), volume.mount()));
    }

    private static ContainerOptions withEnv(ContainerOptions options, Map<String, String> env) {
        return new ContainerOptions(
                null,
                null,
                env,
                List.of(),
                List.of(),
                options.ports(),
                options.health(),
                Map.of(),
                null,
                null,
                List.of(),
                List.of());
    }

    /** What instances of an app are: small, so that several find room beside the others. */
    SetSpec template() {
        SetSpec.Resources resources =
                new SetSpec.Resources(new Cpu(100 * (1 + world.pick(2))), Bytes.mebi(64L * (1 + world.pick(2))), null);
        ContainerOptions none = options(List.of(), null);
        ContainerOptions turned = withEnv(none, Map.of("TURN", Integer.toString(world.pick(3))));
        List<ContainerSpec> containers = List.of(
                new ContainerSpec(1, "c1", SimHost.APP_IMAGE, none),
                new ContainerSpec(2, "c2", SimHost.APP_IMAGE, turned));
        return new SetSpec(
                null,
                null,
                resources,
                containers,
                null,
                Map.of(),
                RESTART,
                Map.of("turn", Integer.toString(world.pick(1000))));
    }

    private SetSpec.Resources resources() {
        return kernelKeys(new SetSpec.Resources(
                new Cpu(500 * (1 + world.pick(4))), Bytes.mebi(256L * (1 + world.pick(6))), null));
    }

    private SetSpec.Resources kernelKeys(SetSpec.Resources resources) {
        IoLimits io = world.chance(25)
                ? new IoLimits(Bytes.mebi(1 + world.pick(50)), null, null, 100L + world.pick(9))
                : null;
        Map<String, String> keys =
                world.chance(25) ? Map.of("pids.max", Integer.toString(100 + world.pick(9))) : Map.of();
        return new SetSpec.Resources(resources.cpu(), resources.memory(), null, null, io, keys);
    }

    /** The same template with other limits, and sometimes a larger volume: nothing of it is made otherwise. */
    SetSpec resized(SetSpec template) {
        SetSpec.Resources resources = template().resourcesOrNone();
        // Now and then more than a host has room for beside the others.
        Cpu cpu = world.chance(15) ? new Cpu(1500) : resources.cpuOrZero();
        SetSpec limits = template.withResources(kernelKeys(new SetSpec.Resources(cpu, resources.memory(), null)));
        return world.chance(30) && limits.volume() != null ? grown(limits) : limits;
    }

    private ContainerOptions options(int index) {
        List<ContainerOptions.Port> ports = index == 1 && world.chance(25)
                ? List.of(new ContainerOptions.Port(8080, 8080 + world.pick(3), "tcp"))
                : List.of();
        HealthCheck health = world.chance(25)
                ? new HealthCheck(
                        "http://localhost:8080/",
                        null,
                        null,
                        Interval.ofSeconds(5),
                        Interval.ofSeconds(2),
                        3,
                        Interval.ofSeconds(60))
                : null;
        return options(ports, health);
    }

    private static ContainerOptions options(List<ContainerOptions.Port> ports, @Nullable HealthCheck health) {
        return new ContainerOptions(
                null, null, Map.of(), List.of(), List.of(), ports, health, Map.of(), null, null, List.of(), List.of());
    }

    private static SetSpec checked(SetSpec spec) {
        SetSpecRules.require(spec);
        return spec;
    }
}
