package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.RebalancePlan;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mos rebalance}. */
@Command(
        name = "rebalance",
        mixinStandardHelpOptions = true,
        description = {
            "Shows which sets would better be on other hosts, and what that gains.",
            "With --execute each of them stops and starts elsewhere; one of an app at a time, none with a volume."
        },
        footer = {"", "Examples:", "  mos rebalance", "  mos rebalance --execute"})
public final class RebalanceCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--plan", description = "Only show (the default)")
    private boolean plan;

    @Option(names = "--execute", description = "Move them")
    private boolean execute;

    @Mixin
    private OutputOptions output = new OutputOptions();

    public RebalanceCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        boolean moves = execute && !plan;
        RebalancePlan made = moves
                ? session.client().hosts().rebalance()
                : session.client().hosts().planRebalance();
        Console console = session.console();
        if (output.data()) {
            output.print(console, made);
            return 0;
        }
        if (made.moves().isEmpty()) {
            console.out().println("no move is worth a stop");
            return 0;
        }
        Table table = new Table("TENANT", "SET", "FROM", "TO");
        made.moves().forEach(move -> table.row(move.tenant(), move.set(), move.from(), move.to()));
        console.out().print(table.text());
        console.out()
                .println("fullest host " + made.before().highestPercent() + "% -> "
                        + made.after().highestPercent() + "%, mean "
                        + made.before().meanPercent() + "%"
                        + (moves ? "; being moved" : "; nothing is moved without --execute"));
        return 0;
    }
}
