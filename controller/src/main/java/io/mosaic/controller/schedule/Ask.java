package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.HostLoad;
import io.mosaic.controller.cluster.Marks;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.AppMember;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ImageName;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a set wants of a host, with what rules of and about it must be counted. Belongs to one {@link Fleet}; sets of one
 * {@link Shape} share it.
 *
 * @param ports ports of the host that it wants for itself, as {@link HostLoad#port} numbers them
 * @param cores whole cores of one NUMA node that it wants for itself, 0 for none
 * @param app the app that it is of, or null
 * @param shuns groups that it keeps away from, or that keep away from it
 * @param needs groups of which one set must be there
 * @param own the sets of its app; counted when a rule of its own speaks of them
 * @param images its images, each once, by all names that a host may have it under
 */
public record Ask(
        SetResource set,
        Usage usage,
        List<Integer> ports,
        int cores,
        Placement placement,
        @Nullable String app,
        List<Bound> shuns,
        List<Bound> needs,
        @Nullable GroupCount own,
        List<List<String>> images) {

    /**
     * A group as a rule names it.
     *
     * @param name for a person
     */
    record Bound(String name, Per per, GroupCount count) {}

    static Ask of(SetResource set, Fleet fleet) {
        Placement placement = set.spec().placementOrAnywhere();
        List<Bound> shuns = new ArrayList<>();
        for (Marks.Shunned shunned : Marks.shunned(set)) {
            shuns.add(new Bound(name(shunned.mark()), shunned.per(), fleet.count(shunned.mark(), shunned.per())));
        }
        for (String group : Marks.groups(set)) {
            for (Per per : Per.values()) {
                String mark = Marks.shunnedBy(group, per);
                if (fleet.mayStand(mark)) {
                    shuns.add(new Bound("those that exclude " + name(group), per, fleet.count(mark, per)));
                }
            }
        }
        List<Bound> needs = new ArrayList<>();
        for (Placement.Peer peer : placement.dependencies()) {
            String mark = Marks.label(set.tenant(), peer.selector());
            needs.add(new Bound(peer.selector(), peer.per(), fleet.count(mark, peer.per())));
        }
        String app = Marks.app(set);
        boolean counts = app != null && (placement.maxPerHost() != null || placement.spread() != null);
        Per over = placement.spread() == null ? Per.HOST : placement.spread().over();
        return new Ask(
                set,
                Usage.of(set),
                portsOf(set),
                coresOf(set),
                placement,
                app,
                shuns,
                needs,
                counts ? fleet.count(Marks.label(set.tenant(), Placement.APP_LABEL + "=" + app), over) : null,
                imagesOf(set));
    }

    /** The host where it failed; others are as good as they ever were. */
    static @Nullable String avoidOf(SetResource set) {
        AppMember member = set.app();
        return member == null ? null : member.avoid();
    }

    static List<Integer> portsOf(SetResource set) {
        return set.spec().hostPorts().stream().map(HostLoad::port).toList();
    }

    static int coresOf(SetResource set) {
        return set.spec().resourcesOrNone().numa()
                ? set.spec().resourcesOrNone().cpuOrZero().millis() / 1000
                : 0;
    }

    static List<List<String>> imagesOf(SetResource set) {
        return set.spec().containers().stream()
                .map(ContainerSpec::imageOrEmpty)
                .distinct()
                .map(image -> ImageName.onHost(image, set.tenant()))
                .toList();
    }

    String portsText() {
        return set.spec().hostPorts().stream()
                .map(port -> port.host() + "/" + port.protocol())
                .collect(Collectors.joining(", "));
    }

    /** The part of a mark that people know. */
    private static String name(String mark) {
        String[] parts = mark.split("/", 3);
        return parts.length < 3 ? mark : parts[2];
    }
}
