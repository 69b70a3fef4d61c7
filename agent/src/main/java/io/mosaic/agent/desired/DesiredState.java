package io.mosaic.agent.desired;

import io.mosaic.model.link.DesiredSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the controller wants of this host, kept on disk so that it holds while no controller answers and after the agent
 * was restarted.
 *
 * <p>Thread-safe.
 */
public final class DesiredState {
    private final DesiredFiles files;
    private final Map<UUID, SetGoal> goals;
    /** Sets of which the disk does not know yet how they are now. */
    private final Set<UUID> unsaved = new HashSet<>();

    private boolean whole;
    /** Whether the disk knows that it is whole. */
    private boolean wholeSaved;

    private DesiredState(DesiredFiles files, DesiredFiles.Read read) {
        this.files = files;
        this.goals = new TreeMap<>(read.goals());
        this.whole = read.whole();
        this.wholeSaved = read.whole();
    }

    /**
     * Reads the file, and the journal beside it.
     *
     * @throws IOException when it exists and cannot be read; what cannot be understood is no fault: it is set aside and
     *     counts as none
     */
    public static DesiredState open(Path file) throws IOException {
        DesiredFiles files = new DesiredFiles(file);
        return new DesiredState(files, files.read());
    }

    /** Whether a whole desired state ever came, so that what it lacks may be removed. */
    public synchronized boolean whole() {
        return whole;
    }

    public synchronized Collection<SetGoal> goals() {
        return List.copyOf(goals.values());
    }

    /** Whether a set with a role is wanted. */
    public synchronized boolean hasRoles() {
        return goals.values().stream().anyMatch(goal -> goal.set().intent().role() != null);
    }

    public synchronized @Nullable SetGoal goal(UUID uid) {
        return goals.get(uid);
    }

    /** Takes the whole of what is wanted; returns the sets that are new, changed or gone. */
    public synchronized Set<UUID> replace(List<DesiredSet> sets) {
        Set<UUID> gone = new HashSet<>(goals.keySet());
        sets.forEach(set -> gone.remove(set.uid()));
        whole = true;
        return put(sets, gone);
    }

    /** Takes what changed; returns the sets that are new, changed or gone. */
    public synchronized Set<UUID> change(List<DesiredSet> sets, Collection<UUID> removed) {
        return put(sets, removed);
    }

    /** Writes to disk what changed since the last time; nothing happens when nothing did. */
    public synchronized void save() throws IOException {
        if (whole != wholeSaved) {
            files.keepAll(whole, goals.values());
        } else if (!unsaved.isEmpty()) {
            List<SetGoal> put = new ArrayList<>();
            List<UUID> removed = new ArrayList<>();
            for (UUID uid : unsaved) {
                SetGoal goal = goals.get(uid);
                if (goal == null) {
                    removed.add(uid);
                } else {
                    put.add(goal);
                }
            }
            files.keep(whole, goals.values(), put, removed);
        }
        wholeSaved = whole;
        unsaved.clear();
    }

    /** Notes on disk that restarts of a set are acted on; must return before any container starts again. */
    public synchronized void noteRestarts(UUID uid, long restarts) throws IOException {
        SetGoal goal = goals.get(uid);
        if (goal != null && goal.restartsDone() < restarts) {
            goals.put(uid, new SetGoal(goal.set(), restarts));
            unsaved.add(uid);
            try {
                save();
            } catch (IOException e) {
                goals.put(uid, goal);
                throw e;
            }
        }
    }

    private Set<UUID> put(List<DesiredSet> sets, Collection<UUID> removed) {
        Set<UUID> changed = new HashSet<>();
        for (DesiredSet set : sets) {
            SetGoal before = goals.get(set.uid());
            if (before != null && before.set().generation() > set.generation()) {
                continue;
            }
            // Restarts asked for before the set came here have nothing to restart.
            long done = before == null ? set.intent().restarts() : before.restartsDone();
            SetGoal goal = new SetGoal(set, done);
            if (!goal.equals(before)) {
                goals.put(set.uid(), goal);
                changed.add(set.uid());
            }
        }
        for (UUID uid : removed) {
            if (goals.remove(uid) != null) {
                changed.add(uid);
            }
        }
        unsaved.addAll(changed);
        return changed;
    }
}
