package io.mosaic.controller.app;

import io.mosaic.controller.set.OwnedSets;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.UpdatePolicy;
import org.jspecify.annotations.Nullable;

/** How one instance is brought to a release: with other limits while it serves, with containers replaced in it, or made anew. */
final class InstanceUpdate {

    private final AppLook look;
    private final AppResource app;
    private final UpdatePolicy policy;

    InstanceUpdate(AppLook look) {
        this.look = look;
        this.app = look.app();
        this.policy = app.spec().update();
    }

    /**
     * Whether the instance comes to that release with nothing of it stopped, so that it need not be taken out of service:
     * whatever the strategy, as long as nothing but limits differs.
     */
    boolean staysUp(SetResource set, int release) {
        SetSpec template = look.template(release);
        Rollout rollout = look.rollout();
        if (template == null || rollout == null) {
            return false;
        }
        // A whole set that has no room is made anew where it has.
        UpdateOptions options = new UpdateOptions(rollout.forces(), rollout.moves() || !inPlace());
        return OwnedSets.staysUp(look.view(), set, spec(set, template), options);
    }

    /** Whether containers are replaced in the running set, and not whole sets. */
    boolean inPlace() {
        return policy.strategy() == UpdatePolicy.Strategy.GRAY;
    }

    /**
     * Brings it to that release while it serves on; for one that {@link #staysUp}.
     *
     * @return why that cannot be, null when it is begun
     */
    @Nullable
    String resize(SetResource set, int release, int batch) {
        return given(set, Members.of(set).resized(release, batch, look.now()), release);
    }

    /** That template for this instance; its volume never shrinks. */
    private SetSpec spec(SetResource set, SetSpec template) {
        SetSpec own = template.instance(app.name(), Members.of(set).instance()).withName(set.name());
        return set.status().host() == null || !inPlace() ? own : own.keepingVolume(set.spec());
    }

    private static UpdateOptions options(Rollout rollout) {
        return new UpdateOptions(rollout.forces(), rollout.moves());
    }

    /**
     * Begins to bring the set to that release: in place, or by stopping it to be made anew.
     *
     * @return why that cannot be, null when it is begun
     */
    @Nullable
    String change(SetResource set, int release, int batch) {
        SetSpec template = look.template(release);
        if (template == null) {
            return "release " + release + " is not kept";
        }
        AppMember member = Members.of(set);
        boolean anew = !inPlace() && set.status().host() != null;
        if (anew) {
            look.take(OwnedSets.stop(set.withApp(member.chosen(batch, look.now())), look.now()));
            return null;
        }
        return given(set, member.at(release, batch, look.now()), release);
    }

    private @Nullable String given(SetResource set, AppMember member, int release) {
        SetSpec template = look.template(release);
        Rollout rollout = look.rollout();
        if (template == null || rollout == null) {
            return "release " + release + " is not kept";
        }
        try {
            look.take(OwnedSets.update(look.view(), set, spec(set, template), member, options(rollout), look.now()));
            return null;
        } catch (ProblemException e) {
            return set.name() + ": " + e.getMessage();
        }
    }
}
