package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetCalls;
import picocli.CommandLine.Command;

/** {@code mos set delete}. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        aliases = "rm",
        description = "Deletes sets, their containers and their volumes.",
        footer = {"", "Examples:", "  mos set delete web", "  mos set delete web api --wait --timeout 30s"})
final class SetDeleteCommand extends SetActionCommand {

    SetDeleteCommand(Session session) {
        super(session, SetWait.Goal.GONE, "deleting", "deleted");
    }

    @Override
    SetResource ask(SetCalls sets, String name) {
        return sets.delete(name);
    }
}
