package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Page;
import io.mosaic.model.client.TokenCalls;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on hosts. */
@Command(
        name = "host",
        mixinStandardHelpOptions = true,
        description = "Hosts: the machines that run the agent.",
        footer = {"", "Example:", "  mos host list"})
public final class HostCommand {
    private static final Duration DRAIN_LOOK = Duration.ofMillis(500);

    private final Session session;

    public HostCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the hosts.",
            footer = {"", "Examples:", "  mos host list", "  mos host list -o wide"})
    int list(@Mixin OutputOptions output) {
        Page<HostResource> hosts = session.client().hosts().list();
        Console console = session.console();
        if (output.data()) {
            output.print(console, hosts);
        } else if (output.names()) {
            OutputOptions.names(
                    console, hosts.items().stream().map(HostResource::name).toList());
        } else if (hosts.items().isEmpty()) {
            console.err().println("no hosts; see: mos host join-token --help");
        } else {
            console.out().print(table(console, hosts.items(), output.wide()));
        }
        return 0;
    }

    static String table(Console console, List<HostResource> hosts, boolean wide) {
        Instant now = console.clock().instant();
        Table table = wide
                ? new Table(
                        "NAME", "STATE", "ZONE", "POOL", "CPU", "MEMORY", "DISK", "FOR", "ADDRESS", "DOCKER", "CGROUP",
                        "KERNEL", "REASON")
                : new Table("NAME", "STATE", "ZONE", "POOL", "CPU", "MEMORY", "DISK", "FOR", "REASON");
        for (HostResource host : hosts) {
            HostInventory has = host.status().inventory();
            String state = state(host);
            String cpu = has == null ? "" : has.cpu().toString();
            String memory = has == null ? "" : Ages.size(has.memory().value());
            String disk = has == null ? "" : Ages.size(has.disk().value());
            String since = Ages.since(host.status().since(), now);
            String reason = SetViews.text(host.status().reason());
            if (wide) {
                table.row(
                        host.name(),
                        state,
                        host.spec().zone(),
                        host.spec().pool(),
                        cpu,
                        memory,
                        disk,
                        since,
                        has == null ? "" : SetViews.text(has.address()),
                        has == null ? "" : has.dockerVersion() + " (API " + has.dockerApi() + ")",
                        has == null ? "" : "v" + has.cgroupVersion(),
                        has == null ? "" : SetViews.text(has.kernel()),
                        reason);
            } else {
                table.row(host.name(), state, host.spec().zone(), host.spec().pool(), cpu, memory, disk, since, reason);
            }
        }
        return table.paint(1, state -> SetViews.painted(console, state)).text();
    }

    private static String state(HostResource host) {
        String state = host.status().state().name();
        return host.spec().cordoned() && !state.equals("CORDONED") ? state + ",CORDONED" : state;
    }

    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "Shows one host.",
            footer = {"", "Examples:", "  mos host get h1", "  mos host get h1 -o json"})
    int get(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        HostResource host = session.client().hosts().get(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, host);
        } else {
            console.out().print(table(console, List.of(host), true));
        }
        return 0;
    }

    @Command(
            name = "images",
            mixinStandardHelpOptions = true,
            description = {
                "Lists the images that a host has. Those with tenants were brought from the repository; only",
                "they go when the host needs room, the longest unused first and no pinned one."
            },
            footer = {"", "Examples:", "  mos host images h1", "  mos host images h1 -o wide"})
    int images(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        List<HostImage> images = session.client().hosts().images(name);
        Console console = session.console();
        if (output.data()) {
            output.print(console, images);
        } else if (output.names()) {
            OutputOptions.names(
                    console,
                    images.stream().flatMap(image -> image.names().stream()).toList());
        } else {
            console.out().print(HostImageViews.table(console, images, output.wide()));
        }
        return 0;
    }

    @Command(
            name = "watch",
            mixinStandardHelpOptions = true,
            description = "Shows the hosts, then each change as it happens, until stopped.",
            footer = {"", "Example:", "  mos host watch"})
    int watch(
            @Option(names = "--for", paramLabel = "TIME", description = "Ends after that time, such as 30s") @Nullable
                    Interval span,
            @Mixin OutputOptions output)
            throws InterruptedException {
        Page<HostResource> hosts = session.client().hosts().list();
        Console console = session.console();
        hosts.items()
                .forEach(host -> show(console, new WatchEvent<>(WatchEvent.Type.PUT, host.revision(), host), output));
        try (Watch<HostResource> watch = session.client().hosts().watch(hosts.revision())) {
            WatchLoop.run(console, watch, span, event -> show(console, event, output));
        }
        return 0;
    }

    private static void show(Console console, WatchEvent<HostResource> event, OutputOptions output) {
        HostResource host = event.item();
        if (host == null) {
            return;
        }
        if (output.data()) {
            output.printOne(console, Map.of("type", event.type(), "item", host));
            return;
        }
        String state = event.type() == WatchEvent.Type.DELETE ? "REMOVED" : state(host);
        String reason =
                host.status().reason() == null ? "" : "  " + host.status().reason();
        console.out().println(event.revision() + "  " + host.name() + "  " + SetViews.painted(console, state) + reason);
        console.flush();
    }

    @Command(
            name = "cordon",
            mixinStandardHelpOptions = true,
            description = "Keeps new sets away from a host; what runs there, runs on.",
            footer = {"", "Example:", "  mos host cordon h1"})
    int cordon(@Parameters(paramLabel = "NAME") String name) {
        session.console().out().println(session.client().hosts().cordon(name).name() + " cordoned");
        return 0;
    }

    @Command(
            name = "uncordon",
            mixinStandardHelpOptions = true,
            description = "Lets new sets onto a host again; one that is drained is drained no more.",
            footer = {"", "Example:", "  mos host uncordon h1"})
    int uncordon(@Parameters(paramLabel = "NAME") String name) {
        session.console().out().println(session.client().hosts().uncordon(name).name() + " uncordoned");
        return 0;
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            description = {
                "Moves a host's sets to other hosts, and shows how far it is until none is left to move.",
                "Each stops here before it starts elsewhere. Sets with a volume stay, unless told otherwise."
            },
            footer = {
                "",
                "Examples:",
                "  mos host drain h1",
                "  mos host drain h1 --budget 3 --no-wait",
                "  mos host drain h1 --stop"
            })
    int drain(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--budget",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "How many sets of one app may be down for it at once (${DEFAULT-VALUE})")
                    int budget,
            @Option(
                            names = "--with-volumes",
                            description = "Moves sets with a volume too: WHAT IS IN THEIR VOLUMES IS LOST")
                    boolean withVolumes,
            @Option(names = "--stop", description = "Stops to drain; what stopped to move starts again") boolean stop,
            @Option(names = "--no-wait", description = "Only begins") boolean noWait)
            throws InterruptedException {
        Console console = session.console();
        if (stop) {
            console.out()
                    .println(session.client().hosts().undrain(name).name() + " is no longer drained, and cordoned");
            return 0;
        }
        HostResource host = session.client().hosts().drain(name, new HostSpec.Drain(budget, withVolumes));
        if (noWait) {
            console.out().println(name + " is being drained");
            return 0;
        }
        return awaitDrained(console, host);
    }

    /** Shows each step; ends when nothing is left to move, or when somebody stopped it. */
    private int awaitDrained(Console console, HostResource begun) throws InterruptedException {
        String shown = "";
        HostResource host = begun;
        while (host.spec().drain() != null) {
            String reason = SetViews.text(host.status().reason());
            if (!reason.equals(shown)) {
                console.out().println(host.name() + "  " + host.status().state() + "  " + reason);
                console.flush();
                shown = reason;
            }
            if (reason.startsWith("drained") || reason.matches("[0-9]+ sets? left: [0-9]+ kept for the volume")) {
                return 0;
            }
            Thread.sleep(DRAIN_LOOK);
            host = session.client().hosts().get(host.name());
        }
        console.out().println(host.name() + "  no longer drained");
        return 1;
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Takes a host out of the cluster; it must hold no sets.",
            footer = {"", "Example:", "  mos host remove h1"})
    int remove(@Parameters(paramLabel = "NAME") String name) {
        session.client().hosts().remove(name);
        session.console().out().println(name + " removed");
        return 0;
    }

    @Command(
            name = "join-token",
            mixinStandardHelpOptions = true,
            description = {"Makes a token that lets one host join, once.", "Only the token goes to standard output."},
            footer = {"", "Example:", "  mos host join-token rack7-3 --ttl 1h    # put it in the host's agent.json"})
    int joinToken(
            @Parameters(paramLabel = "NAME", description = "Name of the token") String name,
            @Option(names = "--ttl", paramLabel = "TIME", description = "How long it is good for (default: 24h)")
                    @Nullable
                    Interval ttl) {
        TokenCalls.CreatedToken made =
                session.client().tokens().create(TokenCalls.NewToken.join(name, ttl == null ? "24h" : ttl.toString()));
        session.console().out().println(made.token());
        return 0;
    }
}
