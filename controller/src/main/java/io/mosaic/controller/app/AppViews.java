package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Rollout;
import io.mosaic.model.RolloutView;
import io.mosaic.model.SetResource;
import io.mosaic.model.UpdatePolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** What people ask of an app beyond its resource: how far its rollout is, and what a change would do. */
public final class AppViews {

    private AppViews() {}

    /** How far the app's rollout is. */
    public static RolloutView rollout(ClusterImage image, AppResource app) {
        Rollout rollout = app.status().rollout();
        TreeMap<Integer, List<SetResource>> byRelease = new TreeMap<>(Comparator.reverseOrder());
        List<String> batch = new ArrayList<>();
        for (SetResource set : image.members(app.tenant(), app.name())) {
            if (Members.leaves(set)) {
                continue;
            }
            AppMember member = Members.of(set);
            byRelease
                    .computeIfAbsent(member.release(), any -> new ArrayList<>())
                    .add(set);
            if (rollout != null
                    && rollout.active()
                    && member.batch() == rollout.batch()
                    && batch.size() < AppPlan.NAMES_MAX) {
                batch.add(set.name());
            }
        }
        List<RolloutView.Count> releases = new ArrayList<>();
        byRelease.forEach((release, sets) -> releases.add(new RolloutView.Count(
                release, sets.size(), (int) sets.stream().filter(Members::runs).count())));
        return new RolloutView(app.name(), app.release(), rollout, app.spec().replicas(), releases, batch);
    }

    /**
     * What would become of the app's sets by that decision.
     *
     * @param fields what of its spec differs
     */
    public static AppPlan plan(ClusterImage image, Decided decided, ResourceKey key, List<AppPlan.Field> fields) {
        ClusterImage after = image;
        for (Change change : decided.changes()) {
            after = after.apply(change.at(after.revision() + 1));
        }
        AppResource app = after.app(key.tenant(), key.name());
        if (app == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no app named " + key.name());
        }
        List<SetResource> staying = after.members(app.tenant(), app.name()).stream()
                .filter(set -> !Members.leaves(set))
                .toList();
        Set<Integer> taken = new HashSet<>();
        after.members(app.tenant(), app.name())
                .forEach(set -> taken.add(Members.of(set).instance()));
        int wanted = app.spec().replicas();
        List<String> create = Scaling.free(after, app, taken::contains, Math.max(0, wanted - staying.size())).stream()
                .map(instance -> AppSpecRules.instanceName(app.name(), instance))
                .toList();
        List<String> delete = names(Victims.pick(after, staying, Math.max(0, staying.size() - wanted)));
        Set<String> gone = new HashSet<>(delete);
        List<String> update = staying.stream()
                .filter(set -> Members.of(set).release() != app.release())
                .map(SetResource::name)
                .filter(name -> !gone.contains(name))
                .toList();
        List<String> adopt = staying.stream()
                .map(SetResource::name)
                .filter(name -> {
                    SetResource before = image.set(key.tenant(), name);
                    return before != null && before.app() == null;
                })
                .toList();
        return new AppPlan(
                app.withRevision(0),
                fields,
                first(create),
                first(delete),
                first(update),
                first(adopt),
                create.size(),
                delete.size(),
                update.size(),
                adopt.size(),
                batches(app, update.size()));
    }

    private static int batches(AppResource app, int many) {
        UpdatePolicy policy = app.spec().update();
        int left = many;
        int batches = 0;
        if (left > 0 && policy.canary() > 0) {
            left -= policy.canary();
            batches++;
        }
        int size = Math.max(1, policy.batch().of(app.spec().replicas()));
        return batches + Math.max(0, Math.ceilDiv(left, size));
    }

    private static List<String> names(List<SetResource> sets) {
        return sets.stream().map(SetResource::name).toList();
    }

    private static List<String> first(List<String> names) {
        return names.subList(0, Math.min(names.size(), AppPlan.NAMES_MAX));
    }
}
