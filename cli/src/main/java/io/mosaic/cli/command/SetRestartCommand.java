package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetCalls;
import picocli.CommandLine.Command;

/** {@code mos set restart}. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = "Stops and starts every container of the sets, in order.",
        footer = {"", "Examples:", "  mos set restart web", "  mos set restart web api --wait --timeout 30s"})
final class SetRestartCommand extends SetActionCommand {

    SetRestartCommand(Session session) {
        super(session, SetWait.Goal.RUNNING, "restarting", "running");
    }

    @Override
    SetResource ask(SetCalls sets, String name) {
        return sets.restart(name);
    }
}
