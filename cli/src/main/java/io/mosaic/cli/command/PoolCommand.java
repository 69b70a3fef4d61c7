package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PoolSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Commands on pools. */
@Command(
        name = "pool",
        mixinStandardHelpOptions = true,
        description = "Pools: groups of hosts, reserved for some or open to all.",
        footer = {"", "Example:", "  mos pool list"})
public final class PoolCommand {
    private final Session session;

    public PoolCommand(Session session) {
        this.session = session;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the pools that are described; others are open to all.",
            footer = {"", "Example:", "  mos pool list"})
    int list(@Mixin OutputOptions output) {
        Page<PoolResource> pools = session.client().pools().list();
        if (output.data()) {
            output.print(session.console(), pools);
            return 0;
        }
        if (output.names()) {
            OutputOptions.names(
                    session.console(),
                    pools.items().stream().map(PoolResource::name).toList());
            return 0;
        }
        Table table = new Table("NAME", "TENANTS", "APPS", "CPU-OVERCOMMIT", "MEMORY-OVERCOMMIT");
        for (PoolResource pool : pools.items()) {
            PoolSpec spec = pool.spec();
            table.row(
                    pool.name(),
                    String.join(",", spec.tenants()),
                    String.join(",", spec.apps()),
                    spec.cpuFactor(),
                    spec.memoryFactor());
        }
        session.console().out().print(table.text());
        return 0;
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Describes a pool; what is not named stays. Hosts say themselves which pool they are in.",
            footer = {
                "",
                "Examples:",
                "  mos pool set gpu --tenant vision --app shop/search",
                "  mos pool set batch --cpu-overcommit 2"
            })
    int set(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--tenant", paramLabel = "NAME", description = "Reserves it for that tenant; repeatable")
                    @Nullable
                    List<String> tenants,
            @Option(names = "--app", paramLabel = "TENANT/APP", description = "Reserves it for that app; repeatable")
                    @Nullable
                    List<String> apps,
            @Option(
                            names = "--cpu-overcommit",
                            paramLabel = "N",
                            description = "How often cores are given away, 1 to 16")
                    @Nullable
                    Double cpu,
            @Option(
                            names = "--memory-overcommit",
                            paramLabel = "N",
                            description = "The same of memory; above 1, sets may be killed for want of it")
                    @Nullable
                    Double memory) {
        ObjectNode patch = Json.mapper().createObjectNode();
        if (tenants != null) {
            patch.set("tenants", Json.mapper().valueToTree(tenants));
        }
        if (apps != null) {
            patch.set("apps", Json.mapper().valueToTree(apps));
        }
        if (cpu != null) {
            patch.put("cpuOvercommit", cpu);
        }
        if (memory != null) {
            patch.put("memoryOvercommit", memory);
        }
        if (patch.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE, "say what to change: --tenant, --app, --cpu-overcommit or --memory-overcommit");
        }
        session.client().pools().patch(name, patch, null);
        session.console().out().println(name + " changed");
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Forgets what was said of a pool; its hosts are open to all then.",
            footer = {"", "Example:", "  mos pool delete batch"})
    int delete(@Parameters(paramLabel = "NAME") String name) {
        session.client().pools().delete(name);
        session.console().out().println(name + " deleted");
        return 0;
    }
}
