package io.mosaic.controller.set;

import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What may change while a set lives: its cores and memory unless they are of one NUMA node, each container's part of them,
 * labels, the restart policy, and the rules of placement, which count when it is placed next.
 * All else would need new containers.
 */
final class LiveChanges {

    private static final String RULE = "cannot change while the set lives";

    private static final Map<String, Function<ContainerOptions, @Nullable Object>> FIXED_OPTIONS =
            new LinkedHashMap<>();

    static {
        FIXED_OPTIONS.put("env", ContainerOptions::env);
        FIXED_OPTIONS.put("entrypoint", ContainerOptions::entrypoint);
        FIXED_OPTIONS.put("command", ContainerOptions::command);
        FIXED_OPTIONS.put("ports", ContainerOptions::ports);
        FIXED_OPTIONS.put("health", ContainerOptions::health);
        FIXED_OPTIONS.put("ulimits", ContainerOptions::ulimits);
        FIXED_OPTIONS.put("user", ContainerOptions::user);
        FIXED_OPTIONS.put("workdir", ContainerOptions::workdir);
        FIXED_OPTIONS.put("mounts", ContainerOptions::mounts);
        FIXED_OPTIONS.put("capabilities", ContainerOptions::capabilities);
    }

    private final List<Problem.FieldError> errors = new ArrayList<>();

    private LiveChanges() {}

    /** @throws ProblemException of kind IMMUTABLE, with the pointer of every field that must not differ */
    static void require(SetSpec before, SetSpec after) {
        LiveChanges check = new LiveChanges();
        check.spec(before, after);
        if (!check.errors.isEmpty()) {
            throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                    check.errors.getFirst().field() + ": " + RULE + "; cpu, memory, CPU, MEM, labels and restart can",
                    check.errors));
        }
    }

    /** Whether a running set needs new limits to be what the later spec says. */
    static boolean limitsDiffer(SetSpec before, SetSpec after) {
        return !Objects.equals(before.resources(), after.resources())
                || !before.containers().equals(after.containers());
    }

    private void spec(SetSpec before, SetSpec after) {
        same("/name", before.name(), after.name());
        same("/kind", before.kind(), after.kind());
        same(
                "/resources/rootDisk",
                before.resourcesOrNone().rootDisk(),
                after.resourcesOrNone().rootDisk());
        same(
                "/resources/cpuPolicy",
                before.resourcesOrNone().cpuPolicy(),
                after.resourcesOrNone().cpuPolicy());
        if (before.resourcesOrNone().numa()) {
            // Its cores, and the node's memory, were given to it when it was placed.
            same(
                    "/resources/cpu",
                    before.resourcesOrNone().cpu(),
                    after.resourcesOrNone().cpu());
            same(
                    "/resources/memory",
                    before.resourcesOrNone().memory(),
                    after.resourcesOrNone().memory());
        }
        same("/volume", before.volume(), after.volume());
        same("/sysctls", before.sysctls(), after.sysctls());
        Map<Integer, ContainerSpec> byIndex = new LinkedHashMap<>();
        before.containers().forEach(container -> byIndex.put(container.indexOrZero(), container));
        for (int i = 0; i < after.containers().size(); i++) {
            ContainerSpec container = after.containers().get(i);
            ContainerSpec was = byIndex.remove(container.indexOrZero());
            String at = "/containers/" + i;
            if (was == null) {
                errors.add(new Problem.FieldError(at, "a container cannot be added while the set lives", null));
            } else {
                container(at, was, container);
            }
        }
        byIndex.values()
                .forEach(gone -> errors.add(new Problem.FieldError(
                        "/containers", "a container cannot be removed while the set lives", gone.name())));
    }

    private void container(String at, ContainerSpec before, ContainerSpec after) {
        same(at + "/name", before.name(), after.name());
        same(at + "/image", before.image(), after.image());
        // Values are not named here: env may hold a secret.
        FIXED_OPTIONS.forEach((name, value) -> {
            if (!Objects.equals(value.apply(before.options()), value.apply(after.options()))) {
                errors.add(new Problem.FieldError(at + "/options/" + name, RULE, null));
            }
        });
    }

    private void same(String at, @Nullable Object before, @Nullable Object after) {
        if (!Objects.equals(before, after)) {
            errors.add(new Problem.FieldError(at, RULE, after instanceof String text ? text : null));
        }
    }
}
