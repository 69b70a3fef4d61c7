package io.mosaic.controller.app;

import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.model.AppMember;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an app does about an instance that goes on failing, when its agent has restarted it in vain: first it is started
 * anew where it is, with the agent's back-off forgotten; then it is moved, if it has no volume to leave behind; then in
 * turns, ever more slowly. After {@value #REPAIRS_MAX} of these it is left to its agent, and the app says so. When much of
 * an app fails at once it is the app and not its hosts: nothing is moved then. What has lost its host is the rebuild's.
 */
final class Repairs {

    static final int REPAIRS_MAX = 5;

    /** From here on it counts as a crash loop. */
    static final int LOOPS_FROM = 3;

    /** Longer than the agent's first six waits together, so that it has tried for a while. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** An instance that has run for so long is well again. */
    static final Duration WELL = Duration.ofMinutes(10);

    private Repairs() {}

    /** Whether it fails again and again, whatever was done. */
    static boolean loops(SetResource set) {
        return Members.of(set).repairsOrNone() >= LOOPS_FROM && !Members.serves(set);
    }

    static void step(AppLook look) {
        List<SetResource> staying = look.staying();
        long failing = staying.stream().filter(Repairs::fails).count();
        boolean mayMove = failing <= Math.max(1, staying.size() / 2);
        for (SetResource set : staying) {
            if (look.full()) {
                return;
            }
            AppMember member = Members.of(set);
            if (member.repairsOrNone() > 0 && Members.runs(set)) {
                if (look.past(set.uid(), set.status().since(), WELL)) {
                    look.put(set.withApp(member.well()));
                }
            } else if (fails(set) && !judged(look.rollout(), member)) {
                repair(look, set, mayMove);
            }
        }
    }

    private static boolean fails(SetResource set) {
        return set.intent().run() == SetIntent.Run.RUNNING
                && set.status().state() == SetState.FAILED
                && set.status().observedGeneration() >= set.generation()
                && !set.status().moves()
                && set.spec().restart().policy() != RestartPolicy.Mode.NEVER;
    }

    /** What is part of a batch is judged with it. */
    private static boolean judged(@Nullable Rollout rollout, AppMember member) {
        return rollout != null && rollout.active() && member.batch() == rollout.batch();
    }

    private static void repair(AppLook look, SetResource set, boolean mayMove) {
        AppMember member = Members.of(set);
        int before = member.repairsOrNone();
        if (before >= REPAIRS_MAX) {
            return;
        }
        Instant repaired = member.repaired();
        if (!look.past(set.uid(), set.status().since(), PATIENCE)
                || (repaired != null && !look.past(set.uid(), repaired, PATIENCE.multipliedBy(1L << before)))) {
            return;
        }
        String host = set.status().host();
        boolean keepsVolume = set.spec().volume() != null
                && !set.spec().restart().rebuildOrDefault().loseVolume();
        boolean moves = host != null && before % 2 == 1 && mayMove && !keepsVolume;
        if (host != null && moves) {
            look.put(set.withApp(member.repaired(look.now(), host)));
            look.take(MoveDecisions.begin(look.view(), set.uid(), host, look.now()));
        } else {
            look.take(OwnedSets.restart(set.withApp(member.repaired(look.now(), null)), look.now()));
        }
        look.tell(
                set,
                "Repair",
                moves ? "goes on failing on host " + host + ": is moved" : "goes on failing: starts anew");
        if (before + 1 == LOOPS_FROM) {
            String reason = set.status().reason();
            look.warn("CrashLoop", set.name() + " fails again and again" + (reason == null ? "" : ": " + reason));
        }
    }
}
