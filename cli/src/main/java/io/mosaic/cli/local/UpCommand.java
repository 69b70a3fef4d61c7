package io.mosaic.cli.local;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code mos up}. */
@Command(
        name = "up",
        description = {
            "Starts controller, agent and image repository in the background, and dockerd when none runs. What runs is left alone.",
            "Needs root."
        },
        footer = {
            "",
            "MOS_CONTROLLER_HEAP, MOS_AGENT_HEAP and MOS_IMAGES_HEAP limit their heaps (1g, 64m and 512m unless set).",
            "",
            "Examples:",
            "  mos up",
            "  MOS_HOME=/tmp/mine mos up"
        },
        mixinStandardHelpOptions = true)
public final class UpCommand implements Callable<Integer> {
    @Override
    public Integer call() throws InterruptedException {
        return LocalCommands.run(steps -> {
            LocalCommands.requireRoot();
            new Bringup(Installation.of(System.getenv()), System.getenv(), steps).all();
        });
    }
}
