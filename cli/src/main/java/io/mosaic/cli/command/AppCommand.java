package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppSwitchover;
import io.mosaic.model.Event;
import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.SetQuery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on apps. */
@Command(
        name = "app",
        mixinStandardHelpOptions = true,
        description = "Apps: so many sets from one template, scaled and updated as one.",
        footer = {"", "Example:", "  mos app apply -f examples/food-web.app.yaml"},
        subcommands = {
            AppApplyCommand.class,
            AppResizeCommand.class,
            AppRolloutCommand.class,
            AppScheduleCommand.class,
            AppWhatIfCommand.class,
            AppLoadCommand.class,
            AppWebhookCommand.class
        })
public final class AppCommand {
    private static final int EVENTS_SHOWN = 12;
    private static final int PAGE = 1000;

    private final Session session;

    public AppCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "Shows one app: how it is, its instances, latest events.",
            footer = {"", "Examples:", "  mos app get food-web", "  mos app get food-web -o json | jq .status"})
    int get(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--events", description = "How many events to show (default: 12)", paramLabel = "N")
                    @Nullable
                    Integer count,
            @Mixin OutputOptions output) {
        AppResource app = session.client().apps().get(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, app);
        } else if (output.names()) {
            console.out().println(app.name());
        } else {
            List<SetResource> sets =
                    session.client().sets().listAll(SetQuery.ALL.withApp(name)).items();
            int shown = count == null ? EVENTS_SHOWN : count;
            List<Event> events = shown == 0
                    ? List.of()
                    : session.client()
                            .events(EventQuery.ofApp(name).withLimit(shown))
                            .items();
            console.out().print(AppViews.details(console, app, UsageViews.ofApp(session, name), sets, events));
        }
        return 0;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists apps.",
            footer = {"", "Examples:", "  mos app list", "  mos app list -l team=food -o json"})
    int list(
            @Option(
                            names = {"-l", "--label"},
                            paramLabel = "KEY=VALUE",
                            description = "Only with this label; repeatable")
                    @Nullable
                    List<String> labels,
            @Mixin OutputOptions output) {
        List<String> wanted = labels == null ? List.of() : labels;
        Page<AppResource> page = session.client().apps().list(wanted, PAGE, null);
        List<AppResource> apps = new ArrayList<>(page.items());
        while (page.next() != null) {
            page = session.client().apps().list(wanted, PAGE, page.next());
            apps.addAll(page.items());
        }
        Console console = session.console();
        if (output.data()) {
            output.print(console, new Page<>(apps, page.revision(), null));
        } else if (output.names()) {
            OutputOptions.names(console, apps.stream().map(AppResource::name).toList());
        } else if (apps.isEmpty()) {
            console.err().println("no apps");
        } else {
            console.out().print(AppViews.table(console, apps));
        }
        return 0;
    }

    @Command(
            name = "scale",
            mixinStandardHelpOptions = true,
            description = "Says how many instances an app should have.",
            footer = {
                "",
                "Examples:",
                "  mos app scale food-web 200",
                "  mos app scale food-web 3 --reason 'night' --wait"
            })
    int scale(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(paramLabel = "REPLICAS") int replicas,
            @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the event") @Nullable
                    String reason,
            @Mixin WaitOptions wait,
            @Mixin OutputOptions output)
            throws InterruptedException {
        AppWait waiting = wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
        AppResource app = session.client().apps().scale(name, AppScale.require(new AppScale(replicas, reason)));
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.READY);
        }
        AppViews.tell(session.console(), output, app, "scaled to " + replicas);
        return 0;
    }

    @Command(
            name = "switchover",
            mixinStandardHelpOptions = true,
            description = "Has another instance of an app with roles become primary.",
            footer = {
                "",
                "Examples:",
                "  mos app switchover db --wait",
                "  mos app switchover db --to db-0002 --wait --timeout 1m"
            })
    int switchover(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--to", paramLabel = "INSTANCE", description = "Which one (default: the best standby)")
                    @Nullable
                    String to,
            @Mixin WaitOptions wait,
            @Mixin OutputOptions output)
            throws InterruptedException {
        AppWait waiting = wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
        AppResource app = session.client().apps().switchover(name, AppSwitchover.require(new AppSwitchover(to)));
        if (waiting == null) {
            AppViews.tell(session.console(), output, app, "switches over: " + AppViews.roles(app));
        } else {
            app = waiting.await(app, AppWait.Goal.SWITCHED);
            AppViews.tell(session.console(), output, app, AppViews.roles(app));
        }
        return 0;
    }

    @Command(
            name = "history",
            mixinStandardHelpOptions = true,
            description = "Lists the templates that an app had and has, the newest first.",
            footer = {"", "Examples:", "  mos app history food-web", "  mos app history food-web -o yaml"})
    int history(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        AppResource app = session.client().apps().get(name);
        Page<AppReleaseResource> releases = session.client().apps().history(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, releases);
        } else if (output.names()) {
            OutputOptions.names(
                    console,
                    releases.items().stream()
                            .map(each -> Integer.toString(each.number()))
                            .toList());
        } else {
            console.out().print(AppViews.history(console, app, releases.items()));
        }
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Deletes an app and all its instances, gracefully.",
            footer = {"", "Examples:", "  mos app delete food-web", "  mos app delete food-web --wait --timeout 1m"})
    int delete(@Parameters(paramLabel = "NAME") String name, @Mixin WaitOptions wait, @Mixin OutputOptions output)
            throws InterruptedException {
        AppWait waiting = wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
        AppResource app = session.client().apps().delete(name);
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.GONE);
        }
        AppViews.tell(session.console(), output, app, waiting == null ? "deleting" : "deleted");
        return 0;
    }
}
