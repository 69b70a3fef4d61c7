package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Event;
import io.mosaic.model.Interval;
import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on sets; those that only read are here. */
@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description = "Sets: create, read, change, run commands in them.",
        footer = {"", "Example:", "  mos set list -o wide"},
        subcommands = {
            SetCreateCommand.class,
            SetApplyCommand.class,
            SetUpdateCommand.class,
            SetResizeCommand.class,
            SetStartCommand.class,
            SetStopCommand.class,
            SetRestartCommand.class,
            SetCommitCommand.class,
            SetDeleteCommand.class,
            SetLogsCommand.class,
            SetExecCommand.class
        })
public final class SetCommand {
    private static final int EVENTS_SHOWN = 12;

    private final Session session;

    public SetCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "Shows one set: state, containers, latest events.",
            footer = {"", "Examples:", "  mos set get web", "  mos set get web -o json | jq .status.state"})
    int get(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--events", description = "How many events to show (default: 12)", paramLabel = "N")
                    @Nullable
                    Integer count,
            @Mixin OutputOptions output) {
        SetResource set = session.client().sets().get(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, set);
        } else if (output.names()) {
            console.out().println(set.name());
        } else {
            int shown = count == null ? EVENTS_SHOWN : count;
            List<Event> events = shown == 0
                    ? List.of()
                    : session.client()
                            .events(EventQuery.ofSet(name).withLimit(shown))
                            .items();
            console.out().print(SetViews.details(console, set, UsageViews.of(session, set), events));
        }
        return 0;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists sets.",
            footer = {
                "",
                "Examples:",
                "  mos set list",
                "  mos set list -l app=web --state running",
                "  mos set list --app food-web",
                "  mos set list -o json | jq -r '.items[].status.ip'"
            })
    int list(
            @Option(
                            names = {"-l", "--label"},
                            paramLabel = "KEY=VALUE",
                            description = "Only with this label; repeatable")
                    @Nullable
                    List<String> labels,
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description = "Only in this state: ${COMPLETION-CANDIDATES}")
                    @Nullable
                    SetState state,
            @Option(names = "--host", paramLabel = "NAME", description = "Only on this host") @Nullable String host,
            @Option(names = "--app", paramLabel = "NAME", description = "Only those that this app owns") @Nullable
                    String app,
            @Option(names = "--limit", paramLabel = "N", description = "At most so many; says how to get the next")
                    @Nullable
                    Integer limit,
            @Option(names = "--page", paramLabel = "TOKEN", description = "Goes on where a list with --limit ended")
                    @Nullable
                    String page,
            @Mixin OutputOptions output) {
        SetQuery query = new SetQuery(labels == null ? List.of() : labels, state, host, limit, page, null).withApp(app);
        Page<SetResource> sets = limit == null && page == null
                ? session.client().sets().listAll(query.withLimit(1000))
                : session.client().sets().list(query);
        Console console = session.console();
        if (output.data()) {
            output.print(console, sets);
        } else if (output.names()) {
            OutputOptions.names(
                    console, sets.items().stream().map(SetResource::name).toList());
        } else if (sets.items().isEmpty()) {
            console.err().println("no sets");
        } else {
            console.out().print(SetViews.table(console, sets.items(), output.wide()));
        }
        if (sets.next() != null && !output.data()) {
            console.err().println("there are more: --page " + sets.next());
        }
        return 0;
    }

    @Command(
            name = "watch",
            mixinStandardHelpOptions = true,
            description = "Shows the sets, then each change as it happens, until stopped.",
            footer = {"", "Examples:", "  mos set watch", "  mos set watch -l app=web -o json"})
    int watch(
            @Option(
                            names = {"-l", "--label"},
                            paramLabel = "KEY=VALUE",
                            description = "Only with this label; repeatable")
                    @Nullable
                    List<String> labels,
            @Option(names = "--host", paramLabel = "NAME", description = "Only on this host") @Nullable String host,
            @Option(names = "--for", paramLabel = "TIME", description = "Ends after that time, such as 30s") @Nullable
                    Interval span,
            @Mixin OutputOptions output)
            throws InterruptedException {
        SetQuery query = new SetQuery(labels == null ? List.of() : labels, null, host, null, null, null);
        Page<SetResource> sets = session.client().sets().listAll(query);
        Console console = session.console();
        sets.items().forEach(set -> show(console, new WatchEvent<>(WatchEvent.Type.PUT, set.revision(), set), output));
        try (Watch<SetResource> watch = session.client().sets().watch(query, sets.revision())) {
            WatchLoop.run(console, watch, span, event -> show(console, event, output));
        }
        return 0;
    }

    private static void show(Console console, WatchEvent<SetResource> event, OutputOptions output) {
        SetResource set = event.item();
        if (set == null) {
            return;
        }
        if (output.data()) {
            output.printOne(console, java.util.Map.of("type", event.type(), "item", set));
            return;
        }
        String state = event.type() == WatchEvent.Type.DELETE
                ? "DELETED"
                : set.status().state().name();
        String reason = set.status().reason() == null ? "" : "  " + set.status().reason();
        console.out().println(event.revision() + "  " + set.name() + "  " + SetViews.painted(console, state) + reason);
        console.flush();
    }
}
