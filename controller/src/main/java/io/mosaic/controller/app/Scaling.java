package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** As many instances as are wanted: makes the missing ones, sends the surplus away. */
final class Scaling {

    /** How soon something that another app, a quota or a name is in the way of is tried again. */
    static final Duration RETRY = Duration.ofSeconds(2);

    private Scaling() {}

    static void step(AppLook look) {
        int missing = look.missing();
        if (missing > 0) {
            grow(look, missing);
        }
        List<SetResource> staying = look.staying();
        int surplus = staying.size() - look.app().spec().replicas();
        if (surplus > 0) {
            int most = Math.min(surplus, AppReconcile.CHANGES_MAX);
            for (SetResource victim : Victims.pick(look.view(), staying, most)) {
                if (look.full()) {
                    return;
                }
                AppReconcile.dismiss(look, victim);
            }
        }
    }

    private static void grow(AppLook look, int missing) {
        String wait = waitsFor(look.view(), look.app());
        if (wait != null) {
            look.because(wait);
            look.again(RETRY);
            return;
        }
        // Until a release is proven, what is added to an app is of the one before it.
        Rollout rollout = look.rollout();
        int release = rollout == null ? look.app().release() : rollout.proven();
        int revived = revive(look, missing, release);
        int batch = rollout != null && rollout.state() == Rollout.State.REVERTING ? rollout.batch() : 0;
        create(look, missing - revived, release, batch);
    }

    /** Keeps sets that were to leave and are still there. */
    private static int revive(AppLook look, int most, int release) {
        int revived = 0;
        for (SetResource set : look.members()) {
            AppMember member = Members.of(set);
            if (revived < most
                    && !look.full()
                    && member.leaves()
                    && member.release() == release
                    && set.intent().run() == SetIntent.Run.STOPPED
                    && set.status().host() != null
                    && set.status().state() != SetState.LOST) {
                look.take(OwnedSets.start(set.withApp(member.leaving(false)), look.now()));
                look.tell(set, "Stays", "is wanted again");
                revived++;
            }
        }
        return revived;
    }

    /**
     * Makes so many instances, under the lowest free numbers.
     *
     * @param batch of the rollout that they are part of, 0 for none
     * @return how many were made
     */
    static int create(AppLook look, int many, int release, int batch) {
        AppResource app = look.app();
        SetSpec template = look.template(release);
        if (template == null) {
            look.because("release " + release + " is not kept");
            return 0;
        }
        int made = 0;
        for (int instance : free(look.view(), app, look::taken, many)) {
            if (look.full()) {
                break;
            }
            SetSpec spec = template.instance(app.name(), instance);
            AppMember member = new AppMember(app.name(), instance, release, batch, look.now());
            if (batch > 0) {
                // What an update makes anew is judged before it gets its weight, and when it has a host.
                member = member.muted(true).waiting(true, look.now());
            }
            try {
                look.take(OwnedSets.create(
                        look.view(),
                        app.tenant(),
                        spec,
                        member,
                        Primaries.fresh(look.app()),
                        look.id(spec.nameOrEmpty()),
                        look.now()));
                made++;
            } catch (ProblemException e) {
                look.because(String.valueOf(e.getMessage()));
                look.again(RETRY);
                break;
            }
        }
        return made;
    }

    /** The lowest numbers that no member has, and whose names no other set has. */
    static List<Integer> free(ClusterImage image, AppResource app, IntPredicate taken, int many) {
        List<Integer> free = new ArrayList<>();
        // No more sets than that can be in the way.
        int last = AppSpecRules.REPLICAS_MAX * 2;
        for (int instance = 1; instance <= last && free.size() < many; instance++) {
            if (!taken.test(instance)
                    && image.set(app.tenant(), AppSpecRules.instanceName(app.name(), instance)) == null) {
                free.add(instance);
            }
        }
        return free;
    }

    /** What the app must wait for before it grows; null when nothing. */
    static @Nullable String waitsFor(ClusterImage image, AppResource app) {
        for (AppSpec.Requirement each : app.spec().requires()) {
            AppResource other = image.app(app.tenant(), each.appOrEmpty());
            if (other == null) {
                return "waits for app " + each.app() + ", which is not there";
            }
            int needed = each.healthy().of(other.spec().replicas());
            long serving = image.members(other.tenant(), other.name()).stream()
                    .filter(Members::serves)
                    .count();
            if (serving < needed) {
                return "waits for app " + each.app() + ": " + serving + " of " + needed + " healthy";
            }
        }
        return null;
    }
}
