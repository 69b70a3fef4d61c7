package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos soak}; the launcher does it, since it is a program of its own. */
@Command(
        name = "soak",
        mixinStandardHelpOptions = true,
        description =
                "Kills, freezes and cuts off real hosts, controllers and databases under load, and compares in the end.",
        footer = {
            "",
            "Examples:",
            "  ./mos soak --minutes 5",
            "  ./mos soak --help                           all options"
        })
public final class SoakCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "OPTION", description = "see its own --help", arity = "0..*")
    private List<String> arguments = List.of();

    public SoakCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "soak", arguments);
    }
}
