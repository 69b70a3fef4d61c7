package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Commands on tenants. */
@Command(
        name = "tenant",
        mixinStandardHelpOptions = true,
        description = "Tenants: owners of sets, with quotas.",
        footer = {"", "Example:", "  mos tenant list"})
public final class TenantCommand {
    private final Session session;

    public TenantCommand(Session session) {
        this.session = session;
    }

    /** The most that a tenant may ask for; what is not named has no limit. */
    static final class QuotaOptions {
        @Option(names = "--sets", paramLabel = "N", description = "Most sets")
        private @Nullable Integer sets;

        @Option(names = "--cpu", paramLabel = "CORES", description = "Most cores, such as 16 or 500m")
        private @Nullable Cpu cpu;

        @Option(names = "--memory", paramLabel = "SIZE", description = "Most memory, such as 64Gi")
        private @Nullable Bytes memory;

        @Option(names = "--disk", paramLabel = "SIZE", description = "Most volume space, such as 1Ti")
        private @Nullable Bytes disk;

        TenantSpec.@Nullable Quota quota() {
            return sets == null && cpu == null && memory == null && disk == null
                    ? null
                    : new TenantSpec.Quota(sets, cpu, memory, disk);
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Makes a tenant.",
            footer = {"", "Example:", "  mos tenant create food --cpu 16 --memory 64Gi --sets 100"})
    int create(@Parameters(paramLabel = "NAME") String name, @Mixin QuotaOptions quota) {
        session.client().tenants().create(new TenantSpec(name, quota.quota()));
        session.console().out().println(name + " created");
        return 0;
    }

    @Command(
            name = "update",
            mixinStandardHelpOptions = true,
            description = "Changes the limits that are named; the others stay.",
            footer = {"", "Example:", "  mos tenant update food --cpu 32"})
    int update(@Parameters(paramLabel = "NAME") String name, @Mixin QuotaOptions quota) {
        TenantSpec.Quota changed = quota.quota();
        if (changed == null) {
            throw new CliException(ExitCode.USAGE, "say what to change: --sets, --cpu, --memory or --disk");
        }
        ObjectNode patch = Json.mapper().createObjectNode();
        patch.set("quota", Json.mapper().valueToTree(changed));
        session.client().tenants().patch(name, patch, null);
        session.console().out().println(name + " changed");
        return 0;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists the tenants and their quotas.",
            footer = {"", "Example:", "  mos tenant list"})
    int list(@Mixin OutputOptions output) {
        Page<TenantResource> tenants = session.client().tenants().list();
        if (output.data()) {
            output.print(session.console(), tenants);
        } else if (output.names()) {
            OutputOptions.names(
                    session.console(),
                    tenants.items().stream().map(TenantResource::name).toList());
        } else {
            print(session.console(), tenants.items());
        }
        return 0;
    }

    @Command(
            name = "get",
            mixinStandardHelpOptions = true,
            description = "Shows one tenant.",
            footer = {"", "Example:", "  mos tenant get food -o yaml"})
    int get(@Parameters(paramLabel = "NAME") String name, @Mixin OutputOptions output) {
        TenantResource tenant = session.client().tenants().get(name);
        if (output.data()) {
            output.print(session.console(), tenant);
        } else {
            print(session.console(), List.of(tenant));
        }
        return 0;
    }

    private static void print(Console console, List<TenantResource> tenants) {
        Table table = new Table("NAME", "SETS", "CPU", "MEMORY", "DISK");
        for (TenantResource tenant : tenants) {
            TenantSpec.Quota quota = tenant.spec().quota();
            table.row(
                    tenant.name(),
                    limit(quota == null ? null : quota.sets()),
                    limit(quota == null ? null : quota.cpu()),
                    limit(quota == null ? null : quota.memory()),
                    limit(quota == null ? null : quota.disk()));
        }
        console.out().print(table.text());
    }

    private static String limit(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description = "Removes a tenant that has no sets.",
            footer = {"", "Example:", "  mos tenant delete food"})
    int delete(@Parameters(paramLabel = "NAME") String name) {
        session.client().tenants().delete(name);
        session.console().out().println(name + " deleted");
        return 0;
    }
}
