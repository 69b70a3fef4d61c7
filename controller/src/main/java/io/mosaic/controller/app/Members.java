package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;

/** What a set is to the app that owns it. */
final class Members {

    private Members() {}

    /** The membership that every set of an app has. */
    static AppMember of(SetResource set) {
        AppMember member = set.app();
        if (member == null) {
            throw new IllegalStateException("set " + set.name() + " is of no app");
        }
        return member;
    }

    /** Whether it is on its way out for good. */
    static boolean leaves(SetResource set) {
        return of(set).leaves();
    }

    /** Whether it makes way for another set under its number: an update replaces it, or somebody deleted it. */
    static boolean replaced(SetResource set) {
        return !leaves(set) && set.intent().run() != SetIntent.Run.RUNNING;
    }

    /** Whether it runs, healthy where it is checked, as it was last asked to. */
    static boolean runs(SetResource set) {
        return set.intent().run() == SetIntent.Run.RUNNING
                && set.status().state() == SetState.RUNNING
                && set.status().observedGeneration() >= set.generation()
                && !set.status().moves();
    }

    /** Whether it serves: it runs, stays, and no update is about to touch it or has yet to judge it. */
    static boolean serves(SetResource set) {
        return (runs(set) || resizes(set)) && !leaves(set) && !of(set).muted();
    }

    /** Whether it gets other limits while all its containers run on. */
    private static boolean resizes(SetResource set) {
        return set.intent().run() == SetIntent.Run.RUNNING
                && set.status().state() == SetState.RESIZING
                && !set.status().moves();
    }

    /** How many of the instances that the app should have do not serve. */
    static int away(ClusterImage image, AppResource app) {
        int serving = 0;
        for (SetResource set : image.members(app.tenant(), app.name())) {
            serving += serves(set) ? 1 : 0;
        }
        return Math.max(0, app.spec().replicas() - serving);
    }
}
