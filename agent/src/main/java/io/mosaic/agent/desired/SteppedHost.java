package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A host's loop without threads: the same {@link Reconciler}, workers, planner and step runner, each given its turn by
 * whoever holds this, so that they run in simulated time. Dropping it is what a crash of the agent leaves: the desired
 * state as it was last saved, and the containers.
 *
 * <p>Not thread-safe.
 */
public final class SteppedHost {
    private final Reconciler reconciler;
    private final DesiredState desired;

    /** Who gives the turns. */
    public interface Turns {

        /** {@link Worker#turn} is due, soon. */
        void due(Worker worker);

        /** The step is to be done, some time; what comes of it makes another turn of its worker due. */
        void begin(Worker worker, Step step, Runnable doing);
    }

    /** Who looks after one set. Two are equal when they are the same worker. */
    public record Worker(UUID set, Object identity) {

        /**
         * Deals with what came and decides.
         *
         * @return when the next turn is due although nothing comes; null: not before something does
         */
        public @Nullable Instant turn() {
            return ((SetWorker) identity).round();
        }
    }

    public SteppedHost(
            Reconciler.Settings settings,
            HostDrivers drivers,
            DesiredState desired,
            HostListener listener,
            Clock clock,
            HostLease lease,
            Turns turns) {
        this.desired = desired;
        this.reconciler = new Reconciler(settings, drivers, desired, listener, clock, lease, new SetWorker.Turns() {
            @Override
            public void due(SetWorker worker) {
                turns.due(new Worker(worker.set().uid(), worker));
            }

            @Override
            public @Nullable Thread begin(SetWorker worker, Step step, Runnable doing) {
                turns.begin(new Worker(worker.set().uid(), worker), step, doing);
                return null;
            }
        });
    }

    /** Looks after the sets with roles already; once, when the agent starts. */
    public void attendRoles() {
        reconciler.attendRoles();
    }

    /** Asks the daemon whether it answers, and now and then the disk; every second. */
    public void watch() {
        reconciler.watch().round();
    }

    /** Whether limits are in the kernel as they were set. */
    public void lookAtLimits() {
        reconciler.lookAtLimits();
    }

    /** Looks at the whole host; false when that failed and is to be tried again soon. */
    public boolean look() {
        reconciler.lookDue();
        return reconciler.lookAgain();
    }

    /** Whether somebody wished for a look since the last one. */
    public boolean lookDue() {
        return reconciler.lookDue();
    }

    /** The daemon told that. */
    public void heard(Docker.DaemonEvent event) {
        reconciler.dispatch(event);
    }

    public void apply(ControllerMessage.Desired message) {
        reconciler.apply(message);
    }

    public void apply(ControllerMessage.Delta message) {
        reconciler.apply(message);
    }

    /** Whether any set has a role, so that the lease matters. */
    public boolean hasRoles() {
        return reconciler.hasRoles();
    }

    /** The lease holds again. */
    public void leaseHolds() {
        reconciler.leaseHolds();
    }

    /** Writes the desired state to disk. */
    public void save() throws IOException {
        desired.save();
    }

    public List<SetReport> reports() {
        return reconciler.reports();
    }

    /** Why the host should take no new sets; null when all is well. */
    public @Nullable String degraded() {
        return reconciler.degraded();
    }
}
