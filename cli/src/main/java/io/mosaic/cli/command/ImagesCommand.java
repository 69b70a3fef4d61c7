package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code mos images}; the launcher does it, since it is a program of its own. */
@Command(
        name = "images",
        mixinStandardHelpOptions = true,
        description = "Runs the image repository, a registry for docker and its kin; see its own --help.",
        footer = {
            "",
            "Examples:",
            "  ./mos images --config /etc/mosaic/images.json",
            "  ./mos images --help          all keys of its configuration"
        })
public final class ImagesCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "OPTION", description = "see its own --help", arity = "0..*")
    private List<String> arguments = List.of();

    public ImagesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        return Launcher.run(session, "images", arguments);
    }
}
