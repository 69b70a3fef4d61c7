package io.mosaic.cli.connect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command takes, before or after its name. */
public final class ConnectionOptions {

    private static final Set<String> NAMES = Set.of("--server", "--token-file", "--ca-file", "--context", "--tenant");

    /**
     * The arguments with these options moved to the front, where the root command reads them: picocli's own inherited
     * options do not go with commands that are methods. What follows {@code --} belongs to a command in a container.
     */
    public static List<String> inFront(List<String> arguments) {
        List<String> front = new ArrayList<>();
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--")) {
                rest.addAll(arguments.subList(i, arguments.size()));
                break;
            }
            if (NAMES.contains(argument) && i + 1 < arguments.size()) {
                front.add(argument);
                front.add(arguments.get(++i));
            } else if (NAMES.contains(argument.substring(0, Math.max(0, argument.indexOf('='))))) {
                front.add(argument);
            } else {
                rest.add(argument);
            }
        }
        front.addAll(rest);
        return front;
    }

    /** The first word that is neither one of these options nor its value. */
    public static String command(List<String> inFront) {
        int i = 0;
        while (i < inFront.size() && inFront.get(i).startsWith("--")) {
            i += NAMES.contains(inFront.get(i)) ? 2 : 1;
        }
        return i < inFront.size() ? inFront.get(i) : "";
    }

    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "The API, such as https://host:8443 (else MOS_SERVER)")
    public @Nullable String server;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File that holds the token (else MOS_TOKEN, the token itself)")
    public @Nullable Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "The cluster's CA certificate, PEM (else MOS_CA_FILE)")
    public @Nullable Path caFile;

    @Option(names = "--context", paramLabel = "NAME", description = "A stored connection, see: mos context")
    public @Nullable String context;

    @Option(names = "--tenant", paramLabel = "NAME", description = "Tenant to act for (else MOS_TENANT)")
    public @Nullable String tenant;
}
