package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.DockerSocket;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageArchive;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image push}. */
@Command(
        name = "push",
        mixinStandardHelpOptions = true,
        description = {
            "Sends an image to the repository: from what 'docker save' wrote, from an OCI layout (a",
            "directory or a tar, packed or not), or from this machine's docker daemon. Only layers that",
            "the repository lacks travel, and what a lost connection cut off goes on where it was."
        },
        footer = {
            "",
            "Examples:",
            "  mos image push web.tar food/web:1",
            "  docker save web:1 | mos image push - food/web:1",
            "  mos image push docker:web:1 food/web:1",
            "  mos image push layout/ food/web:1 --image web:1 --platform linux/amd64"
        })
final class ImagePushCommand implements Callable<Integer> {
    private static final String DOCKER = "docker:";

    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "A tar, a layout's directory, - for the input, or docker:NAME")
    private String source = "";

    @Parameters(index = "1", paramLabel = "IMAGE", description = "TENANT/NAME:TAG that it is to be")
    private String image = "";

    @Option(names = "--image", paramLabel = "NAME", description = "Which one, of an archive with several")
    private @Nullable String which;

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "Only that platform's; else all that there are")
    private @Nullable Platform platform;

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "The most that a packed archive may unpack to; 64Gi",
            defaultValue = "64Gi")
    private Bytes maxSize = Bytes.mebi(64 << 10);

    @Mixin
    private TransferOptions transfer = new TransferOptions();

    ImagePushCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ImageName name = ImageName.tagged(session, image);
        try (Scratch scratch = transfer.scratch(session)) {
            LayerCache cache = LayerCache.of(session.environment());
            return transfer.push(session, name, progress -> {
                progress.step("reading " + source);
                Path archive = archive(scratch);
                ImageArchive read = ImageArchive.open(archive, cache, scratch, maxSize.value());
                Image found = read.read(which, platform);
                return found;
            });
        }
    }

    private Path archive(Scratch scratch) throws IOException {
        if (source.equals("-")) {
            Path file = scratch.file();
            InputStream in = session.console().in();
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            return file;
        }
        if (source.startsWith(DOCKER)) {
            Path file = scratch.file();
            DockerSocket.of(session.environment()).save(source.substring(DOCKER.length()), file);
            return file;
        }
        return Path.of(source);
    }
}
