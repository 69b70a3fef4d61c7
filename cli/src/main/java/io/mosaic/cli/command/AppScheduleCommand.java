package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.AppSpec;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingWindow;
import io.mosaic.scale.Schedule;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what an app's windows want. */
@Command(
        name = "schedule",
        mixinStandardHelpOptions = true,
        description =
                "Shows the windows of an app's scaling, and with --preview how many instances they want and when.",
        footer = {
            "",
            "Examples:",
            "  mos app schedule food-web --preview",
            "  mos app schedule -f food-web.app.yaml --preview --days 2   # of a file, without a cluster"
        })
final class AppScheduleCommand implements Callable<Integer> {
    private static final int TURNS_MAX = 1000;
    private static final int DAYS_MAX = 366;

    private final Session session;

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "The app")
    private @Nullable String name;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "Of this file instead, JSON or YAML; - is standard input")
    private @Nullable String file;

    @Option(names = "--preview", description = "Each change within the next week")
    private boolean preview;

    @Option(
            names = "--days",
            paramLabel = "N",
            description = "How far ahead (default: ${DEFAULT-VALUE})",
            defaultValue = "7")
    private int days;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Whose clock to show (default: that of the first window)")
    private @Nullable String zone;

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppScheduleCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Console console = session.console();
        if (days < 1 || days > DAYS_MAX) {
            throw new CliException(ExitCode.USAGE, "--days must be 1 to " + DAYS_MAX);
        }
        ScalingPolicy policy = AppFiles.scaling(spec(console));
        if (policy.windows().isEmpty()) {
            console.err().println("its scaling has no windows");
            return 0;
        }
        ZoneId shown = AppFiles.zone(zone, policy);
        Schedule schedule = Schedule.of(policy);
        Instant now = console.clock().instant();
        List<Schedule.Turn> turns = schedule.preview(now, now.plus(Duration.ofDays(days)), TURNS_MAX);
        if (output.data()) {
            output.print(console, preview ? turns : policy.windows());
            return 0;
        }
        console.out().print(preview ? turns(turns, shown) : windows(policy, schedule, now));
        if (preview && turns.size() == TURNS_MAX) {
            console.err().println("more changes follow; --days shows fewer");
        }
        console.flush();
        return 0;
    }

    private AppSpec spec(Console console) throws IOException {
        if ((name == null) == (file == null)) {
            throw new CliException(ExitCode.USAGE, "give either the NAME of an app or a file with -f");
        }
        return file == null
                ? session.client().apps().get(name == null ? "" : name).spec()
                : AppFiles.one(console, file);
    }

    private static String windows(ScalingPolicy policy, Schedule schedule, Instant now) {
        Schedule.Level level = schedule.at(now);
        String open = level == null ? null : level.window();
        Table table = new Table("WINDOW", "CRON", "ZONE", "REPLICAS", "LASTS", "NOW");
        for (ScalingWindow window : policy.windows()) {
            table.row(
                    window.title(),
                    window.cronOrEmpty(),
                    window.zone(),
                    window.replicasOrNone(),
                    window.lasts() == null ? "until the next" : window.lasts(),
                    window.title().equals(open) ? "*" : "");
        }
        return table.text();
    }

    private static String turns(List<Schedule.Turn> turns, ZoneId zone) {
        Table table = new Table("FROM (" + zone + ")", "REPLICAS", "WINDOW");
        turns.forEach(turn -> table.row(
                AppFiles.TIME.format(turn.at().atZone(zone)),
                turn.replicas(),
                turn.window() == null ? "none is open: the minimum" : turn.window()));
        return table.text();
    }
}
