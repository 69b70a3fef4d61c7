package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.scale.LoadTrace;
import io.mosaic.scale.WhatIf;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Replays a recorded load through an app's policies. */
@Command(
        name = "what-if",
        mixinStandardHelpOptions = true,
        description = {
            "Replays a recorded load through an app's scaling, without a cluster: how many instances there would have been, and what"
                    + " they cost against a fixed fleet.",
            "",
            "A model: each instance serves --capacity requests a second at most, all get the same share, and what is too much is"
                    + " lost. A Prometheus query is taken to answer the requests a second."
        },
        footer = {
            "",
            "Examples:",
            "  mos app what-if -f examples/food-web.scaling.yaml --load examples/food-web.load.csv --capacity 100",
            "  mos app what-if -f app.yaml --load load.csv --capacity 100 --start 45s --fixed 32 -o json"
        })
final class AppWhatIfCommand implements Callable<Integer> {
    private static final int BAR = 40;
    private static final double FULL = 100.0;

    private final Session session;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "The app, JSON or YAML; - is standard input")
    private String file = "";

    @Option(names = "--load", required = true, paramLabel = "CSV", description = "Rows of time,requests")
    private String load = "";

    @Option(
            names = "--capacity",
            required = true,
            paramLabel = "N",
            description = "Requests a second that one instance serves at most")
    private double capacity;

    @Option(
            names = "--start",
            paramLabel = "TIME",
            description = "Until a new instance serves (default: ${DEFAULT-VALUE})",
            defaultValue = "30s")
    private Interval start = Interval.ofSeconds(30);

    @Option(
            names = "--fixed",
            paramLabel = "N",
            description = "Compare with a fleet of so many (default: as many as carry the peak)")
    private @Nullable Integer fixed;

    @Option(
            names = "--every",
            paramLabel = "TIME",
            description = "One line for so much time (default: ${DEFAULT-VALUE})",
            defaultValue = "30m")
    private Interval every = Interval.ofSeconds(1800);

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Whose clock to show (default: that of the first window, or UTC)")
    private @Nullable String zone;

    @Option(names = "--decisions", description = "Show each decision and its reason as well")
    private boolean decisions;

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppWhatIfCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        if (!(capacity > 0 && capacity <= 1e9)) {
            throw new CliException(ExitCode.USAGE, "--capacity must be above 0");
        }
        if (fixed != null && fixed < 1) {
            throw new CliException(ExitCode.USAGE, "--fixed must be 1 or more");
        }
        Console console = session.console();
        AppSpec spec = AppFiles.one(console, file);
        ScalingPolicy policy = AppFiles.scaling(spec);
        WhatIf.Outcome outcome = WhatIf.run(policy, new WhatIf.Terms(capacity, start, fixed, spec.replicas()), trace());
        if (!outcome.left().isEmpty()) {
            console.err()
                    .println("left out, as they do not follow from requests: " + String.join(", ", outcome.left()));
        }
        if (output.data()) {
            output.print(console, outcome);
        } else {
            ZoneId shown = AppFiles.zone(zone, policy);
            console.out()
                    .print(table(outcome, shown) + (decisions ? "\n" + decisions(outcome, shown) : "") + "\n"
                            + sums(outcome));
        }
        console.flush();
        return 0;
    }

    private LoadTrace trace() throws IOException {
        try (Reader csv = Files.newBufferedReader(Path.of(load))) {
            return LoadTrace.read(csv);
        } catch (NoSuchFileException e) {
            throw new CliException(ExitCode.USAGE, "there is no file " + load);
        } catch (MalformedInputException e) {
            throw new CliException(ExitCode.FAILED, load + " is no text in UTF-8");
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, load + ", " + e.getMessage());
        }
    }

    /** The busiest sample of each span of time. */
    private String table(WhatIf.Outcome outcome, ZoneId zone) {
        List<WhatIf.Sample> shown = new ArrayList<>();
        Instant next = Instant.MIN;
        for (WhatIf.Sample sample : outcome.samples()) {
            if (!sample.at().isBefore(next)) {
                shown.add(sample);
                next = sample.at().plus(Duration.ofMillis(Math.max(1, every.millis())));
            } else if (sample.perSecond() > shown.getLast().perSecond()) {
                shown.set(shown.size() - 1, sample);
            }
        }
        int peak = Math.max(1, outcome.peak());
        Table table = new Table("TIME (" + zone + ")", "REQUESTS/S", "INSTANCES", "SERVING", "BUSY", "");
        for (WhatIf.Sample sample : shown) {
            table.row(
                    AppFiles.TIME.format(sample.at().atZone(zone)),
                    String.format(Locale.ROOT, "%.0f", sample.perSecond()),
                    sample.replicas(),
                    sample.serving(),
                    sample.busy() > FULL ? "over" : String.format(Locale.ROOT, "%.0f%%", sample.busy()),
                    "#".repeat(Math.max(1, BAR * sample.replicas() / peak)));
        }
        return table.text();
    }

    private static String decisions(WhatIf.Outcome outcome, ZoneId zone) {
        Table table = new Table("TIME (" + zone + ")", "CHANGE", "BECAUSE");
        outcome.turns()
                .forEach(turn -> table.row(
                        AppFiles.TIME.format(turn.at().atZone(zone)),
                        turn.from() + " -> " + turn.to(),
                        turn.because()));
        return table.text();
    }

    private static String sums(WhatIf.Outcome outcome) {
        double saved = outcome.savedPercent();
        return String.format(
                        Locale.ROOT,
                        "Instance-hours  %.1f, at most %d at once, %d decisions%n",
                        outcome.instanceHours(),
                        outcome.peak(),
                        outcome.turns().size())
                + String.format(
                        Locale.ROOT,
                        "Fixed fleet     %.1f (%d instances all the time)%n",
                        outcome.fixedHours(),
                        outcome.fixed())
                + String.format(
                        Locale.ROOT, "Cost            %.0f%% %s%n", Math.abs(saved), saved >= 0 ? "less" : "more")
                + String.format(
                        Locale.ROOT,
                        "Lost requests   %.3f%% (fixed fleet: %.3f%%)%n",
                        lost(outcome.lost(), outcome),
                        lost(outcome.fixedLost(), outcome));
    }

    private static double lost(double requests, WhatIf.Outcome outcome) {
        return outcome.requests() == 0 ? 0 : FULL * requests / outcome.requests();
    }
}
