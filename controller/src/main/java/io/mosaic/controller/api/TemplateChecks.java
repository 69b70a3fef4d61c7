package io.mosaic.controller.api;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a caller should hear of another template before it is committed, and only the hosts and the scheduler can say: that
 * instances use more memory than they would have, and that there is nowhere to move to. The commit and the agents judge
 * again.
 *
 * <p>Thread-safe.
 */
final class TemplateChecks {

    private final ApiServices services;
    private final PlacementPreview preview = new PlacementPreview();

    TemplateChecks(ApiServices services) {
        this.services = services;
    }

    /** @throws ProblemException of kind CONFLICT with the instances and the figures; what the change throws */
    void require(String tenant, String name, UnaryOperator<AppSpec> change, UpdateOptions options, Instant now)
            throws InterruptedException {
        ClusterImage image = services.log().image();
        AppResource app = image.app(tenant, name);
        if (app == null || app.deleting()) {
            return;
        }
        AppSpec after = change.apply(app.spec());
        SetSpec template = after.templateOrNone();
        if (template.equals(app.spec().templateOrNone())) {
            return;
        }
        // Whole sets are made anew, with memory and a host of their own; but not for new limits.
        boolean inPlace = after.update().strategy() == UpdatePolicy.Strategy.GRAY
                || OwnedSets.resizes(app.spec().templateOrNone(), template);
        if (!inPlace) {
            return;
        }
        List<SetResource> running = image.members(tenant, name).stream()
                .filter(set -> set.intent().run() == SetIntent.Run.RUNNING
                        && set.status().host() != null
                        && set.status().state() != SetState.LOST)
                .toList();
        if (!options.force()) {
            MemoryCheck.require(services.streams(), running, template);
        }
        if (options.move()) {
            for (SetResource set : running) {
                if (set.spec().volume() == null && SetDecisions.lacksRoom(image, set, template)) {
                    requireRoomElsewhere(image, set, template, now);
                    return;
                }
            }
        }
    }

    /** If there is no room for the first of those that are to move, none should stop for it. */
    private void requireRoomElsewhere(ClusterImage image, SetResource set, SetSpec template, Instant now) {
        SetSpec asked = template.withLabels(set.spec().labels()).withName(set.name());
        if (preview.elsewhere(image, set, asked, now) == null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    set.name() + " has no room on host " + set.status().host() + ", and no other host has room either");
        }
    }
}
