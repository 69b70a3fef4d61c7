package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A background process that locks a file of its home for as long as it lives. The lock is the truth: a pid file may be
 * missing or tell of another one, and what it does not name must neither be left running nor be taken for what was just
 * started.
 *
 * @param lock locked by the one that works in this home
 * @param program its jar's file name
 * @param mainClass its main class, for one that was started from a class path
 */
record LockedProcess(BackgroundProcess process, Path lock, String program, String mainClass) {

    private static final int ROUNDS = 3;

    /** The process that has the lock, also when the file was removed below it. */
    Optional<ProcessHandle> holder() throws StepFailedException {
        try {
            List<Long> opened = ProcessTable.matching(pid -> ours(pid) && ProcessTable.opened(pid, lock));
            if (opened.size() > 1 && Files.exists(lock)) {
                // One that is about to learn that it came second has the file open as well.
                List<Long> locking = ProcessTable.locking((Long) Files.getAttribute(lock, "unix:ino"));
                opened = opened.stream()
                        .filter(pid -> locking.isEmpty() || locking.contains(pid))
                        .toList();
            }
            return opened.stream().findFirst().flatMap(ProcessHandle::of);
        } catch (IOException e) {
            throw new StepFailedException("cannot see who has " + lock + ": " + e.getMessage(), e);
        }
    }

    /** An editor or a backup that reads our file is not ours to end. */
    private boolean ours(long pid) {
        return ProcessTable.arguments(pid).stream()
                .anyMatch(argument -> argument.equals(mainClass) || argument.endsWith("/" + program));
    }

    /**
     * Whether it runs. One that the pid file does not name is written there.
     *
     * @throws StepFailedException when one runs whose files were removed below it: nobody can work with that
     */
    boolean runs() throws StepFailedException {
        Optional<ProcessHandle> holder = holder();
        if (holder.isEmpty()) {
            return process.alive();
        }
        if (!Files.exists(lock)) {
            throw new StepFailedException("an older " + process.name() + " (pid "
                    + holder.get().pid() + ") runs on files that were removed; 'mos down' ends it");
        }
        process.adopt(holder.get());
        return true;
    }

    /** Whether the process of the pid file is the one that works in this home. */
    boolean holds() throws StepFailedException {
        Optional<ProcessHandle> holder = holder();
        return holder.isPresent() && holder.equals(process.find());
    }

    /**
     * Ends the process of the pid file and whoever has the lock.
     *
     * @return whether there was one
     */
    boolean stop(Duration patience) throws StepFailedException, InterruptedException {
        boolean ran = process.stop(patience);
        for (int round = 0; round < ROUNDS; round++) {
            Optional<ProcessHandle> holder = holder();
            if (holder.isEmpty()) {
                return ran;
            }
            process.adopt(holder.get());
            ran |= process.stop(patience);
        }
        throw new StepFailedException("somebody starts " + process.name() + " again and again; its lock is " + lock);
    }
}
