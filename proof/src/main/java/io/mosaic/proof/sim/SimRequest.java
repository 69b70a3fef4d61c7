package io.mosaic.proof.sim;

import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One wish of a client: sent under one key, late, lost and doubled, until it is answered. */
abstract class SimRequest {
    private final World world;
    private final Supplier<Faults> faults;
    private final Checker checker;
    private final List<SimController> controllers;
    private final String client;
    private final String key;
    private final String what;
    private boolean answered;

    /** @param what the wish in words; the same key never comes with another */
    SimRequest(
            World world,
            Supplier<Faults> faults,
            Checker checker,
            List<SimController> controllers,
            String client,
            String key,
            String what) {
        this.world = world;
        this.faults = faults;
        this.checker = checker;
        this.controllers = controllers;
        this.client = client;
        this.key = key;
        this.what = what;
    }

    /** What the controller that it arrives at decides. */
    abstract Decision decision(SimController.Life life);

    /** It was acknowledged. */
    abstract void granted();

    /** It was refused; says whether such a wish may be. */
    abstract boolean refused(ProblemException refusal);

    /** It was answered, in whatever way. */
    abstract void done();

    final void send() {
        world.note(client, key + ": " + what);
        int copies = world.chance(faults.get().messages()) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            boolean late = world.chance(faults.get().messages());
            world.within(1, late ? 8000 : 20, () -> true, this::arrive);
        }
        world.within(2000, 4000, () -> !answered, this::send);
    }

    private void arrive() {
        SimController controller = controllers.get(world.pick(controllers.size()));
        SimController.Life life = controller.life();
        if (life == null || world.chance(faults.get().messages() / 4)) {
            return;
        }
        ClusterLog.Idempotency idempotency = new ClusterLog.Idempotency("default/" + client, key, what);
        life.submit(
                new ClusterLog.Commit(decision(life), idempotency, 0),
                (committed, problem) -> answer(life, controller.name(), committed, problem));
    }

    private void answer(
            SimController.Life life,
            String controller,
            ClusterLog.@Nullable Committed committed,
            @Nullable Throwable problem) {
        boolean lost = world.chance(faults.get().messages() / 4);
        world.within(1, 20, () -> life.alive() && !lost, () -> {
            if (!answered) {
                heard(controller, committed, problem);
            }
        });
    }

    private void heard(String controller, ClusterLog.@Nullable Committed committed, @Nullable Throwable problem) {
        if (committed != null) {
            checker.acknowledged(key, committed);
            world.note(
                    client,
                    key + ": done by " + controller + " at " + committed.revision()
                            + (committed.replayed() ? ", replayed" : ""));
            granted();
        } else if (unwrapped(problem) instanceof ProblemException refusal) {
            if (refusal.is(Problem.Kind.UNAVAILABLE) || refusal.is(Problem.Kind.TIMEOUT)) {
                return;
            }
            Checker.require(refused(refusal), key + ": " + what + " was refused: " + refusal.getMessage());
            world.note(client, key + ": refused");
        } else {
            throw new Violation(key + " was answered by " + problem);
        }
        answered = true;
        done();
    }

    private static @Nullable Throwable unwrapped(@Nullable Throwable problem) {
        return problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
    }
}
