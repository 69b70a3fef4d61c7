package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Hands a command on to the launcher script of the project. */
final class Launcher {
    /** Set by the launcher: where the project is. */
    static final String ROOT_PROPERTY = "mosaic.dist";

    private Launcher() {}

    static int run(Session session, String command, List<String> arguments) throws IOException, InterruptedException {
        String root = System.getProperty(ROOT_PROPERTY);
        Path script = root == null ? null : Path.of(root, "mos");
        if (script == null || !Files.isExecutable(script)) {
            throw new CliException(ExitCode.FAILED, "this needs the project's source: run ./mos " + command + " there");
        }
        session.console().flush();
        List<String> line = new ArrayList<>(List.of(script.toString(), command));
        line.addAll(arguments);
        return new ProcessBuilder(line).inheritIO().start().waitFor();
    }
}
