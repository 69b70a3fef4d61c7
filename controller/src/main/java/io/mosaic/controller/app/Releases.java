package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The templates that an app had: numbered, found again, and dropped when there are too many. */
final class Releases {

    /** Releases kept, beside those that are still in use. */
    static final int KEPT = 20;

    private Releases() {}

    static AppReleaseResource make(String tenant, String app, UUID uid, int number, SetSpec template, Instant now) {
        UUID id = UUID.nameUUIDFromBytes((uid + "." + number).getBytes(StandardCharsets.UTF_8));
        return new AppReleaseResource(tenant, app, number, id, 0, now, template);
    }

    /** The number of the release that is this template; a new one when none is. */
    static int number(ClusterImage head, AppResource app, SetSpec template) {
        int last = 0;
        for (AppReleaseResource each : head.releases(app.tenant(), app.name())) {
            if (each.template().equals(template)) {
                return each.number();
            }
            last = each.number();
        }
        return Math.max(last, app.release()) + 1;
    }

    /** @throws ProblemException of kind NOT_FOUND, naming those that there are */
    static AppReleaseResource existing(ClusterImage head, AppResource app, int number) {
        AppReleaseResource release = head.release(app.tenant(), app.name(), number);
        if (release == null) {
            String there = head.releases(app.tenant(), app.name()).stream()
                    .map(each -> Integer.toString(each.number()))
                    .collect(Collectors.joining(", "));
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND, "app " + app.name() + " has no release " + number + "; kept are " + there);
        }
        return release;
    }

    /** Drops the oldest that nothing uses, beyond so many. */
    static List<Change> drop(ClusterImage head, AppResource app, Rollout rollout) {
        Set<Integer> used = new HashSet<>();
        used.add(app.release());
        used.add(rollout.from());
        used.add(rollout.to());
        for (SetResource set : head.members(app.tenant(), app.name())) {
            used.add(Members.of(set).release());
        }
        List<AppReleaseResource> unused = head.releases(app.tenant(), app.name()).stream()
                .filter(each -> !used.contains(each.number()))
                .toList();
        List<Change> drops = new ArrayList<>();
        for (AppReleaseResource each : unused.subList(0, Math.max(0, unused.size() - KEPT))) {
            drops.add(new Change.Delete(each));
        }
        return drops;
    }
}
