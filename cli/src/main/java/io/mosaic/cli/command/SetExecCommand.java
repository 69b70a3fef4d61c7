package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Terminal;
import io.mosaic.model.client.Exec;
import io.mosaic.model.client.ExecQuery;
import io.mosaic.model.client.ServerUnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos set exec}. */
@Command(
        name = "exec",
        mixinStandardHelpOptions = true,
        description = "Runs a command in a container of a set and ends with its exit code.",
        footer = {
            "",
            "Examples:",
            "  mos set exec web -- ls -l /data",
            "  mos set exec web -it -- /bin/sh",
            "  tar c files | mos set exec web -i -c writer -- tar x -C /data"
        })
final class SetExecCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final Duration GLANCE = Duration.ofHours(1);

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME")
    private String name = "";

    @Parameters(index = "1..*", paramLabel = "COMMAND", arity = "1..*", description = "After --, with its arguments")
    private List<String> command = List.of();

    @Option(
            names = {"-c", "--container"},
            paramLabel = "NAME",
            description = "Which container; else the first")
    private @Nullable String container;

    @Option(
            names = {"-i", "--stdin"},
            description = "Send standard input")
    private boolean stdin;

    @Option(
            names = {"-t", "--tty"},
            description = "Give the command a terminal")
    private boolean tty;

    @Option(
            names = {"-u", "--user"},
            paramLabel = "USER",
            description = "User to run as: a name, or uid[:gid]")
    private @Nullable String user;

    SetExecCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = session.console();
        if (tty && !(console.inTerminal() && console.outTerminal())) {
            throw new CliException(ExitCode.USAGE, "-t needs a terminal on standard input and output");
        }
        Terminal.Size size = tty ? Terminal.size() : new Terminal.Size(0, 0);
        ExecQuery query = new ExecQuery(container, command, stdin, tty, size.columns(), size.rows(), user);
        try (Exec exec = session.client().sets().exec(name, query, checked(console), console.err())) {
            if (!tty) {
                return run(exec, console);
            }
            Terminal.onResize(() -> resize(exec));
            if (!stdin) {
                return run(exec, console);
            }
            try (Terminal raw = Terminal.raw()) {
                return run(exec, console);
            }
        }
    }

    private int run(Exec exec, Console console) throws InterruptedException {
        if (stdin) {
            // A daemon: when the command ends nobody waits for more input.
            Thread.ofPlatform().daemon().name("stdin").start(() -> copy(console.in(), exec));
        }
        while (true) {
            Integer code;
            try {
                code = exec.waitFor(GLANCE);
            } catch (ServerUnreachableException e) {
                if (console.outClosed()) {
                    return ExitCode.OUTPUT_CLOSED;
                }
                throw e;
            }
            if (code != null) {
                console.flush();
                return code;
            }
        }
    }

    /** A print stream keeps its faults to itself; a command whose output nobody reads must end. */
    private static OutputStream checked(Console console) {
        return new OutputStream() {
            @Override
            public void write(int b) {
                console.out().write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                console.out().write(bytes, offset, length);
            }

            @Override
            public void flush() throws IOException {
                if (console.outClosed()) {
                    throw new IOException("nobody reads the output");
                }
            }
        };
    }

    /** A failure here shows itself as the command's end, which the main thread waits for. */
    private static void copy(InputStream in, Exec exec) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (OutputStream out = exec.stdin()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            System.getLogger(SetExecCommand.class.getName()).log(System.Logger.Level.DEBUG, "input ended", e);
        }
    }

    private static void resize(Exec exec) {
        try {
            Terminal.Size size = Terminal.size();
            exec.resize(size.columns(), size.rows());
        } catch (IOException e) {
            System.getLogger(SetExecCommand.class.getName()).log(System.Logger.Level.DEBUG, "not resized", e);
        }
    }
}
