package io.mosaic.controller.app;

import io.mosaic.controller.set.OwnedSets;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Interval;
import io.mosaic.model.Portion;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.UpdatePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a rollout one step further. An instance is <em>chosen</em> when its membership carries the number of the batch under
 * way, and <em>changed</em> when it carries the release that it is to come to: so that whoever looks next knows what was begun.
 */
final class RolloutStep {

    /** Restarts in a row after which a container that ended is not given until the deadline. */
    private static final int RESTARTS_MAX = 3;

    private static final String PAUSES = "pauses between two batches";

    private final AppLook look;
    private final AppResource app;
    private final UpdatePolicy policy;
    private final InstanceUpdate instances;

    RolloutStep(AppLook look) {
        this.look = look;
        this.app = look.app();
        this.policy = app.spec().update();
        this.instances = new InstanceUpdate(look);
    }

    void step() {
        Rollout rollout = look.rollout();
        if (rollout == null) {
            return;
        }
        switch (rollout.state()) {
            case UPDATING -> update(rollout);
            case WAITING -> await(rollout);
            case PAUSED -> {
                look.because("paused");
                String fault = finishBegun(rollout);
                if (fault != null) {
                    look.because(fault);
                }
            }
            case REVERTING -> revertAll(rollout);
            case FAILED -> revertBatch(rollout);
            case DONE, REVERTED -> {}
        }
    }

    private void update(Rollout rollout) {
        String fault = fault(rollout);
        fault = fault == null ? finishBegun(rollout) : fault;
        fault = fault == null ? begin(rollout) : fault;
        if (fault != null) {
            fail(rollout, fault);
        } else if (!look.full()) {
            judge(rollout);
        }
    }

    private void await(Rollout rollout) {
        String fault = fault(rollout);
        if (fault != null) {
            fail(rollout, fault);
        } else if (look.past(app.uid(), rollout.since(), policy.pause().duration())) {
            nextBatch(rollout);
        } else {
            look.because(PAUSES);
        }
    }

    private void nextBatch(Rollout rollout) {
        Rollout next = rollout.next(look.now());
        look.put(next);
        update(next);
    }

    private boolean chosen(SetResource set, Rollout rollout) {
        return Members.of(set).batch() == rollout.batch();
    }

    private static boolean changed(SetResource set, Rollout rollout) {
        return Members.of(set).release() == rollout.to();
    }

    /** Why the batch has failed, null as long as it has not. */
    private @Nullable String fault(Rollout rollout) {
        for (SetResource set : look.staying()) {
            if (!chosen(set, rollout) || !changed(set, rollout) || asAsked(set)) {
                continue;
            }
            SetState state = set.status().state();
            Interval deadline = policy.deadline();
            if (waitsForHost(set)) {
                continue;
            }
            String how = set.name() + ": " + state
                    + (set.status().reason() == null ? "" : " (" + set.status().reason() + ")");
            if (state == SetState.FAILED && crashes(set)) {
                return how;
            }
            // What it may take to end what was there says nothing of what comes.
            if (look.past(
                    set.uid(), Members.of(set).since(), deadline.duration().plus(ending(set, rollout)))) {
                return "not healthy within " + deadline + ": " + how;
            }
        }
        return null;
    }

    /** How long the containers that make way in that set may take to end. */
    private Duration ending(SetResource set, Rollout rollout) {
        SetSpec before = look.template(rollout.from());
        return before == null || !instances.inPlace() ? Duration.ZERO : OwnedSets.timeToEnd(before, set.spec());
    }

    /** One that runs for another reason than that it is as it should be, such as a limit that cannot be put in force, has one. */
    private static boolean asAsked(SetResource set) {
        return Members.runs(set) && set.status().reason() == null;
    }

    /** That it has no host says nothing of the release: its deadline counts from when it has one. */
    private boolean waitsForHost(SetResource set) {
        AppMember member = Members.of(set);
        SetState state = set.status().state();
        boolean waits = state == SetState.PENDING || state == SetState.LOST;
        if (waits != member.waitsForHost()) {
            look.put(set.withApp(member.waiting(waits, look.now())));
            look.again(Duration.ZERO);
        }
        return waits || member.waitsForHost();
    }

    private static boolean crashes(SetResource set) {
        return set.status().observedGeneration() >= set.generation()
                && set.status().containers().stream()
                        .anyMatch(each -> each.restarts() >= RESTARTS_MAX
                                && (each.state() == ContainerStatus.State.BACKOFF
                                        || each.state() == ContainerStatus.State.EXITED));
    }

    /** Changes what was chosen, and makes anew what was removed to be replaced. */
    private @Nullable String finishBegun(Rollout rollout) {
        for (SetResource set : look.staying()) {
            if (!chosen(set, rollout) || changed(set, rollout) || set.intent().run() != SetIntent.Run.RUNNING) {
                continue;
            }
            boolean drained = !Members.runs(set)
                    || look.past(
                            set.uid(), Members.of(set).since(), policy.drain().duration());
            if (drained && !look.full()) {
                String fault = instances.change(set, rollout.to(), rollout.batch());
                if (fault != null) {
                    return fault;
                }
            }
        }
        int room = size(rollout) - chosen(rollout).size();
        int missing = Math.min(look.missing(), room);
        // What was replaced must come back, whatever the app would wait for to grow.
        boolean comesBack = !instances.inPlace();
        if (missing > 0 && (comesBack || Scaling.waitsFor(look.view(), app) == null)) {
            Scaling.create(look, missing, rollout.to(), rollout.batch());
        }
        return null;
    }

    /** Chooses as many as batch and budget allow: those first that serve nobody, for they cost nothing. */
    private @Nullable String begin(Rollout rollout) {
        int room = size(rollout) - chosen(rollout).size();
        int away = look.away();
        int limit = limit();
        for (SetResource set : outdated(rollout)) {
            if (room <= 0 || look.full()) {
                return null;
            }
            boolean stays = instances.staysUp(set, rollout.to());
            if (!stays && handsOver(set, rollout.to())) {
                continue;
            }
            boolean goes = Members.serves(set) && !stays;
            if (goes && away >= limit) {
                look.because(
                        away + " of " + app.spec().replicas() + " instances are away, and at most " + limit + " may");
                return null;
            }
            away += goes ? 1 : 0;
            room--;
            String fault = choose(set, rollout);
            if (fault != null) {
                return fault;
            }
        }
        return null;
    }

    private @Nullable String choose(SetResource set, Rollout rollout) {
        AppMember member = Members.of(set);
        if (Members.serves(set) && instances.staysUp(set, rollout.to())) {
            return instances.resize(set, rollout.to(), rollout.batch());
        }
        SetResource chosen = set.withApp(member.chosen(rollout.batch(), look.now()));
        if (!member.muted() && Members.runs(set)) {
            look.tell(set, "WeightChanged", "weight 100 -> 0: release " + rollout.to() + " comes");
            if (policy.drain().millis() > 0) {
                look.put(chosen);
                look.again(policy.drain().duration());
                return null;
            }
        }
        return instances.change(chosen, rollout.to(), rollout.batch());
    }

    /** Those that the rollout has not touched yet and can touch, in the order in which it does. */
    private List<SetResource> outdated(Rollout rollout) {
        List<SetResource> outdated = new ArrayList<>();
        for (SetResource set : look.staying()) {
            if (!changed(set, rollout)
                    && !chosen(set, rollout)
                    && !Members.replaced(set)
                    && !set.status().moves()
                    && set.status().state() != SetState.LOST) {
                outdated.add(set);
            }
        }
        // Sorting keeps the order by number among equals.
        outdated.sort(order());
        return outdated;
    }

    /** Those first that serve nobody, the primary last. */
    private Comparator<SetResource> order() {
        return Comparator.comparing((SetResource set) -> Primaries.mayBe(look.view(), set))
                .thenComparing(Members::serves);
    }

    /**
     * Whether it must wait, as it is primary: for others to come to that release, or for the switchover to one of them, which
     * begins here. A primary without others that stay is changed as it is.
     */
    private boolean handsOver(SetResource set, int release) {
        RolesStatus roles = look.app().status().roles();
        if (roles == null || !roles.holds(set)) {
            return false;
        }
        boolean between = roles.phase() != RolesStatus.Phase.HELD || roles.switchover() != null;
        if (!between && set.status().state() != SetState.RUNNING) {
            return false;
        }
        List<SetResource> others = look.staying().stream()
                .filter(each -> !roles.holds(each) && each.status().state() != SetState.LOST)
                .toList();
        boolean awaited = others.stream().anyMatch(each -> Members.of(each).release() != release);
        if (others.isEmpty()) {
            return false;
        }
        look.because(set.name() + " is primary, and is changed when another one has taken over");
        SetResource next = RoleStep.best(look, roles);
        if (!awaited && !between && next != null && AppReconcile.settled(look, next)) {
            RoleStep.begin(look, set, next, "release " + release + " comes");
        }
        return true;
    }

    private List<SetResource> chosen(Rollout rollout) {
        return look.staying().stream().filter(set -> chosen(set, rollout)).toList();
    }

    private int size(Rollout rollout) {
        boolean canary = rollout.batch() == rollout.first() && policy.canary() > 0;
        return canary
                ? policy.canary()
                : Math.max(1, policy.batch().of(app.spec().replicas()));
    }

    private int limit() {
        Portion most = policy.maxUnavailable();
        int budget = Budgets.limit(app);
        return most == null
                ? budget
                : Math.min(budget, Math.max(1, most.of(app.spec().replicas())));
    }

    /** Goes on when all chosen ones are well; those on hosts that do not answer are left for when they are back. */
    private void judge(Rollout rollout) {
        List<SetResource> chosen = chosen(rollout);
        boolean well = true;
        for (SetResource set : chosen) {
            boolean lost = set.status().state() == SetState.LOST;
            well &= lost || (changed(set, rollout) && asAsked(set) && AppReconcile.settled(look, set));
        }
        boolean left = look.missing() > 0 || !outdated(rollout).isEmpty();
        if (!well || (left && chosen.size() < size(rollout))) {
            return;
        }
        if (left) {
            look.tell("BatchDone", AppDecisions.instances(chosen.size()) + " healthy at release " + rollout.to());
            if (policy.pause().millis() > 0) {
                look.put(rollout.in(Rollout.State.WAITING, null, look.now()));
                look.because(PAUSES);
                look.again(policy.pause().duration());
            } else {
                nextBatch(rollout);
            }
            return;
        }
        long behind =
                look.staying().stream().filter(set -> !changed(set, rollout)).count();
        if (behind > 0) {
            look.because(behind + " instances cannot be reached, or make way for others");
            return;
        }
        look.put(rollout.in(Rollout.State.DONE, null, look.now()));
        look.tell("RolloutDone", "every instance is at release " + rollout.to());
    }

    private void fail(Rollout rollout, String fault) {
        AppResource current = look.app();
        SetSpec proven = look.template(rollout.from());
        String what = "release " + rollout.to() + ", batch " + (rollout.batch() - rollout.first() + 1) + ": " + fault;
        if (policy.onFailure() == UpdatePolicy.OnFailure.REVERT && rollout.from() != rollout.to() && proven != null) {
            Rollout back = new Rollout(
                    Rollout.State.REVERTING,
                    rollout.from(),
                    rollout.from(),
                    rollout.batch() + 1,
                    rollout.batch() + 1,
                    look.now(),
                    rollout.to(),
                    fault);
            look.put(current.withSpec(current.spec().withTemplate(proven), rollout.from())
                    .withStatus(current.status().withRollout(back)));
            look.warn("RolloutFailed", what + "; every instance goes back to release " + rollout.from());
        } else {
            look.put(new Rollout(
                    Rollout.State.FAILED,
                    rollout.from(),
                    rollout.to(),
                    rollout.batch(),
                    rollout.first(),
                    look.now(),
                    rollout.to(),
                    fault));
            look.warn(
                    "RolloutFailed", what + "; the batch goes back to release " + rollout.from() + ", the rest stays");
        }
        look.again(Duration.ZERO);
    }

    /** Every instance goes back, those that serve nobody at once. */
    private void revertAll(Rollout rollout) {
        List<SetResource> back = look.staying().stream()
                .filter(set -> !changed(set, rollout) && !Members.replaced(set))
                .toList();
        revert(back, rollout.to(), rollout.batch());
        if (look.full()) {
            return;
        }
        boolean all = look.missing() == 0;
        for (SetResource set : look.staying()) {
            boolean lost = set.status().state() == SetState.LOST;
            boolean well = changed(set, rollout) && (!chosen(set, rollout) || AppReconcile.settled(look, set));
            all &= lost || well;
        }
        if (all) {
            look.put(rollout.in(Rollout.State.REVERTED, rollout.reason(), look.now()));
            look.tell("Reverted", "every instance is back at release " + rollout.to());
        }
    }

    /** The batch that failed goes back; the rest of what was updated stays. */
    private void revertBatch(Rollout rollout) {
        if (rollout.from() != rollout.to()) {
            List<SetResource> back = look.staying().stream()
                    .filter(set -> chosen(set, rollout) && changed(set, rollout) && !Members.replaced(set))
                    .toList();
            revert(back, rollout.from(), 0);
        }
    }

    private void revert(List<SetResource> sets, int release, int batch) {
        List<SetResource> inOrder = new ArrayList<>(sets);
        inOrder.sort(order());
        int away = look.away();
        int limit = limit();
        for (SetResource set : inOrder) {
            if (look.full()) {
                return;
            }
            if (Members.serves(set) && instances.staysUp(set, release)) {
                complain(instances.resize(set, release, batch));
                continue;
            }
            if (handsOver(set, release)) {
                continue;
            }
            if (Members.serves(set) && away >= limit) {
                return;
            }
            if (Members.serves(set)) {
                away++;
                look.tell(set, "WeightChanged", "weight 100 -> 0: release " + release + " comes back");
            }
            complain(instances.change(set, release, batch));
        }
    }

    private void complain(@Nullable String fault) {
        if (fault != null) {
            look.because("cannot be put back: " + fault);
            look.again(Scaling.RETRY);
        }
    }
}
