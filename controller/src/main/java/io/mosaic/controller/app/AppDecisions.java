package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.controller.set.Quotas;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppRoles;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.TenantResource;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a user's wish means for an app. Each decides on the app alone; its sets follow by {@link AppReconcile}. Repeating one
 * that has had its effect decides nothing. All throw, when decided: NOT_FOUND when there is no such app, STALE when
 * {@code ifRevision} is not its revision, CONFLICT when it is being deleted (except delete itself).
 */
public final class AppDecisions {

    private AppDecisions() {}

    /**
     * Makes the app.
     *
     * @param checked a spec that {@code AppSpecRules} passed
     * @param uid new and random
     * @param adopt whether sets that no app owns, with the label {@code app} of this name, become its instances
     * @return throws, when decided: NOT_FOUND without the tenant, EXISTS when the name is taken, QUOTA when so many
     *     instances would be too much, INVALID for a required app that is not there, CONFLICT when more sets would be
     *     adopted than are wanted
     */
    public static Decision create(String tenant, AppSpec checked, UUID uid, boolean adopt, Instant now) {
        return head -> {
            TenantResource owner = tenant(head, tenant);
            String name = checked.nameOrEmpty();
            if (head.app(tenant, name) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, "an app named " + name + " exists in tenant " + tenant);
            }
            Requirements.check(head, tenant, checked);
            AppResource app = new AppResource(
                    tenant, name, uid, 0, 1, now, 1, checked, AppResource.Intent.PRESENT, AppStatus.fresh(now));
            List<Change> changes = new ArrayList<>();
            changes.add(new Change.Put(Releases.make(tenant, name, uid, 1, checked.templateOrNone(), now)));
            requireAdoptable(checked, adopt);
            List<SetResource> adopted = adopt ? Adoption.of(head, app, now) : List.of();
            requireQuota(head, owner, adopted, checked);
            adopted.forEach(set -> changes.add(new Change.Put(set)));
            app = Adoption.rollout(app, adopted, now);
            changes.add(new Change.Put(app));
            String all = "accepted, " + instances(checked.replicas())
                    + (adopted.isEmpty() ? "" : ", " + adopted.size() + " of them adopted");
            return new Decided(changes, List.of(AppEvents.info(app, "Created", all, now)));
        };
    }

    /**
     * Gives the app another spec. A template that differs is a new release, and begins a rollout; one that a kept release
     * had is that release again. An update under way ends there: the newest template is what all instances come to, and
     * what they go back to on failure is still the last proven one.
     *
     * @param change from the spec as it is to the whole spec as it should be; throws {@link ProblemException}
     * @return throws, when decided: what the change throws, IMMUTABLE naming each field that cannot change in place while
     *     the strategy is gray, CONFLICT naming instances whose hosts have no room for it, and what {@link #create} throws
     */
    public static Decision update(
            String tenant,
            String name,
            UnaryOperator<AppSpec> change,
            boolean adopt,
            @Nullable Long ifRevision,
            Instant now) {
        return update(tenant, name, change, adopt, UpdateOptions.NONE, ifRevision, now);
    }

    /** The same, with what the caller accepts for the sake of another template. */
    public static Decision update(
            String tenant,
            String name,
            UnaryOperator<AppSpec> change,
            boolean adopt,
            UpdateOptions options,
            @Nullable Long ifRevision,
            Instant now) {
        return head -> {
            AppResource app = alive(head, tenant, name, ifRevision);
            AppSpec after = AppSpecRules.require(change.apply(app.spec()));
            if (!name.equals(after.name())) {
                throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                        "/name: an app keeps its name",
                        List.of(new Problem.FieldError("/name", "an app keeps its name", after.name()))));
            }
            return changed(head, app, after, adopt, false, options, now);
        };
    }

    /**
     * Wants so many instances.
     *
     * @param reason for the event, may be absent
     * @return throws, when decided, QUOTA
     * @throws ProblemException when the number is out of range
     */
    public static Decision scale(
            String tenant, String name, int replicas, @Nullable String reason, @Nullable Long ifRevision, Instant now) {
        AppSpecRules.requireReplicas(replicas);
        return head -> {
            AppResource app = alive(head, tenant, name, ifRevision);
            int before = app.spec().replicas();
            if (before == replicas) {
                return Decided.NOTHING;
            }
            ScaleDecisions.requireWithin(app.spec().scaling(), replicas);
            if (replicas == 0 && app.spec().roles() != null) {
                throw ProblemException.field("/replicas", "must be at least 1 with roles: one is primary", "0");
            }
            AppSpec after = app.spec().withReplicas(replicas);
            requireQuota(head, tenant(head, tenant), head.members(tenant, name), after);
            return Decided.of(
                    new Change.Put(ScaleDecisions.held(app.withSpec(after, app.release()), replicas, "hand", now)),
                    AppEvents.info(
                            app, "Scaled", before + " -> " + replicas + (reason == null ? "" : ": " + reason), now));
        };
    }

    /**
     * Removes the app and all its instances, gracefully: it is gone when the last of them is.
     *
     * @return throws, when decided, CONFLICT when another app requires it
     */
    public static Decision delete(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            AppResource app = existing(head, tenant, name, ifRevision);
            if (app.deleting()) {
                return Decided.NOTHING;
            }
            for (Resource other : head.resources(Kind.APP, tenant).values()) {
                boolean needs = other instanceof AppResource dependent
                        && !dependent.deleting()
                        && dependent.spec().requires().stream()
                                .anyMatch(each -> each.appOrEmpty().equals(name));
                if (needs) {
                    throw new ProblemException(Problem.Kind.CONFLICT, "app " + other.name() + " requires app " + name);
                }
            }
            AppResource deleting = app.withIntent(AppResource.Intent.DELETED);
            return Decided.of(new Change.Put(deleting), AppEvents.info(app, "Deleting", "asked to delete", now));
        };
    }

    /** The app with that spec. */
    static Decided changed(
            ClusterImage head,
            AppResource app,
            AppSpec after,
            boolean adopt,
            boolean afresh,
            UpdateOptions options,
            Instant now) {
        AppSpec before = app.spec();
        List<Change> changes = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        AppResource next = app;
        if (!before.equals(after)) {
            Requirements.check(head, app.tenant(), after);
            requireSameRoles(head, app, after);
            next = app.withSpec(after, app.release());
            if (!before.templateOrNone().equals(after.templateOrNone())) {
                next = released(head, app, after, afresh, options, changes, events, now);
            }
            String told = told(before, after);
            if (!told.isEmpty()) {
                events.add(AppEvents.info(
                        app, before.replicas().equals(after.replicas()) ? "Changed" : "Scaled", told, now));
            }
        }
        requireAdoptable(after, adopt);
        List<SetResource> adopted = adopt ? Adoption.of(head, next, now) : List.of();
        List<SetResource> own = new ArrayList<>(head.members(app.tenant(), app.name()));
        own.addAll(adopted);
        requireQuota(head, tenant(head, app.tenant()), own, after);
        adopted.forEach(set -> changes.add(new Change.Put(set)));
        if (!adopted.isEmpty()) {
            events.add(AppEvents.info(app, "Adopted", adopted.size() + " sets became its instances", now));
            next = Adoption.rollout(next, adopted, now);
        }
        if (!next.equals(app)) {
            changes.add(new Change.Put(next));
        }
        return new Decided(changes, events);
    }

    /** The app at the release that its new template is, with a rollout to it. */
    private static AppResource released(
            ClusterImage head,
            AppResource app,
            AppSpec after,
            boolean afresh,
            UpdateOptions options,
            List<Change> changes,
            List<Event> events,
            Instant now) {
        SetSpec template = after.templateOrNone();
        Rollout was = app.status().rollout();
        int proven = was == null ? app.release() : was.proven();
        requireInPlace(head, app, after, proven, options);
        int number = Releases.number(head, app, template);
        if (head.release(app.tenant(), app.name(), number) == null) {
            changes.add(new Change.Put(Releases.make(app.tenant(), app.name(), app.uid(), number, template, now)));
        }
        boolean paused = was != null && was.state() == Rollout.State.PAUSED && !afresh;
        int batch = was == null ? 1 : was.batch() + 1;
        Rollout rollout = new Rollout(
                        paused ? Rollout.State.PAUSED : Rollout.State.UPDATING,
                        proven,
                        number,
                        batch,
                        batch,
                        now,
                        null,
                        null)
                .accepting(options.force(), options.move());
        AppResource next = app.withSpec(after, number);
        changes.addAll(Releases.drop(head, next, rollout));
        events.add(AppEvents.info(
                app,
                "RolloutStarted",
                "release " + app.release() + " -> " + number
                        + (was != null && was.active() ? ", in the place of the rollout to " + was.to() : ""),
                now));
        return next.withStatus(app.status().withRollout(rollout));
    }

    /** In place, not everything can change; told now, with the fields, and not when the first instance is reached. */
    private static void requireInPlace(
            ClusterImage head, AppResource app, AppSpec after, int proven, UpdateOptions options) {
        if (after.update().strategy() != UpdatePolicy.Strategy.GRAY
                || head.members(app.tenant(), app.name()).isEmpty()) {
            return;
        }
        SetSpec wanted = after.placed(after.templateOrNone()).instance(app.name(), 1);
        var kept = head.release(app.tenant(), app.name(), proven);
        SetSpec was = app.spec()
                .placed(kept == null ? app.spec().templateOrNone() : kept.template())
                .instance(app.name(), 1);
        try {
            OwnedSets.requireInPlace(was, wanted);
        } catch (ProblemException e) {
            List<Problem.FieldError> errors = e.problem().errors().stream()
                    .map(each -> new Problem.FieldError("/template" + each.field(), each.rule(), each.value()))
                    .toList();
            String first = errors.isEmpty()
                    ? e.getMessage()
                    : errors.getFirst().field() + ": " + errors.getFirst().rule();
            throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                    first + "; with \"update\": {\"strategy\": \"rolling\"} whole sets are replaced", errors));
        }
        InstanceRoom.require(head, app, after.templateOrNone(), options);
    }

    /** Containers see their role in a mount, and the rule that keeps them apart holds when they are placed. */
    private static void requireSameRoles(ClusterImage head, AppResource app, AppSpec after) {
        AppRoles was = app.spec().roles();
        AppRoles is = after.roles();
        boolean appears = (was == null) != (is == null);
        boolean apart = was != null && is != null && was.apart() != is.apart();
        if ((appears || apart) && !head.members(app.tenant(), app.name()).isEmpty()) {
            String field = appears ? "/roles" : "/roles/apart";
            String rule = "cannot change while the app has instances: their containers are made, and placed, for it. "
                    + "The commands, container, fence and promote can";
            throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                    field + ": " + rule, List.of(new Problem.FieldError(field, rule, null))));
        }
    }

    private static void requireAdoptable(AppSpec spec, boolean adopt) {
        if (adopt && spec.roles() != null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "an app with roles adopts no sets: their containers would not see their role");
        }
    }

    /** @param own the sets that are the app's already, or become so */
    static void requireQuota(ClusterImage head, TenantResource tenant, List<SetResource> own, AppSpec after) {
        Usage before = head.usageOf(tenant.name());
        Usage others = before;
        for (SetResource set : own) {
            others = others.minus(Usage.of(set));
        }
        Quotas.require(
                tenant, before, others.plus(Usage.of(after.templateOrNone()).times(after.replicas())));
    }

    private static String told(AppSpec before, AppSpec after) {
        List<String> told = new ArrayList<>();
        if (!before.replicas().equals(after.replicas())) {
            told.add(before.replicas() + " -> " + after.replicas());
        }
        if (!before.update().equals(after.update())) {
            told.add("the way of updating");
        }
        if (!before.budget().equals(after.budget())) {
            told.add("budget " + before.budget() + " -> " + after.budget());
        }
        if (!before.requires().equals(after.requires())) {
            told.add("required apps");
        }
        if (!Objects.equals(before.roles(), after.roles())) {
            told.add("roles; of the primary they count from the next term on");
        }
        if (!before.labels().equals(after.labels())) {
            told.add("labels");
        }
        return String.join(", ", told);
    }

    /** In words. */
    static String instances(int many) {
        return many + (many == 1 ? " instance" : " instances");
    }

    static TenantResource tenant(ClusterImage head, String name) {
        TenantResource tenant = head.tenant(name);
        if (tenant == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + name);
        }
        return tenant;
    }

    /** @throws ProblemException of kind NOT_FOUND or STALE */
    static AppResource existing(ClusterImage head, String tenant, String name, @Nullable Long ifRevision) {
        AppResource app = head.app(tenant, name);
        if (app == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no app named " + name + " in tenant " + tenant);
        }
        if (ifRevision != null && ifRevision != app.revision()) {
            throw new ProblemException(
                    Problem.Kind.STALE, "app " + name + " is at revision " + app.revision() + ", not at " + ifRevision);
        }
        return app;
    }

    /** @throws ProblemException of kind NOT_FOUND, STALE or CONFLICT */
    static AppResource alive(ClusterImage head, String tenant, String name, @Nullable Long ifRevision) {
        AppResource app = existing(head, tenant, name, ifRevision);
        if (app.deleting()) {
            throw new ProblemException(Problem.Kind.CONFLICT, "app " + name + " is being deleted");
        }
        return app;
    }
}
