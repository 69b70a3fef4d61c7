package io.mosaic.agent.desired;

import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The desired state on disk: a file with all of it, replaced as a whole, and a journal of what changed since, one line of
 * JSON a change. A host of a hundred sets so writes what one of them is, not what all are, when one changes. The
 * journal's number is in the file that it belongs to, so that lines of an older one are never taken for newer.
 *
 * <p>A last line that a crash cut short counts as not written; a damaged file is set aside and counts as none.
 *
 * <p>Not thread-safe.
 */
final class DesiredFiles {
    private static final Logger LOG = LoggerFactory.getLogger(DesiredFiles.class);

    /** Env of containers may hold secrets. */
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    /** A journal shorter than this is not worth a new file, however little that would hold. */
    private static final long JOURNAL_BYTES_MIN = 64 * 1024;

    private final Path file;
    /** Which journal goes on from the file; the file is there when it is not zero. */
    private long journal;

    private long fileBytes;
    /** How much of the journal is known to be whole; what is behind that is of a write that failed. */
    private long journalBytes;

    /**
     * The file's content.
     *
     * @param whole whether a whole desired state ever came; before that, what is not in it is not to be removed
     * @param journal number of the journal that goes on from here; absent in files from before there was one
     */
    record Saved(
            boolean whole, List<SetGoal> sets, @Nullable Long journal) {
        Saved {
            sets = sets == null ? List.of() : List.copyOf(sets);
        }
    }

    /** One line of the journal. */
    record Line(List<SetGoal> put, List<UUID> removed) {
        Line {
            put = put == null ? List.of() : List.copyOf(put);
            removed = removed == null ? List.of() : List.copyOf(removed);
        }
    }

    /** What was on disk. */
    record Read(boolean whole, Map<UUID, SetGoal> goals) {
        private static final Read NOTHING = new Read(false, Map.of());
    }

    DesiredFiles(Path file) {
        this.file = file;
    }

    /**
     * Reads what there is.
     *
     * @throws IOException when it exists and cannot be read; what cannot be understood is no fault
     */
    Read read() throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            LOG.info("no desired state is known yet: nothing is removed before a controller says what is wanted");
            return Read.NOTHING;
        }
        try {
            Saved saved = PeerJson.read(bytes, Saved.class);
            Map<UUID, SetGoal> goals = new TreeMap<>();
            saved.sets().forEach(goal -> goals.put(goal.set().uid(), goal));
            Long number = saved.journal();
            journal = number == null ? 0 : number;
            fileBytes = bytes.length;
            replay(goals);
            return new Read(saved.whole(), goals);
        } catch (ProblemException | NullPointerException e) {
            Path aside = file.resolveSibling(file.getFileName() + ".bad");
            Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            Files.deleteIfExists(journalFile());
            journal = 0;
            LOG.warn(
                    "the desired state is damaged, moved to {}; beginning with none until a controller answers: {}",
                    aside,
                    e.getMessage());
            return Read.NOTHING;
        }
    }

    /** Takes over the journal's whole lines. */
    private void replay(Map<UUID, SetGoal> goals) throws IOException {
        byte[] bytes;
        try {
            bytes = journal == 0 ? new byte[0] : Files.readAllBytes(journalFile());
        } catch (NoSuchFileException e) {
            return;
        }
        int from = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == '\n') {
                Line line = PeerJson.read(Arrays.copyOfRange(bytes, from, at), Line.class);
                line.put().forEach(goal -> goals.put(goal.set().uid(), goal));
                line.removed().forEach(goals::remove);
                from = at + 1;
            }
        }
        journalBytes = from;
        if (from < bytes.length) {
            LOG.info("the last change of the desired state was not written whole, and counts as not written");
        }
    }

    /**
     * Keeps what changed, durably. Writes all instead when there is no file yet or the journal has grown long.
     *
     * @param whole see {@link Saved}
     * @param all everything that is wanted now
     * @param put the goals that are new or changed
     * @param removed sets that are no longer wanted
     */
    void keep(boolean whole, Collection<SetGoal> all, List<SetGoal> put, List<UUID> removed) throws IOException {
        if (journal == 0 || journalBytes > Math.max(JOURNAL_BYTES_MIN, 2 * fileBytes)) {
            keepAll(whole, all);
            return;
        }
        byte[] json = Json.bytes(new Line(put, removed));
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        Path path = journalFile();
        boolean fresh = journalBytes == 0;
        if (fresh) {
            make(path);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(journalBytes);
            write(channel, journalBytes, line);
        }
        if (fresh) {
            syncDirectory();
        }
        journalBytes += line.length;
    }

    /** Replaces the file; from then on a journal of the next number goes on. */
    void keepAll(boolean whole, Collection<SetGoal> all) throws IOException {
        byte[] bytes = Json.bytes(new Saved(whole, new ArrayList<>(all), journal + 1));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        make(fresh);
        try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
            write(channel, 0, bytes);
        }
        // One of that number is of a state that was set aside.
        Files.deleteIfExists(journalFile(journal + 1));
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + file.getParent() + " cannot replace a file atomically", e);
        }
        Path old = journalFile();
        journal++;
        journalBytes = 0;
        fileBytes = bytes.length;
        syncDirectory();
        Files.deleteIfExists(old);
    }

    private static void make(Path path) throws IOException {
        Files.deleteIfExists(path);
        Files.createFile(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    private static void write(FileChannel channel, long from, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long at = from;
        while (buffer.hasRemaining()) {
            at += channel.write(buffer, at);
        }
        channel.force(true);
    }

    private void syncDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Path journalFile() {
        return journalFile(journal);
    }

    private Path journalFile(long number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }
}
