package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mos image pin}. */
@Command(
        name = "pin",
        mixinStandardHelpOptions = true,
        description = {
            "Has hosts keep an image that they have, whatever room they need. What is not there is",
            "brought and kept by 'mos image prefetch --pin'. 'mos host images' shows what is pinned."
        },
        footer = {"", "Examples:", "  mos image pin food/web:2 --host h1", "  mos image pin food/web:2 --pool web"})
final class ImagePinCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "As a set of the tenant would name it")
    private String image = "";

    @Mixin
    private HostChoice choice = new HostChoice();

    @Mixin
    private OutputOptions output = new OutputOptions();

    ImagePinCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new ImagePins(session).run(image, choice, output, true);
    }
}
