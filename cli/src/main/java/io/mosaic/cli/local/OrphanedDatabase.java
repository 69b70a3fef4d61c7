package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The embedded PostgreSQL of a home whose controller was killed: it runs on, for the next controller to take over. Who
 * takes the home down must end it as well.
 *
 * @param directory where the controller keeps it; its processes work below
 */
record OrphanedDatabase(Path directory) {

    private static final Duration KILL_WAIT = Duration.ofSeconds(5);

    /** Ends it, in order if it can be; says whether there was one. To be called when the controller has ended. */
    boolean stop(Duration patience) throws StepFailedException, InterruptedException {
        List<Long> all = processes();
        if (all.isEmpty()) {
            return false;
        }
        for (long postmaster : heads(all)) {
            // PostgreSQL's fast shutdown: who is connected is cut off, what is written is kept.
            Programs.run(KILL_WAIT, "kill", "-INT", Long.toString(postmaster));
        }
        if (!BackgroundProcess.ended(all, patience)) {
            List<Long> left = processes();
            left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            if (!BackgroundProcess.ended(left, KILL_WAIT)) {
                throw new StepFailedException("PostgreSQL (pid " + left.getFirst() + ") does not end");
            }
        }
        return true;
    }

    private List<Long> processes() throws StepFailedException {
        try {
            Path real = Files.exists(directory) ? directory.toRealPath() : directory;
            return ProcessTable.matching(
                    pid -> ProcessTable.name(pid).equals("postgres") && ProcessTable.worksIn(pid, real));
        } catch (IOException e) {
            throw new StepFailedException("cannot look for PostgreSQL: " + e.getMessage(), e);
        }
    }

    private static List<Long> heads(List<Long> all) {
        return all.stream()
                .filter(pid -> !all.contains(ProcessTable.parent(pid)))
                .toList();
    }
}
