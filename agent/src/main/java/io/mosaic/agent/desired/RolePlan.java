package io.mosaic.agent.desired;

import io.mosaic.model.AppRoles;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetRole;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans the role of a set: what its containers are told, the command that follows, and the end of those whose demotion
 * failed. A set is to be primary only while the host's lease holds, and in no older term than it was told before; whatever
 * else is wanted, a primary that may no longer be is demoted first. Demoting needs no Docker: the files tell it, and where a
 * daemon does not answer in time, the processes are ended without it.
 */
final class RolePlan {
    private final Planning planning;
    private final SetRole role;
    private final RoleMemory memory;
    private final boolean daemon;

    private RolePlan(Planning planning, SetRole role, RoleMemory memory, boolean daemon) {
        this.planning = planning;
        this.role = role;
        this.memory = memory;
        this.daemon = daemon;
    }

    /**
     * Adds the steps that are due.
     *
     * @param daemon whether Docker is thought to answer and the set's containers are known; if not, only what needs neither
     */
    static void of(Planning planning, boolean daemon) {
        SetRole role = planning.goal.set().intent().role();
        if (role == null) {
            return;
        }
        // What is removed is told nothing new, but must not be primary for longer than it may either.
        boolean goes = planning.goal.set().intent().run() == SetIntent.Run.DELETED;
        RoleMemory memory = planning.memory().role();
        if (memory == null) {
            planning.step(new Step.ReadRole());
        } else if (!goes || memory.primary() || (memory.is() != null && !memory.confirmed() && runs(planning))) {
            new RolePlan(planning, role, memory, daemon).plan();
        }
    }

    /** Whether containers may be made and started: they find what they are. */
    static boolean ready(Planning planning) {
        SetRole role = planning.goal.set().intent().role();
        RoleMemory memory = planning.memory().role();
        return role == null
                || (memory != null
                        && memory.is() != null
                        && !memory.ending()
                        && !(memory.primary() && !new RolePlan(planning, role, memory, true).mayBePrimary()));
    }

    private void plan() {
        if (memory.is() != null && !memory.ending() && mayBePrimary()) {
            promote();
            return;
        }
        boolean older = memory.term() < role.term() && !role.primary();
        boolean write = memory.is() == null || memory.primary() || older;
        if (write) {
            long term = Math.max(memory.term(), role.term());
            boolean rests = memory.is() == null ? !anyRuns() : !memory.primary() && memory.confirmed();
            write(new Step.WriteRole(Part.STANDBY, term, rests));
        }
        if (memory.ending() || (!write && !memory.confirmed())) {
            demote();
        }
    }

    /** Whether the set is to be primary, has not failed to be, and no other host may have been given its role yet. */
    private boolean mayBePrimary() {
        boolean failed = memory.fault() != null && memory.faultTerm() == role.term();
        return role.primary() && role.term() >= memory.term() && !failed && within(role.demotes());
    }

    /** Whether the host's lease is younger than that; when it is, the planner runs again when it no longer is. */
    private boolean within(Duration limit) {
        Duration age = planning.leaseAge;
        return age != null && age.compareTo(limit) < 0 && !planning.reached(planning.now.plus(limit.minus(age)));
    }

    private void promote() {
        boolean told = memory.primary() && memory.term() == role.term();
        if (!told && daemon && (memory.primary() || actorRuns())) {
            // One that is primary already, and was not let go in between, is so in a later term without being told
            // twice.
            write(new Step.WriteRole(Part.PRIMARY, role.term(), memory.primary() && memory.confirmed()));
        } else if (told && !memory.confirmed() && daemon) {
            AppRoles.Command command = role.onPromote();
            ObservedContainer actor = actor();
            if (command == null) {
                write(new Step.ConfirmRole(Part.PRIMARY, memory.term()));
            } else if (actor != null && actor.running() && !busy()) {
                planning.step(new Step.RunRoleCommand(Part.PRIMARY, memory.term(), actor.id(), command));
            }
        }
    }

    /** The files say that it is standby: runs the command, or ends the containers where that is not possible. */
    private void demote() {
        AppRoles.Command command = role.onDemote();
        if (memory.ending()) {
            if (anyRuns()) {
                end();
            } else if (!memory.primary() && memory.is() != null && settled()) {
                write(new Step.ConfirmRole(Part.STANDBY, memory.term()));
            }
            return;
        }
        ObservedContainer actor = actor();
        boolean gone = actor == null || (!actor.running() && planning.settled(actor.name()));
        if (command == null || (daemon && gone)) {
            write(new Step.ConfirmRole(Part.STANDBY, memory.term()));
        } else if (!daemon || planning.busyWith(Step.roleCommandKey(Part.PRIMARY))) {
            // What hangs must not outlive the fence.
            if (urgent() && !within(role.fence().duration().minus(AppRoles.ENDING.duration()))) {
                end();
            }
        } else if (actor != null && actor.running() && !busy()) {
            planning.step(new Step.RunRoleCommand(Part.STANDBY, memory.term(), actor.id(), command));
        }
    }

    /** Whether it is the lease that ends the role here, and not a controller that waits for it. */
    private boolean urgent() {
        return !within(role.demotes());
    }

    private void end() {
        boolean urgent = urgent() || !daemon;
        for (ObservedContainer container : planning.seen.containers().values()) {
            if (!business(container) || !container.running()) {
                continue;
            }
            if (!urgent) {
                SetPlanner.end(planning, container);
            } else if (!planning.busyWith(Step.containerKey(container.name()))) {
                SetPlanner.wanted(planning, container.name());
                planning.act(new Step.EndProcesses(container.name(), container.id()));
            }
        }
    }

    private void write(Step step) {
        if (!planning.blockedAt(step.key())) {
            planning.step(step);
        }
    }

    private boolean busy() {
        return planning.busyWith(Step.roleCommandKey(Part.PRIMARY))
                || planning.busyWith(Step.roleCommandKey(Part.STANDBY));
    }

    private boolean anyRuns() {
        return runs(planning);
    }

    private static boolean runs(Planning planning) {
        return planning.seen.containers().values().stream().anyMatch(each -> business(each) && each.running());
    }

    private boolean settled() {
        return daemon && planning.seen.containers().keySet().stream().allMatch(planning::settled);
    }

    private static boolean business(ObservedContainer container) {
        return !container.name().equals(ContainerStatus.INFRA);
    }

    private boolean actorRuns() {
        ObservedContainer actor = actor();
        return actor != null && actor.running() && planning.settled(actor.name());
    }

    /** The container in which the commands are run: the one that serves, while another is to take its place. */
    private @Nullable ObservedContainer actor() {
        List<ContainerSpec> all = planning.blueprint.business();
        String named =
                role.container() == null && !all.isEmpty() ? all.getFirst().nameOrEmpty() : role.container();
        if (named == null) {
            return null;
        }
        ObservedContainer own = planning.seen.get(named);
        ObservedContainer next = planning.seen.get(Successor.of(named));
        return next != null && next.running() && (own == null || !own.running()) ? next : own;
    }
}
