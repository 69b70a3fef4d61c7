package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos simulate}; the launcher does it, since the simulator is a program of its own. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = "Runs controllers and agents in virtual time, under faults that a seed gives.",
        footer = {
            "",
            "Examples:",
            "  ./mos simulate --seeds 100",
            "  ./mos simulate --seeds 1 --seed 42          one that failed, again",
            "  ./mos simulate --help                       all options"
        })
public final class SimulateCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "OPTION", description = "see its own --help", arity = "0..*")
    private List<String> arguments = List.of();

    public SimulateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "simulate", arguments);
    }
}
