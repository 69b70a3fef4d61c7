package io.mosaic.cli.local;

import io.mosaic.cli.term.Console;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ServerUnreachableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What quickstart, up and down share. */
final class LocalCommands {

    /** What a command does. */
    interface Work {
        void run(Steps steps) throws StepFailedException, InterruptedException;
    }

    private LocalCommands() {}

    /** Runs it; 0, or 1 after saying what failed. */
    static int run(Work work) throws InterruptedException {
        Steps steps = new Steps(System.out, Console.system().outTerminal());
        try {
            work.run(steps);
            return 0;
        } catch (StepFailedException e) {
            System.err.println("mos: " + e.getMessage());
        } catch (ProblemException e) {
            System.err.println("mos: " + e.problem().title() + ": " + e.getMessage());
        } catch (ServerUnreachableException e) {
            System.err.println("mos: the controller does not answer: " + e.getMessage());
        }
        return 1;
    }

    static void requireRoot() throws StepFailedException {
        try {
            // Owner of our own process, without starting a program.
            if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                throw new StepFailedException("containers, volumes and mounts need root: run it as root, or with sudo");
            }
        } catch (IOException e) {
            throw new StepFailedException("this needs Linux: " + e.getMessage(), e);
        }
    }
}
