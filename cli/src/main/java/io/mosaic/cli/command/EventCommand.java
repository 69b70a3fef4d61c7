package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Console.Colour;
import io.mosaic.model.Event;
import io.mosaic.model.Interval;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Commands on events. */
@Command(
        name = "event",
        mixinStandardHelpOptions = true,
        description = "Events: the story of sets and hosts.",
        footer = {"", "Example:", "  mos event list --set web"})
public final class EventCommand {
    private final Session session;

    public EventCommand(Session session) {
        this.session = session;
    }

    /** Which events. */
    static final class Filter {
        @Option(names = "--set", paramLabel = "NAME", description = "Only those of this set")
        private @Nullable String set;

        @Option(names = "--host", paramLabel = "NAME", description = "Only those of this host")
        private @Nullable String host;

        EventQuery query() {
            Kind kind = set != null ? Kind.SET : host != null ? Kind.HOST : null;
            return new EventQuery(kind, set != null ? set : host, null, null);
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the newest events, oldest first.",
            footer = {"", "Examples:", "  mos event list --set web", "  mos event list --limit 500 -o json"})
    int list(
            @Mixin Filter filter,
            @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: 50)") @Nullable
                    Integer limit,
            @Option(names = "--after", paramLabel = "ID", description = "Only those after this one") @Nullable
                    Long after,
            @Mixin OutputOptions output) {
        EventQuery query = filter.query().withAfter(after).withLimit(limit == null ? 50 : limit);
        Page<Event> events = session.client().events(query);
        Console console = session.console();
        if (output.data()) {
            output.print(console, events);
        } else if (events.items().isEmpty()) {
            console.err().println("no events");
        } else {
            console.out().print(SetViews.events(console, events.items(), true));
        }
        return 0;
    }

    @Command(
            name = "watch",
            mixinStandardHelpOptions = true,
            description = "Shows events as they happen, until stopped.",
            footer = {"", "Examples:", "  mos event watch", "  mos event watch --set web -o json"})
    int watch(
            @Mixin Filter filter,
            @Option(names = "--for", paramLabel = "TIME", description = "Ends after that time, such as 30s") @Nullable
                    Interval span,
            @Mixin OutputOptions output)
            throws InterruptedException {
        EventQuery query = filter.query();
        List<Event> newest =
                session.client().events(EventQuery.ALL.withLimit(1)).items();
        long after = newest.isEmpty() ? 0 : newest.getLast().id();
        try (Watch<Event> watch = session.client().watchEvents(query, after)) {
            WatchLoop.run(session.console(), watch, span, event -> show(event, output));
        }
        return 0;
    }

    private void show(WatchEvent<Event> told, OutputOptions output) {
        Event event = told.item();
        if (event == null) {
            return;
        }
        Console console = session.console();
        if (output.data()) {
            output.printOne(console, event);
            return;
        }
        String type = event.warning() ? console.paint(Colour.YELLOW, event.type()) : event.type();
        String container = event.container() == null ? "" : "/" + event.container();
        console.out()
                .println(event.at() + "  " + type + "  " + event.kind().word() + "/" + event.name() + container + "  "
                        + event.message());
        console.flush();
    }
}
