package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.client.LogsQuery;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos set logs}. */
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Shows what a container of a set wrote.",
        footer = {
            "",
            "Examples:",
            "  mos set logs web",
            "  mos set logs web -c writer -f --tail 20",
            "  mos set logs web --since 10m --timestamps"
        })
final class SetLogsCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Option(
            names = {"-c", "--container"},
            paramLabel = "NAME",
            description = "Which container; else the first")
    private @Nullable String container;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on as it writes more")
    private boolean follow;

    @Option(names = "--tail", paramLabel = "N", description = "Only the last lines")
    private @Nullable Integer tail;

    @Option(names = "--since", paramLabel = "TIME", description = "An age such as 10m, or an RFC 3339 time")
    private @Nullable String since;

    @Option(names = "--timestamps", description = "Begin each line with its time")
    private boolean timestamps;

    SetLogsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        LogsQuery query = new LogsQuery(container, follow, tail, since, timestamps);
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream logs = session.client().sets().logs(name, query)) {
            for (int n = read(logs, buffer); n >= 0; n = read(logs, buffer)) {
                session.console().out().write(buffer, 0, n);
                if (session.console().outClosed()) {
                    return ExitCode.OUTPUT_CLOSED;
                }
            }
        }
        return ExitCode.OK;
    }

    private static int read(InputStream logs, byte[] buffer) {
        try {
            return logs.read(buffer);
        } catch (IOException e) {
            throw new CliException(ExitCode.UNREACHABLE, "the logs broke off: " + e.getMessage());
        }
    }
}
