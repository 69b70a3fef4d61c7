package io.mosaic.cli.local;

import io.mosaic.model.client.MosaicClient;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code mos quickstart}. */
@Command(
        name = "quickstart",
        description = {
            "Sets Mosaic up on this machine and runs a first set.",
            "",
            "Installs what is missing, builds, starts dockerd when none runs, starts controller, agent and image repository in the background,"
                    + " makes the demo image offline and pushes it to the repository, creates the set of examples/web.set.json and fetches its page. Run again, it finds"
                    + " everything in place. Needs root."
        },
        footer = {
            "",
            "Examples:",
            "  mos quickstart                      on this machine",
            "  MOS_HOME=/tmp/mine mos quickstart   a second installation beside the first",
            "  mos down --purge                    take it all back"
        },
        mixinStandardHelpOptions = true)
public final class QuickstartCommand implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        long begin = System.nanoTime();
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            Installation installation = Installation.of(System.getenv());
            steps.out()
                    .println(
                            "Mosaic quickstart, files in " + installation.home().etc() + ", "
                                    + installation.home().lib() + ", "
                                    + installation.home().run());
            Bringup bringup = new Bringup(installation, System.getenv(), steps);
            bringup.all();
            steps.step("demo", () -> new DemoImages(installation, bringup.docker()).make());
            firstSet(installation, steps);
            long millis = (System.nanoTime() - begin) / 1_000_000;
            steps.out().println("Done in " + Steps.seconds(millis) + ".");
        });
    }

    private static void firstSet(Installation installation, Steps steps)
            throws StepFailedException, InterruptedException {
        Path file = installation.dist().resolve("examples").resolve("web.set.json");
        try (MosaicClient client = installation.client()) {
            FirstSet set = new FirstSet(client, file, steps);
            steps.out().println("Creating set '" + set.name() + "' from examples/web.set.json");
            long millis = set.up();
            steps.step("page", set::page);
            steps.out().println();
            steps.out()
                    .println(
                            millis < 0
                                    ? "Set '" + set.name() + "' runs, as it did before."
                                    : "From API call to RUNNING: " + millis + " ms.");
            next(steps, set.name());
        }
    }

    private static void next(Steps steps, String name) {
        steps.out().println("""

                Try next:
                  ./mos set list                          what runs
                  ./mos set get %1$s                       one set, its containers and address
                  ./mos event list                        the story so far
                  ./mos set exec %1$s -c writer -- ps       a command in a container
                  ./mos set logs %1$s -c web                what it wrote
                  ./mos set update %1$s --cpu 1             more CPU, while it runs
                  ./mos down                              stop Mosaic; the set runs on
                  ./mos down --purge                      take everything back
                """.formatted(name));
    }
}
