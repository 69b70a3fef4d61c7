package io.mosaic.agent.desired;

import io.mosaic.agent.desired.ObservedContainer.Status;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans how containers that the spec has changed are replaced while their siblings run on: the new image is there and every
 * new container is made (its {@link Successor}) before the first old one stops, so that what is not served lasts from a stop
 * to a start. One after the other by index, each when the one before is up; the old one goes when the new one has started.
 *
 * <p>What is on the host says how far it got, so a crash anywhere is gone on from: an old one beside a successor that never
 * ran is to be stopped, or the successor is thrown away when the spec was changed back; a successor that ran has taken over.
 * The two never run at the same time.
 */
final class Replacements {
    private final Planning planning;
    private final Blueprint blueprint;
    private final ObservedSet seen;
    /** Containers that are not replaced yet, or not up; as far as the planner has come. */
    private final Set<String> atWork = new HashSet<>();

    Replacements(Planning planning) {
        this.planning = planning;
        this.blueprint = planning.blueprint;
        this.seen = planning.seen;
    }

    /** Whether that container runs or ran as the spec no longer says, so that another must take its place. */
    boolean due(String name) {
        ObservedContainer old = seen.get(name);
        return old != null
                && (old.status() == Status.RUNNING || old.status() == Status.ENDED)
                && blueprint.outdated(name, old.hash());
    }

    /** The container that is to take the place of that one, made as the spec says; null when there is none yet. */
    @Nullable
    ObservedContainer successor(String name) {
        ObservedContainer next = seen.get(Successor.of(name));
        return next == null
                        || next.status() == Status.BROKEN
                        || !planning.settled(next.name())
                        || blueprint.outdated(name, next.hash())
                ? null
                : next;
    }

    /** Names whose successor is still to be made. */
    List<String> toMake() {
        List<String> names = new ArrayList<>();
        for (ContainerSpec spec : blueprint.business()) {
            String name = spec.nameOrEmpty();
            if (due(name) && seen.get(Successor.of(name)) == null) {
                names.add(name);
            }
        }
        return names;
    }

    /** Whether all that are due have their successor. */
    boolean allMade() {
        return blueprint.business().stream()
                .map(ContainerSpec::nameOrEmpty)
                .allMatch(name -> !due(name) || successor(name) != null);
    }

    /** Whether a container that is no longer wanted, or not as it is, is to be kept as a successor. */
    boolean keeps(ObservedContainer container) {
        String name = Successor.original(container.name());
        if (!Successor.is(container.name()) || blueprint.business(name) == null) {
            return false;
        }
        if (container.status() == Status.BROKEN) {
            return false;
        }
        boolean ran = container.status() != Status.CREATED;
        return ran || (!blueprint.outdated(name, container.hash()) && (due(name) || seen.get(name) == null));
    }

    /**
     * Lets successors that have started take the name of those whose place they took; says whether any has not yet. They do
     * so whatever the spec says by now: only then it can be told what is to be done about them.
     */
    static boolean unfinished(Planning planning) {
        boolean any = false;
        for (ContainerSpec spec : planning.blueprint.business()) {
            String name = spec.nameOrEmpty();
            ObservedContainer old = planning.seen.get(name);
            ObservedContainer next = planning.seen.get(Successor.of(name));
            boolean ran = next != null && (next.status() == Status.RUNNING || next.status() == Status.ENDED);
            boolean alone = next != null && next.status() == Status.CREATED && old == null;
            if (next == null || !(ran || alone)) {
                continue;
            }
            any = true;
            if (old != null) {
                SetPlanner.remove(planning, old);
            } else if (planning.settled(name) && planning.settled(next.name())) {
                planning.act(new Step.Rename(next.name(), next.id(), name));
            }
        }
        return any;
    }

    /** The key of the container that stands for that name now: its successor from when the old one has ended. */
    String acting(String name) {
        ObservedContainer old = seen.get(name);
        ObservedContainer next = seen.get(Successor.of(name));
        if (next == null) {
            return name;
        }
        boolean handedOver = old == null || (due(name) && ended(old) && successor(name) != null);
        return handedOver || next.status() != Status.CREATED ? next.name() : name;
    }

    /** Whether it is certain that no successor of that container runs: the spec may have changed back while one starts. */
    boolean noSuccessorRuns(String name) {
        ObservedContainer next = seen.get(Successor.of(name));
        return planning.settled(Successor.of(name)) && (next == null || !next.running());
    }

    /** Whether it is certain that the container whose place a successor takes does not run. */
    boolean oldRests(String name) {
        ObservedContainer old = seen.get(name);
        return old == null ? planning.settled(name) : ended(old);
    }

    /** What was just ended by us has ended, also when the daemon was not asked yet how. */
    private boolean ended(ObservedContainer old) {
        boolean byUs = planning.memory().of(old.name()).ending() == ContainerMemory.Ending.WANTED;
        return old.status() == Status.ENDED && (byUs || planning.settled(old.name()));
    }

    /** Notes that this container is not replaced yet, or not up: those of higher index wait. */
    void atWork(String name) {
        atWork.add(name);
    }

    /** Whether the set is told to serve no more for the sake of a replacement. */
    boolean draining() {
        return !atWork.isEmpty() && allMade();
    }

    /** Ends the old container, when all is there to take its place and those of lower index are up. */
    void handOver(ObservedContainer old) {
        if (Set.of(old.name()).equals(atWork) && planning.drained()) {
            SetPlanner.wanted(planning, old.name());
            planning.act(new Step.Stop(old.name(), old.id(), blueprint.stopping(old)));
        }
    }

    /**
     * Whether the successor may start although one of lower index is not up: a container that ran in this life of the set was
     * ended for it, and must not stay away longer than that takes.
     */
    boolean mustNotWait(String name) {
        ObservedContainer old = seen.get(name);
        ObservedContainer infra = seen.get(ContainerStatus.INFRA);
        return old != null && infra != null && old.finished().isAfter(infra.started());
    }
}
