package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos test}; the launcher does it, since it needs no jar of ours. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = {
            "Builds the project and runs every test, with real Docker and PostgreSQL; needs root.",
            "Installs what the tests need and says what."
        },
        footer = {"", "Examples:", "  ./mos test", "  ./mos test -pl model -am"})
public final class TestCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ARG", description = "Further arguments for Maven", arity = "0..*")
    private List<String> arguments = List.of();

    public TestCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "test", arguments);
    }
}
