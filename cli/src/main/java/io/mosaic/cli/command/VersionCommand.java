package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos version}. */
@Command(
        name = "version",
        mixinStandardHelpOptions = true,
        description = "Shows the version of this program and of the server.",
        footer = {"", "Examples:", "  mos version", "  mos version --client"})
public final class VersionCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--client", description = "Ask no server")
    private boolean clientOnly;

    public VersionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Map<String, Object> versions = new LinkedHashMap<>();
        versions.put("client", version());
        if (!clientOnly) {
            versions.put("server", session.client().version());
            versions.put("caller", session.client().whoami());
        }
        versions.forEach((what, value) -> session.console().out().println(what + "  " + value));
        return 0;
    }

    static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
