package io.mosaic.proof.sim;

import io.mosaic.controller.cluster.Change;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.util.List;

/** Follows the log from a revision, now at one controller, now at another, and must see every change once and in order. */
final class SimWatcher {
    private static final int PAGE = 50;

    private final World world;
    private final Checker checker;
    private final List<SimController> controllers;
    private final String name;
    private int at;
    private long seen;

    SimWatcher(World world, Checker checker, List<SimController> controllers, String name) {
        this.world = world;
        this.checker = checker;
        this.controllers = controllers;
        this.name = name;
    }

    void start() {
        world.within(50, 800, () -> true, () -> {
            look();
            start();
        });
    }

    /** The last revision that it saw. */
    long seen() {
        return seen;
    }

    private void look() {
        SimController.Life life = controllers.get(at).life();
        if (life == null || world.chance(4)) {
            at = world.pick(controllers.size());
            return;
        }
        if (life.image().revision() < seen) {
            return;
        }
        try {
            for (Change change : life.log().changesAfter(seen, PAGE)) {
                Checker.require(
                        change.revision() == seen + 1, name + " is shown " + change.revision() + " after " + seen);
                checker.inHistory(name, change);
                seen = change.revision();
            }
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.COMPACTED)) {
                // As a client does: takes the whole state, and goes on from there.
                seen = life.image().revision();
                world.note(name, "lists anew at " + seen);
            } else if (!e.is(Problem.Kind.UNAVAILABLE)) {
                throw new Violation(name + " was refused: " + e.getMessage());
            }
        }
    }
}
