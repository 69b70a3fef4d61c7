package io.mosaic.cli.command;

import io.mosaic.cli.connect.ConnectionOptions;
import io.mosaic.cli.connect.Session;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The root of all commands. */
@Command(
        name = "mos",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs sets of containers on one host or many.",
        footer = {
            "",
            "The options go before or after COMMAND. \"mos COMMAND --help\" says more of each.",
            "Without any: the current context, else this machine's own installation (below MOS_HOME when that is set).",
            "",
            "Exit codes:",
            "  0  done",
            "  1  the request was refused or failed",
            "  2  the command line is wrong",
            "  3  not found",
            "  4  exists already, not allowed in this state, or changed meanwhile",
            "  5  no valid token, or one that may not do this",
            "  6  the server cannot be reached or is not ready",
            "  7  what was waited for did not come in time",
            "  8  the set is FAILED, or the app's update failed",
            "  set exec ends with the exit code of its command.",
            "",
            "Examples:",
            "  mos quickstart",
            "  mos set create -f examples/web.set.json",
            "  mos set list",
            "  mos set exec web -it -- /bin/sh"
        })
public final class MosCommand {

    @Mixin
    private final ConnectionOptions connection;

    public MosCommand(Session session) {
        this.connection = session.options();
    }

    ConnectionOptions connection() {
        return connection;
    }
}
