package io.mosaic.cli;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ServerUnreachableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Says what went wrong in words for the user, and picks the exit code. */
final class Faults implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Console console;

    Faults(Console console) {
        this.console = console;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        console.flush();
        console.err().println("mos: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, console.err());
        console.err().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        console.flush();
        return switch (e) {
            case CliException ours -> told(ours.exitCode(), String.valueOf(ours.getMessage()));
            case ProblemException refused -> told(refused.problem());
            case ServerUnreachableException silent ->
                told(ExitCode.UNREACHABLE, "no answer from " + silent.getMessage() + hint(silent));
            case CancellationException cancelled -> ExitCode.INTERRUPTED;
            case InterruptedException interrupted -> ExitCode.INTERRUPTED;
            case UncheckedIOException io ->
                told(ExitCode.FAILED, io.getCause() == null ? io.toString() : fileFault(io.getCause()));
            case IOException io -> told(ExitCode.FAILED, fileFault(io));
            default -> unexpected(e);
        };
    }

    private static String hint(ServerUnreachableException e) {
        return e.getMessage() != null && e.getMessage().contains("certif")
                ? "\n  its certificate is not trusted here: give the cluster's CA with --ca-file or MOS_CA_FILE"
                : "";
    }

    private int told(int code, String message) {
        console.err().println("mos: " + message);
        return code;
    }

    private int told(Problem problem) {
        console.err().println("mos: " + problem.title());
        if (problem.errors().isEmpty()) {
            if (problem.detail() != null) {
                console.err().println("  " + problem.detail());
            }
        }
        for (Problem.FieldError error : problem.errors()) {
            String value = error.value() == null ? "" : " (is " + error.value() + ")";
            String field = error.field().isEmpty() ? "" : error.field() + "  ";
            console.err().println("  " + field + error.rule() + value);
        }
        return ExitCode.of(problem);
    }

    private static String fileFault(IOException e) {
        if (e instanceof FileSystemException fault) {
            String why = fault.getReason() != null
                    ? fault.getReason()
                    : fault.getClass().getSimpleName().replace("Exception", "");
            return fault.getFile() + ": " + why;
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** A fault of this program: the trace helps to mend it. */
    private int unexpected(Exception e) {
        console.err().println("mos: an unexpected fault, please report it with these lines");
        e.printStackTrace(console.err());
        return ExitCode.FAILED;
    }
}
