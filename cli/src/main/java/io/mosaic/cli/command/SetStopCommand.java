package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetCalls;
import picocli.CommandLine.Command;

/** {@code mos set stop}. */
@Command(
        name = "stop",
        mixinStandardHelpOptions = true,
        description = "Stops sets; their host and their volume stay.",
        footer = {"", "Examples:", "  mos set stop web", "  mos set stop web api --wait --timeout 30s"})
final class SetStopCommand extends SetActionCommand {

    SetStopCommand(Session session) {
        super(session, SetWait.Goal.STOPPED, "stopping", "stopped");
    }

    @Override
    SetResource ask(SetCalls sets, String name) {
        return sets.stop(name);
    }
}
