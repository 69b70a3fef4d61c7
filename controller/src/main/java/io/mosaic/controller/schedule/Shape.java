package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.Marks;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.Placement;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All of a set that rules and costs look at. Sets of one shape fit the same hosts at the same cost, and are planned as one
 * batch; what no rule speaks of, such as most labels, makes no difference.
 *
 * @param app only when something depends on it
 * @param groups those of its groups that some set keeps away from
 * @param avoid the host where it failed, or null
 */
record Shape(
        String tenant,
        Usage usage,
        List<Integer> ports,
        int cores,
        @Nullable Placement placement,
        @Nullable String app,
        List<List<String>> images,
        List<String> groups,
        @Nullable String avoid) {

    static Shape of(SetResource set, Fleet fleet) {
        Placement placement = set.spec().placement();
        boolean byApp = fleet.poolsNameApps()
                || (placement != null
                        && (placement.maxPerHost() != null || placement.spread() != null || placement.role() != null));
        List<String> groups = List.of();
        if (fleet.anyShunned()) {
            groups = new ArrayList<>();
            for (String group : Marks.groups(set)) {
                if (fleet.mayStand(Marks.shunnedBy(group, Placement.Per.HOST))
                        || fleet.mayStand(Marks.shunnedBy(group, Placement.Per.ZONE))) {
                    groups.add(group);
                }
            }
        }
        return new Shape(
                set.tenant(),
                Usage.of(set),
                Ask.portsOf(set),
                Ask.coresOf(set),
                placement,
                byApp ? Marks.app(set) : null,
                Ask.imagesOf(set),
                groups,
                Ask.avoidOf(set));
    }
}
