package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos simhosts}; the launcher does it, since simulated hosts are a program of their own. */
@Command(
        name = "simhosts",
        mixinStandardHelpOptions = true,
        description = "Runs simulated hosts against controllers: real agents and links, Docker in memory.",
        footer = {
            "",
            "Examples:",
            "  ./mos simhosts --hosts 100 --latency 200ms --failures 0.01",
            "  ./mos simhosts --help                       all options"
        })
public final class SimhostsCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "OPTION", description = "see its own --help", arity = "0..*")
    private List<String> arguments = List.of();

    public SimhostsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "simhosts", arguments);
    }
}
