package io.mosaic.agent.desired;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.DesiredSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the controller wants of this host, kept on disk so that it holds while no controller answers and after the agent
 * was restarted. The file is replaced as a whole; one that is torn or not ours is set aside and counts as none.
 *
 * <p>Thread-safe.
 */
public final class DesiredState {
    private static final Logger LOG = LoggerFactory.getLogger(DesiredState.class);

    /** Env of containers may hold secrets. */
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final Map<UUID, SetGoal> goals = new TreeMap<>();
    private byte[] written = new byte[0];
    private boolean whole;

    private DesiredState(Path file) {
        this.file = file;
    }

    /**
     * The file's content.
     *
     * @param whole whether a whole desired state ever came; before that, what is not in it is not to be removed
     */
    record Saved(boolean whole, List<SetGoal> sets) {
        Saved {
            sets = sets == null ? List.of() : List.copyOf(sets);
        }
    }

    /**
     * Reads the file.
     *
     * @throws IOException when it exists and cannot be read; what cannot be understood is no fault
     */
    public static DesiredState open(Path file) throws IOException {
        DesiredState state = new DesiredState(file);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            LOG.info("no desired state is known yet: nothing is removed before a controller says what is wanted");
            return state;
        }
        try {
            Saved saved = Json.read(bytes, Saved.class);
            saved.sets().forEach(goal -> state.goals.put(goal.set().uid(), goal));
            state.whole = saved.whole();
            state.written = bytes;
        } catch (ProblemException | NullPointerException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".bad");
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            state.goals.clear();
            LOG.warn(
                    "the desired state is damaged, moved to {}; beginning with none until a controller answers: {}",
                    aside,
                    e.getMessage());
        }
        return state;
    }

    /** Whether a whole desired state ever came, so that what it lacks may be removed. */
    public synchronized boolean whole() {
        return whole;
    }

    public synchronized Collection<SetGoal> goals() {
        return List.copyOf(goals.values());
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
        byte[] bytes = Json.bytes(new Saved(whole, new ArrayList<>(goals.values())));
        if (!Arrays.equals(bytes, written)) {
            write(bytes);
            written = bytes;
        }
    }

    /** Notes on disk that restarts of a set are acted on; must return before any container starts again. */
    public synchronized void noteRestarts(UUID uid, long restarts) throws IOException {
        SetGoal goal = goals.get(uid);
        if (goal != null && goal.restartsDone() < restarts) {
            goals.put(uid, new SetGoal(goal.set(), restarts));
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
        return changed;
    }

    private void write(byte[] bytes) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + directory + " cannot replace a file atomically", e);
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
