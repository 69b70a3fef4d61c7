package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Kind;
import io.mosaic.model.Placement;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes sets that exist the instances of an app, as they are: their containers run on, and come to the template by batches
 * where they differ from it. They keep their names.
 */
final class Adoption {

    private Adoption() {}

    /**
     * The sets that no app owns and that should run, with the label {@code app} of that app's name, as its members.
     *
     * @throws ProblemException of kind CONFLICT when there would be more than are wanted, or when one of them cannot come
     *     to the template in place
     */
    static List<SetResource> of(ClusterImage head, AppResource app, Instant now) {
        List<SetResource> fitting = new ArrayList<>();
        for (Resource resource : head.resources(Kind.SET, app.tenant()).values()) {
            if (resource instanceof SetResource set
                    && set.app() == null
                    && app.name().equals(set.spec().labels().get(Placement.APP_LABEL))
                    && set.intent().run() == SetIntent.Run.RUNNING) {
                fitting.add(set);
            }
        }
        Set<Integer> taken = new HashSet<>();
        head.members(app.tenant(), app.name())
                .forEach(set -> taken.add(Members.of(set).instance()));
        if (fitting.size() + taken.size() > app.spec().replicas()) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    fitting.size() + " sets would be adopted and the app has " + taken.size() + " instances: with "
                            + app.spec().replicas() + " replicas some would be removed; ask for more replicas");
        }
        List<SetResource> adopted = new ArrayList<>();
        for (SetResource set : fitting) {
            int instance = number(app, set, taken);
            taken.add(instance);
            SetSpec wanted =
                    app.spec().templateOrNone().instance(app.name(), instance).withName(set.name());
            requireInPlace(app, set, wanted);
            int release = set.spec().equals(wanted) ? app.release() : 0;
            adopted.add(set.withApp(new AppMember(app.name(), instance, release, 0, now)));
        }
        return adopted;
    }

    private static void requireInPlace(AppResource app, SetResource set, SetSpec wanted) {
        if (app.spec().update().strategy() == UpdatePolicy.Strategy.ROLLING) {
            return;
        }
        try {
            OwnedSets.requireInPlace(set.spec(), wanted);
        } catch (ProblemException e) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "set " + set.name() + " cannot come to the template in place: " + e.getMessage());
        }
    }

    /** The app, which adopted these, with a rollout for those that differ from its template. */
    static AppResource rollout(AppResource app, List<SetResource> adopted, Instant now) {
        Rollout was = app.status().rollout();
        boolean differ = adopted.stream().anyMatch(set -> Members.of(set).release() != app.release());
        if (!differ || (was != null && was.active() && was.to() == app.release())) {
            return app;
        }
        int batch = was == null ? 1 : was.batch() + 1;
        Rollout rollout =
                new Rollout(Rollout.State.UPDATING, app.release(), app.release(), batch, batch, now, null, null);
        return app.withStatus(app.status().withRollout(rollout));
    }

    /** The number that its name says, else the lowest that is free. */
    private static int number(AppResource app, SetResource set, Set<Integer> taken) {
        String prefix = app.name() + "-";
        String rest = set.name().startsWith(prefix) ? set.name().substring(prefix.length()) : "";
        if (rest.matches("[0-9]{1,6}")) {
            int said = Integer.parseInt(rest);
            if (said > 0 && AppSpecRules.instanceName(app.name(), said).equals(set.name()) && !taken.contains(said)) {
                return said;
            }
        }
        int free = 1;
        while (taken.contains(free)) {
            free++;
        }
        return free;
    }
}
