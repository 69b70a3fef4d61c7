package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetCalls;
import picocli.CommandLine.Command;

/** {@code mos set start}. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Starts sets that were stopped; those that run, run on.",
        footer = {"", "Examples:", "  mos set start web", "  mos set start web api --wait --timeout 30s"})
final class SetStartCommand extends SetActionCommand {

    SetStartCommand(Session session) {
        super(session, SetWait.Goal.RUNNING, "starting", "running");
    }

    @Override
    SetResource ask(SetCalls sets, String name) {
        return sets.start(name);
    }
}
