package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.AppResource;
import io.mosaic.model.LoadCall;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks for instances as a system that watches the load would. */
@Command(
        name = "load",
        mixinStandardHelpOptions = true,
        description =
                "Asks for more or fewer instances, within the app's bounds; for a while that counts against its policies.",
        footer = {
            "",
            "Examples:",
            "  mos app load food-web --delta 5 --reason 'queue grows'",
            "  mos app load food-web --replicas 30"
        })
final class AppLoadCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Option(names = "--delta", paramLabel = "N", description = "So many more, or fewer with a minus")
    private @Nullable Integer delta;

    @Option(names = "--replicas", paramLabel = "N", description = "So many in all")
    private @Nullable Integer replicas;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the event")
    private @Nullable String reason;

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppLoadCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        AppResource app = session.client().apps().load(name, LoadCall.require(new LoadCall(replicas, delta, reason)));
        AppViews.tell(
                session.console(), output, app, "should have " + app.spec().replicas());
        return 0;
    }
}
