package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppResource;
import io.mosaic.model.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code mos app resize}. */
@Command(
        name = "resize",
        mixinStandardHelpOptions = true,
        description = {
            "Gives all instances of an app other cores, memory, disk or I/O limits; nothing is restarted.",
            "They come by the app's batches and serve on meanwhile. When one has no room, none is changed."
        },
        footer = {
            "",
            "Examples:",
            "  mos app resize food-web --cpu 2 --memory 1Gi",
            "  mos app resize food-web --cpu 2 --dry-run",
            "  mos app resize food-db --disk 20Gi --wait",
            "  mos app resize food-web --memory 8Gi --move   # those that have no room go to other hosts",
            "  mos app resize food-web --memory 256Mi --force"
        })
final class AppResizeCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Mixin
    private LimitOptions limits = new LimitOptions();

    @Option(names = "--dry-run", description = "Show what would be done; change nothing")
    private boolean dryRun;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppResizeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode patch = Json.mapper().createObjectNode();
        patch.set("template", limits.patch());
        if (dryRun) {
            AppPlan plan = session.client().apps().dryRunPatch(name, patch, limits.force(), limits.move());
            AppApplyCommand.show(session, output, plan, "would be resized");
            return 0;
        }
        AppWait waiting = wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
        int before = session.client().apps().get(name).release();
        AppResource app = session.client().apps().patch(name, patch, limits.force(), limits.move());
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.READY);
        }
        AppViews.tell(session.console(), output, app, app.release() == before ? "unchanged" : "resized");
        return 0;
    }
}
