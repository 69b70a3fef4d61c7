package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.AppResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.SetResource;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a user's wish means for who is primary of an app. */
public final class RoleDecisions {

    private RoleDecisions() {}

    /**
     * Another instance is to be primary. Asked again while that is under way, or when it is so already for a named one,
     * decides nothing in the first case and refuses in the second.
     *
     * @param to name of the instance; null: the standby that has run best for the longest time
     * @return throws, when decided: NOT_FOUND without the app, or the instance; CONFLICT when the app has no roles, is being
     *     deleted, has another switchover under way, or the instance is primary already or not fit to be
     */
    public static Decision switchover(
            String tenant, String name, @Nullable String to, @Nullable Long ifRevision, Instant now) {
        return head -> {
            AppResource app = AppDecisions.alive(head, tenant, name, ifRevision);
            RolesStatus roles = app.status().roles();
            if (app.spec().roles() == null) {
                throw conflict("app " + name + " has no roles: none of its instances is primary");
            }
            if (roles == null) {
                throw conflict("app " + name + " has no instance yet that is fit to be primary");
            }
            RolesStatus.Switchover underWay = roles.switchover();
            if (underWay != null) {
                if (to == null || to.equals(underWay.to())) {
                    return Decided.NOTHING;
                }
                throw conflict("a switchover of app " + name + " to " + underWay.to() + " is under way");
            }
            SetResource next = to == null ? best(head, app, roles) : named(head, app, roles, to);
            RolesStatus.Switchover switchover = new RolesStatus.Switchover(roles.primary(), next.name(), now);
            // Whoever asks for it by name knows more than its last failure said.
            List<String> refused = roles.refused().stream()
                    .filter(each -> !each.equals(next.name()))
                    .toList();
            RolesStatus changed = roles.refused(refused).with(switchover);
            String from = roles.primary() == null ? "nobody" : roles.primary();
            return Decided.of(
                    new Change.Put(app.withStatus(app.status().withRoles(changed))),
                    AppEvents.info(app, "Switchover", from + " -> " + next.name() + ": asked for", now));
        };
    }

    private static SetResource named(ClusterImage head, AppResource app, RolesStatus roles, String to) {
        SetResource set = head.set(app.tenant(), to);
        if (set == null || set.app() == null || !set.app().name().equals(app.name())) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "app " + app.name() + " has no instance named " + to);
        }
        if (roles.holds(set)) {
            throw conflict(to + " is primary already, or about to be");
        }
        if (!Primaries.fit(set)) {
            throw conflict(to + " is not fit to be primary: it is "
                    + set.status().state()
                    + (Members.leaves(set) ? " and leaves" : "")
                    + (set.status().reason() == null ? "" : " (" + set.status().reason() + ")"));
        }
        return set;
    }

    private static SetResource best(ClusterImage head, AppResource app, RolesStatus roles) {
        return head.members(app.tenant(), app.name()).stream()
                .filter(set -> Primaries.fit(set) && !roles.holds(set))
                .min(Comparator.comparing((SetResource set) -> !Members.serves(set))
                        .thenComparing(set -> Primaries.drained(head, set))
                        .thenComparing(set -> set.status().since())
                        .thenComparingInt(set -> Members.of(set).instance()))
                .orElseThrow(() -> conflict("no standby of app " + app.name() + " is fit to be primary"));
    }

    private static ProblemException conflict(String detail) {
        return new ProblemException(Problem.Kind.CONFLICT, detail);
    }
}
