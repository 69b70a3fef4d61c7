package io.mosaic.controller.set;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What may change while a set lives: all but what its infra container and its volume were made with. Limits change in place,
 * a volume grows in place, a container whose making differs is replaced while its siblings run on, and the rules of placement
 * count when the set is placed next.
 */
final class LiveChanges {

    private static final String RULE = "cannot change while the set lives";

    private final List<Problem.FieldError> errors = new ArrayList<>();

    private LiveChanges() {}

    /** What a running set needs done to be what the later spec says. */
    enum Effect {
        NONE,
        /** New limits, or a larger volume. */
        RESIZE,
        /** Containers are made, replaced or removed. */
        UPDATE
    }

    /** @throws ProblemException of kind IMMUTABLE, with the pointer of every field that must not differ */
    static void require(SetSpec before, SetSpec after) {
        LiveChanges check = new LiveChanges();
        check.spec(before, after);
        if (!check.errors.isEmpty()) {
            Problem.FieldError first = check.errors.getFirst();
            throw new ProblemException(Problem.Kind.IMMUTABLE.with(first.field() + ": " + first.rule(), check.errors));
        }
    }

    /** Whether {@link #require} would let it be. */
    static boolean possible(SetSpec before, SetSpec after) {
        LiveChanges check = new LiveChanges();
        check.spec(before, after);
        return check.errors.isEmpty();
    }

    static Effect effect(SetSpec before, SetSpec after) {
        if (!made(before).equals(made(after))) {
            return Effect.UPDATE;
        }
        boolean limits = !Objects.equals(before.resources(), after.resources())
                || !before.containers().equals(after.containers())
                || !Objects.equals(before.volume(), after.volume());
        return limits ? Effect.RESIZE : Effect.NONE;
    }

    private static Set<ContainerSpec> made(SetSpec spec) {
        Set<ContainerSpec> made = new HashSet<>();
        spec.containers().forEach(container -> made.add(container.asMade()));
        return made;
    }

    /** In words, without values that may be secret. */
    static String words(SetSpec before, SetSpec after) {
        List<String> told = new ArrayList<>();
        SetSpec.Resources was = before.resourcesOrNone();
        SetSpec.Resources is = after.resourcesOrNone();
        differ(told, "cpu", was.cpuOrZero(), is.cpuOrZero());
        differ(told, "memory", was.memoryOrZero(), is.memoryOrZero());
        differ(told, "volume", before.diskNeeded(), after.diskNeeded());
        containers(told, before, after);
        if (!Objects.equals(was.io(), is.io())) {
            told.add("limits of input and output");
        }
        if (!was.cgroup().equals(is.cgroup())) {
            told.add("cgroup keys");
        }
        if (!before.labels().equals(after.labels())) {
            told.add("labels");
        }
        if (!Objects.equals(before.placement(), after.placement())) {
            told.add("placement, for when it is placed next");
        }
        if (!before.restart().equals(after.restart())) {
            told.add("restart policy");
        }
        if (!Objects.equals(before.drain(), after.drain())) {
            told.add("drain");
        }
        return String.join(", ", told);
    }

    private static void differ(List<String> told, String what, Object was, Object is) {
        if (!was.equals(is)) {
            told.add(what + " " + was + " -> " + is);
        }
    }

    private static void containers(List<String> told, SetSpec before, SetSpec after) {
        Map<String, ContainerSpec> gone = new LinkedHashMap<>();
        before.containers().forEach(container -> gone.put(container.nameOrEmpty(), container));
        boolean parts = false;
        for (ContainerSpec is : after.containers()) {
            ContainerSpec was = gone.remove(is.nameOrEmpty());
            if (was == null) {
                told.add("container " + is.nameOrEmpty() + " added");
            } else if (!was.imageOrEmpty().equals(is.imageOrEmpty())) {
                told.add(is.nameOrEmpty() + ": image " + was.imageOrEmpty() + " -> " + is.imageOrEmpty());
            } else if (!was.asMade().equals(is.asMade())) {
                told.add(is.nameOrEmpty() + ": options");
            } else {
                parts |= !was.equals(is);
            }
        }
        gone.keySet().forEach(name -> told.add("container " + name + " removed"));
        if (parts) {
            told.add("the containers' parts, health checks or ports");
        }
    }

    private void spec(SetSpec before, SetSpec after) {
        SetSpec.Resources was = before.resourcesOrNone();
        SetSpec.Resources is = after.resourcesOrNone();
        same("/name", before.name(), after.name());
        same("/kind", before.kind(), after.kind());
        same("/resources/rootDisk", was.rootDisk(), is.rootDisk());
        same("/resources/cpuPolicy", was.cpuPolicy(), is.cpuPolicy());
        if (was.numa()) {
            // Its cores, and the node's memory, were given to it when it was placed.
            same("/resources/cpu", was.cpu(), is.cpu());
            same("/resources/memory", was.memory(), is.memory());
        }
        volume(before.volume(), after.volume());
        same("/sysctls", before.sysctls(), after.sysctls());
        hostPorts(before, after);
    }

    private void volume(SetSpec.@Nullable VolumeClaim before, SetSpec.@Nullable VolumeClaim after) {
        if (before == null || after == null) {
            if (before != null || after != null) {
                errors.add(new Problem.FieldError("/volume", "cannot come or go while the set lives", null));
            }
            return;
        }
        same("/volume/mount", before.mount(), after.mount());
        Bytes was = before.size() == null ? Bytes.ZERO : before.size();
        Bytes is = after.size() == null ? Bytes.ZERO : after.size();
        if (is.compareTo(was) < 0) {
            errors.add(new Problem.FieldError(
                    "/volume/size", "cannot shrink: its file system only grows; it has " + was, is.toString()));
        }
    }

    /** The infra container publishes them. */
    private void hostPorts(SetSpec before, SetSpec after) {
        Set<ContainerOptions.Port> missing = new HashSet<>(before.hostPorts());
        for (int i = 0; i < after.containers().size(); i++) {
            List<ContainerOptions.Port> ports =
                    after.containers().get(i).options().ports();
            for (int j = 0; j < ports.size(); j++) {
                if (ports.get(j).host() != null && !missing.remove(ports.get(j))) {
                    errors.add(new Problem.FieldError(
                            "/containers/" + i + "/options/ports/" + j + "/host", RULE, String.valueOf(ports.get(j))));
                }
            }
        }
        missing.forEach(port -> errors.add(new Problem.FieldError(
                "/containers", "a port published on the host cannot go while the set lives", String.valueOf(port))));
    }

    private void same(String at, @Nullable Object before, @Nullable Object after) {
        if (!Objects.equals(before, after)) {
            errors.add(new Problem.FieldError(at, RULE, after instanceof String text ? text : null));
        }
    }
}
