package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Page;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mos audit}. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Shows who changed what, and the outcome (admins only).",
        footer = {"", "Examples:", "  mos audit", "  mos audit --actor ci --limit 500 -o json"})
public final class AuditCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--actor", paramLabel = "TOKEN", description = "Only the calls of the token of this name")
    private @Nullable String actor;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: 50)")
    private int limit = 50;

    @Option(names = "--after", paramLabel = "ID", description = "Only those after this one")
    private @Nullable Long after;

    @Mixin
    private OutputOptions output = new OutputOptions();

    public AuditCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Page<AuditEntry> entries = session.client().audit(after, limit, actor);
        Console console = session.console();
        if (output.data()) {
            output.print(console, entries);
            return 0;
        }
        Table table = new Table("ID", "AT", "ACTOR", "TENANT", "STATUS", "ACTION", "DETAIL");
        for (AuditEntry entry : entries.items()) {
            table.row(
                    entry.id(),
                    entry.at(),
                    entry.actor(),
                    SetViews.text(entry.tenant()),
                    entry.status(),
                    entry.action(),
                    SetViews.text(entry.detail()));
        }
        console.out().print(table.text());
        return 0;
    }
}
