package io.mosaic.cli;

import io.mosaic.cli.command.CommandTree;
import io.mosaic.cli.connect.ConnectionOptions;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;

/** Entry of {@code mos}. */
public final class Main {
    private static final Set<List<String>> VERSION = Set.of(List.of("--version"), List.of("-V"));

    private Main() {}

    public static void main(String[] args) {
        Console console = Console.system();
        int code = run(console, args);
        console.flush();
        System.exit(code);
    }

    /** Runs one command; returns its exit code. */
    public static int run(Console console, String... args) {
        try (Session session = new Session(console)) {
            List<String> arguments = ConnectionOptions.inFront(List.of(args));
            CommandLine commands = VERSION.contains(arguments)
                    ? CommandTree.root(session)
                    : CommandTree.forCommand(session, ConnectionOptions.command(arguments));
            commands.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
            commands.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
            commands.setColorScheme(CommandLine.Help.defaultColorScheme(
                    console.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
            Faults faults = new Faults(console);
            commands.setParameterExceptionHandler(faults).setExecutionExceptionHandler(faults);
            return commands.execute(args.length == 0 ? new String[] {"--help"} : arguments.toArray(String[]::new));
        } finally {
            console.flush();
        }
    }
}
