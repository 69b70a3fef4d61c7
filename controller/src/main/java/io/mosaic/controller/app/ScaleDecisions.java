package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Event;
import io.mosaic.model.LoadCall;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What policies and load calls mean for an app: how many instances it should have from now on. */
public final class ScaleDecisions {

    private static final int MESSAGE_CHARS_MAX = 1000;

    private ScaleDecisions() {}

    /**
     * What the policies of an app decided upon.
     *
     * @param policy that was asked
     * @param from how many there were to be then
     * @param told why, with what went in
     */
    public record Move(ResourceKey key, UUID uid, ScalingPolicy policy, int from, int to, String told) {}

    /** Does these one after another; one that a quota is in the way of is noted as such, and costs the others nothing. */
    public static Decision all(List<Move> moves, Instant now) {
        List<Move> each = List.copyOf(moves);
        return head -> {
            ClusterImage image = head;
            List<Change> changes = new ArrayList<>();
            List<Event> events = new ArrayList<>();
            for (Move move : each) {
                Decided decided;
                try {
                    decided = byPolicy(move, now).decide(image);
                } catch (ProblemException e) {
                    decided = blocked(move, String.valueOf(e.getMessage()), now).decide(image);
                }
                for (Change change : decided.changes()) {
                    image = image.apply(change.at(image.revision() + 1));
                }
                changes.addAll(decided.changes());
                events.addAll(decided.events());
            }
            return new Decided(changes, events);
        };
    }

    /**
     * Does that, unless the app was changed meanwhile: then it is for the next look.
     *
     * @return throws, when decided, QUOTA
     */
    public static Decision byPolicy(Move move, Instant now) {
        return head -> {
            AppResource app = head.app(move.key().tenant(), move.key().name());
            if (app == null || !same(app, move)) {
                return Decided.NOTHING;
            }
            AppSpec after = app.spec().withReplicas(move.to());
            AppDecisions.requireQuota(
                    head, AppDecisions.tenant(head, app.tenant()), head.members(app.tenant(), app.name()), after);
            ScalingStatus status = app.status()
                    .scalingOrNone()
                    .stepped(new ScalingStatus.Step(now, move.from(), move.to()), cut(move.told()));
            return Decided.of(
                    new Change.Put(app.withSpec(after, app.release())
                            .withStatus(app.status().withScaling(status))),
                    AppEvents.info(app, "Scaled", cut(move.from() + " -> " + move.to() + ": " + move.told()), now));
        };
    }

    /** Notes that it cannot be done, and why; once for as long as that stays so. */
    public static Decision blocked(Move move, String why, Instant now) {
        return head -> {
            AppResource app = head.app(move.key().tenant(), move.key().name());
            if (app == null || !same(app, move)) {
                return Decided.NOTHING;
            }
            ScalingStatus status = app.status().scalingOrNone();
            String told = cut(move.from() + " -> " + move.to() + " is not possible: " + why);
            if (told.equals(status.blocked())) {
                return Decided.NOTHING;
            }
            return Decided.of(
                    new Change.Put(app.withStatus(app.status().withScaling(status.withBlocked(told)))),
                    AppEvents.warning(app, "ScalingBlocked", cut(told + " (" + move.told() + ")"), now));
        };
    }

    private static boolean same(AppResource app, Move move) {
        return app.uid().equals(move.uid())
                && !app.deleting()
                && app.spec().replicas() == move.from()
                && move.policy().equals(app.spec().scaling());
    }

    /**
     * Does what a load call asks for, within the app's bounds. Where policies decide, it counts as a lower bound against them
     * for as long as they say.
     *
     * @param call checked
     * @param by who calls, for the event
     * @return throws, when decided: NOT_FOUND, CONFLICT when the app is being deleted, QUOTA
     */
    public static Decision load(String tenant, String name, LoadCall call, String by, Instant now) {
        return head -> {
            AppResource app = AppDecisions.alive(head, tenant, name, null);
            int before = app.spec().replicas();
            int least = app.spec().roles() == null ? 0 : 1;
            int asked = Math.max(least, Math.min(AppSpecRules.REPLICAS_MAX, call.from(before)));
            ScalingPolicy policy = app.spec().scaling();
            int wanted = policy == null ? asked : policy.within(asked);
            AppSpec after = app.spec().withReplicas(wanted);
            AppDecisions.requireQuota(head, AppDecisions.tenant(head, tenant), head.members(tenant, name), after);
            AppResource next = wanted == before ? app : app.withSpec(after, app.release());
            next = held(next, wanted, by, now);
            String told = before + " -> " + wanted + ", asked for by " + by
                    + (wanted == asked ? "" : ", who wants " + asked)
                    + (call.reason() == null ? "" : ": " + call.reason());
            return next.equals(app)
                    ? Decided.NOTHING
                    : Decided.of(new Change.Put(next), AppEvents.info(app, "LoadCall", cut(told), now));
        };
    }

    /** The app with that number held against its policies, when there are any that decide. */
    static AppResource held(AppResource app, int replicas, String by, Instant now) {
        ScalingPolicy policy = app.spec().scaling();
        if (policy == null || !policy.decides()) {
            return app;
        }
        ScalingStatus.Held held =
                new ScalingStatus.Held(replicas, now.plus(policy.hold().duration()), by);
        return app.withStatus(
                app.status().withScaling(app.status().scalingOrNone().withHeld(held)));
    }

    /**
     * Checks a number that a person wants against the app's bounds.
     *
     * @throws ProblemException naming them
     */
    static void requireWithin(@Nullable ScalingPolicy policy, int replicas) {
        if (policy != null && policy.within(replicas) != replicas) {
            throw ProblemException.field(
                    "/replicas",
                    "must be within the app's bounds, " + policy.minimum() + " to " + policy.maximumOrMinimum()
                            + ": change /scaling for more",
                    Integer.toString(replicas));
        }
    }

    private static String cut(String text) {
        return text.length() <= MESSAGE_CHARS_MAX ? text : text.substring(0, MESSAGE_CHARS_MAX) + " ...";
    }
}
