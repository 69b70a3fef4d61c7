package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.Rollout.State;
import io.mosaic.model.SetSpec;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a user's wish means for an app's rollout. All throw, when decided, what {@link AppDecisions} throw, and CONFLICT when
 * the rollout is not in a state for it; a wish that is fulfilled already decides nothing.
 */
public final class RolloutDecisions {

    private RolloutDecisions() {}

    /** Begins no further batch, and judges none, until it is resumed. What is begun is finished. */
    public static Decision pause(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            AppResource app = AppDecisions.alive(head, tenant, name, ifRevision);
            Rollout rollout = rollout(app);
            if (rollout.state() == State.PAUSED) {
                return Decided.NOTHING;
            }
            return changed(app, rollout, State.PAUSED, "Paused", now);
        };
    }

    /** Goes on: with the batch that was paused, or, after a failure, with another one. */
    public static Decision resume(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            AppResource app = AppDecisions.alive(head, tenant, name, ifRevision);
            Rollout rollout = rollout(app);
            if (rollout.state() == State.UPDATING || rollout.state() == State.WAITING) {
                return Decided.NOTHING;
            }
            // A failed batch is being put back: its number must not be taken for one of those that are tried again.
            Rollout from = rollout.state() == State.FAILED ? rollout.next(now) : rollout;
            return changed(app, rollout, from.in(State.UPDATING, null, now), "Resumed", now);
        };
    }

    /**
     * Brings all instances to an earlier release, as an update does. In place, volumes keep the size that they have.
     *
     * @param to number of the release; absent: the one before the present one
     * @return throws, when decided, NOT_FOUND when that release is not kept
     */
    public static Decision undo(
            String tenant, String name, @Nullable Integer to, @Nullable Long ifRevision, Instant now) {
        return head -> {
            AppResource app = AppDecisions.alive(head, tenant, name, ifRevision);
            Rollout rollout = app.status().rollout();
            Integer target = to == null && rollout != null && rollout.state() != State.REVERTED
                    ? Integer.valueOf(rollout.from())
                    : to;
            if (target == null) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "app " + name + " has no update to undo; name a release with \"to\"");
            }
            AppReleaseResource release = Releases.existing(head, app, target);
            if (target == app.release()) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "app " + name + " is at release " + target + " already");
            }
            AppSpec spec = app.spec();
            boolean inPlace = spec.update().strategy() == UpdatePolicy.Strategy.GRAY;
            SetSpec back = inPlace ? release.template().keepingVolume(spec.templateOrNone()) : release.template();
            if (back.equals(spec.templateOrNone())) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT,
                        "release " + target + " of app " + name
                                + " differs from the present one in nothing but a smaller volume, and volumes never shrink");
            }
            return AppDecisions.changed(head, app, spec.withTemplate(back), false, true, UpdateOptions.NONE, now);
        };
    }

    private static Rollout rollout(AppResource app) {
        Rollout rollout = app.status().rollout();
        if (rollout == null) {
            throw new ProblemException(Problem.Kind.CONFLICT, "app " + app.name() + " has never been updated");
        }
        return rollout;
    }

    private static Decided changed(AppResource app, Rollout rollout, State to, String event, Instant now) {
        return changed(app, rollout, rollout.in(to, rollout.reason(), now), event, now);
    }

    private static Decided changed(AppResource app, Rollout before, Rollout after, String event, Instant now) {
        if (!RolloutTransitions.allowed(before.state(), after.state())) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "the rollout of app " + app.name() + " is " + before.state() + ", which it cannot leave for "
                            + after.state());
        }
        return Decided.of(
                new Change.Put(app.withStatus(app.status().withRollout(after))),
                AppEvents.info(
                        app, event, "release " + after.to() + ", batch " + (after.batch() - after.first() + 1), now));
    }
}
