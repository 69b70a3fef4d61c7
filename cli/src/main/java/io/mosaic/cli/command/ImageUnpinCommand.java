package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mos image unpin}. */
@Command(
        name = "unpin",
        mixinStandardHelpOptions = true,
        description = "Lets hosts remove an image again when they need room and nothing uses it.",
        footer = {
            "",
            "Examples:",
            "  mos image unpin food/web:2 --pool web",
            "  mos image unpin food/web@sha256:... --all"
        })
final class ImageUnpinCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "As a set of the tenant would name it")
    private String image = "";

    @Mixin
    private HostChoice choice = new HostChoice();

    @Mixin
    private OutputOptions output = new OutputOptions();

    ImageUnpinCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new ImagePins(session).run(image, choice, output, false);
    }
}
