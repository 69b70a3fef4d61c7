package io.mosaic.cli.local;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos down}. */
@Command(
        name = "down",
        description = {
            "Stops controller, agent and image repository. The sets run on; 'mos up' takes them over again.",
            "",
            "With --purge it deletes every set with its volume and data, and removes all that quickstart made, except packages."
        },
        footer = {"", "Examples:", "  mos down", "  mos down --purge", "  MOS_HOME=/tmp/mine mos down --purge"},
        mixinStandardHelpOptions = true)
public final class DownCommand implements Callable<Integer> {

    @Option(
            names = "--purge",
            description = "Delete all sets and their data, and remove everything that quickstart made.")
    private boolean purge;

    @Override
    public Integer call() throws InterruptedException {
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            Installation installation = Installation.of(System.getenv());
            Teardown teardown = new Teardown(installation, System.getenv(), steps);
            if (purge) {
                teardown.purge();
            } else {
                teardown.stop();
                steps.out()
                        .println("The sets run on. './mos up' starts Mosaic again, './mos down --purge' removes it.");
            }
        });
    }
}
