package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ConnectionOptions;
import io.mosaic.cli.connect.Contexts;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Names;
import io.mosaic.model.client.ClientSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Commands on stored connections. */
@Command(
        name = "context",
        mixinStandardHelpOptions = true,
        description = "Contexts: stored connections to clusters.",
        footer = {"", "Example:", "  mos context list"})
public final class ContextCommand {
    private final Session session;

    public ContextCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the stored connections; * marks the current one.",
            footer = {"", "Example:", "  mos context list"})
    int list() throws IOException {
        Contexts contexts = Contexts.read(file());
        Table table = new Table("CURRENT", "NAME", "SERVER", "TENANT", "TOKEN");
        contexts.sorted()
                .forEach((name, entry) -> table.row(
                        name.equals(contexts.current()) ? "*" : "",
                        name,
                        entry.server(),
                        SetViews.text(entry.tenant()),
                        entry.token() == null ? "no" : "yes"));
        session.console().out().print(table.text());
        return 0;
    }

    @Command(
            name = "use",
            mixinStandardHelpOptions = true,
            description = "Makes a stored connection the current one.",
            footer = {"", "Example:", "  mos context use prod"})
    int use(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Contexts contexts = Contexts.read(file());
        if (!contexts.contexts().containsKey(name)) {
            throw new CliException(ExitCode.NOT_FOUND, "there is no context named " + name);
        }
        contexts.using(name).write(file());
        session.console().out().println(name + " is the current context");
        return 0;
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = {
                "Stores a connection from --server, --token-file, --ca-file and --tenant.",
                "They are copied, so the files may go."
            },
            footer = {
                "",
                "Example:",
                "  mos context add prod --server https://mosaic.example:8443 --token-file t --ca-file ca.pem"
            })
    int add(@Parameters(paramLabel = "NAME") String name) throws IOException {
        ConnectionOptions options = session.options();
        if (options.server == null) {
            throw new CliException(ExitCode.USAGE, "--server is needed");
        }
        Names.require("/name", name);
        String token = session.token();
        String authority = options.caFile == null ? null : Files.readString(options.caFile);
        ClientSettings checked;
        try {
            checked = ClientSettings.of(URI.create(options.server), token, authority);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
        Contexts.Entry entry = new Contexts.Entry(checked.server().toString(), token, authority, options.tenant);
        Contexts.read(file()).with(name, entry).write(file());
        session.console().out().println(name + " stored in " + file());
        return 0;
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Forgets a stored connection.",
            footer = {"", "Example:", "  mos context remove prod"})
    int remove(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Contexts.read(file()).without(name).write(file());
        session.console().out().println(name + " removed");
        return 0;
    }

    private Path file() {
        return Contexts.file(session.environment());
    }
}
