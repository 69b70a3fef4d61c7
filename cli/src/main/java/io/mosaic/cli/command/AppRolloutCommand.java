package io.mosaic.cli.command;

import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.AppResource;
import io.mosaic.model.Interval;
import io.mosaic.model.Rollout;
import io.mosaic.model.RolloutView;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on the rollout of an app. */
@Command(
        name = "rollout",
        mixinStandardHelpOptions = true,
        description = "The way of an app from one release to the next: look, pause, resume, undo.",
        footer = {"", "Example:", "  mos app rollout status food-web --watch"})
final class AppRolloutCommand {
    private static final Duration GLANCE = Duration.ofMillis(500);

    private final Session session;

    AppRolloutCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = {
                "Shows how far a rollout is. With --watch, until it ends: exit code 8 when it failed.",
            },
            footer = {
                "",
                "Examples:",
                "  mos app rollout status food-web",
                "  mos app rollout status food-web --watch --for 10m"
            })
    int status(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = {"-w", "--watch"},
                            description = "Goes on until the rollout ends")
                    boolean watch,
            @Option(names = "--for", paramLabel = "TIME", description = "Ends after that time, such as 10m") @Nullable
                    Interval span,
            @Mixin OutputOptions output)
            throws InterruptedException {
        Console console = session.console();
        if (!watch) {
            RolloutView view = session.client().apps().rollout(name);
            if (output.data()) {
                output.print(console, view);
            } else {
                console.out().print(AppViews.rollout(view));
            }
            return ExitCode.OK;
        }
        return follow(name, span, output);
    }

    private int follow(String name, @Nullable Interval span, OutputOptions output) throws InterruptedException {
        Console console = session.console();
        AppResource app = session.client().apps().get(name);
        long end = span == null ? 0 : System.nanoTime() + span.duration().toNanos();
        String last = "";
        try (Watch<AppResource> watch = session.client().apps().watch(List.of(), app.revision())) {
            while (true) {
                last = show(console, app, output, last);
                Rollout rollout = app.status().rollout();
                if (rollout == null || !rollout.active()) {
                    boolean failed = rollout != null && rollout.failed() != null;
                    return failed ? ExitCode.SET_FAILED : ExitCode.OK;
                }
                if (span != null && System.nanoTime() - end >= 0) {
                    return ExitCode.TIMEOUT;
                }
                WatchEvent<AppResource> event = watch.next(GLANCE);
                if (event != null && event.item() != null && event.item().uid().equals(app.uid())) {
                    if (event.type() == WatchEvent.Type.DELETE) {
                        console.err().println("app " + name + " was deleted");
                        return ExitCode.NOT_FOUND;
                    }
                    app = event.item();
                }
                if (console.outClosed()) {
                    return ExitCode.OUTPUT_CLOSED;
                }
            }
        }
    }

    private static String show(Console console, AppResource app, OutputOptions output, String last) {
        Rollout rollout = app.status().rollout();
        if (output.data()) {
            output.printOne(console, app);
            return last;
        }
        String line = app.status().updated() + " of " + app.spec().replicas() + " at release " + app.release() + ", "
                + app.status().ready() + " ready: "
                + (rollout == null ? "never updated" : AppViews.rollout(rollout));
        if (!line.equals(last)) {
            console.out().println(line);
            console.flush();
        }
        return line;
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Begins no further batch until it is resumed; what is begun is finished.",
            footer = {"", "Example:", "  mos app rollout pause food-web"})
    int pause(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        AppViews.tell(session.console(), output, session.client().apps().pause(name), "paused");
        return 0;
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Goes on with a rollout that is paused, or tries again one that failed.",
            footer = {"", "Example:", "  mos app rollout resume food-web"})
    int resume(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        AppViews.tell(session.console(), output, session.client().apps().resume(name), "resumed");
        return 0;
    }

    @Command(
            name = "undo",
            mixinStandardHelpOptions = true,
            description = "Goes back to the release before, or to that of a number; see: mos app history.",
            footer = {
                "",
                "Examples:",
                "  mos app rollout undo food-web",
                "  mos app rollout undo food-web --to 3 --wait"
            })
    int undo(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--to", paramLabel = "N", description = "Number of the release") @Nullable Integer to,
            @Mixin WaitOptions wait,
            @Mixin OutputOptions output)
            throws InterruptedException {
        AppWait waiting = wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
        AppResource app = session.client().apps().undo(name, to);
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.READY);
        }
        AppViews.tell(session.console(), output, app, "goes back to release " + app.release());
        return 0;
    }
}
