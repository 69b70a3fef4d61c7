package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos bench}; the launcher does it, since the benchmarks are a program of their own. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Runs a benchmark; its last line is name=value pairs.",
        footer = {
            "",
            "Examples:",
            "  ./mos bench start",
            "  ./mos bench burst",
            "  ./mos bench gray",
            "  ./mos bench resize",
            "  ./mos bench footprint",
            "  ./mos bench schedule",
            "  ./mos bench cluster --hosts 500 --sets 10000"
        })
public final class BenchCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(
            paramLabel = "NAME",
            description = "start, burst, gray, resize, footprint, schedule, cluster or watch, and its arguments",
            arity = "1..*")
    private List<String> arguments = List.of();

    public BenchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "bench", arguments);
    }
}
