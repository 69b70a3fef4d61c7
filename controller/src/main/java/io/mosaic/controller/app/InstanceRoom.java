package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.controller.set.HostRoom;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import java.util.ArrayList;
import java.util.List;

/** Whether the hosts of an app's instances can take another template, told before the first instance is touched. */
final class InstanceRoom {

    /** Instances that a refusal names. */
    private static final int NAMED_MAX = 10;

    private InstanceRoom() {}

    /**
     * Checks all instances that have a host, several of one host together.
     *
     * @throws ProblemException of kind CONFLICT, with the keys of cgroups that a host has not, or naming instances that do not fit, with what would; with {@code move} only
     *     those that cannot move
     */
    static void require(ClusterImage head, AppResource app, SetSpec template, UpdateOptions options) {
        HostRoom room = new HostRoom(head);
        List<String> lacking = new ArrayList<>();
        int instances = 0;
        for (SetResource set : head.members(app.tenant(), app.name())) {
            if (set.intent().run() != SetIntent.Run.RUNNING || set.status().moves()) {
                continue;
            }
            instances++;
            OwnedSets.requireKeys(head, set, template);
            SetSpec asked = template.keepingVolume(set.spec());
            String words = room.lacking(set, Usage.of(asked));
            if (words != null && (!options.move() || set.spec().volume() != null)) {
                lacking.add(set.name() + ": " + words);
            }
        }
        if (!lacking.isEmpty()) {
            throw new ProblemException(Problem.Kind.CONFLICT, words(lacking, instances, options));
        }
    }

    private static String words(List<String> lacking, int instances, UpdateOptions options) {
        int more = lacking.size() - NAMED_MAX;
        String named = String.join(". ", lacking.subList(0, Math.min(lacking.size(), NAMED_MAX)));
        return lacking.size() + " of " + instances + " instances do not fit where they are, and none was changed. "
                + named
                + (more > 0 ? ". And " + more + " more" : "")
                + (options.move()
                        ? ". They cannot move: their volumes would stay"
                        : ". With move=true (mos app resize --move) those without a volume go to hosts that have room");
    }
}
