package io.mosaic.cli.command;

import io.mosaic.cli.build.Bases;
import io.mosaic.cli.build.Builder;
import io.mosaic.cli.build.ImageBuild;
import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageArchive;
import io.mosaic.cli.image.ImagePull;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image build}. */
@Command(
        name = "build",
        mixinStandardHelpOptions = true,
        description = {
            "Builds an image from a directory and its Dockerfile and sends it to the repository, without",
            "a daemon: FROM (of the repository, or scratch), COPY and ADD of files, ARG, ENV, LABEL,",
            "WORKDIR, USER, EXPOSE, VOLUME, ENTRYPOINT, CMD, SHELL, STOPSIGNAL and HEALTHCHECK. The same",
            "files give the same image, and then nothing travels. RUN, several stages and what else",
            "needs a container is refused: --builder docker or buildah lets that program build."
        },
        footer = {
            "",
            "Examples:",
            "  mos image build . --tag food/web:1",
            "  mos image build web/ --tag food/web:2 --file web/Dockerfile.prod --build-arg VERSION=2",
            "  mos image build . --tag food/tool:1 --builder docker"
        })
final class ImageBuildCommand implements Callable<Integer> {
    private static final long ARCHIVE_BYTES_MAX = 64L << 30;

    private final Session session;

    @Parameters(paramLabel = "DIR", description = "The directory that COPY copies from")
    private Path directory = Path.of(".");

    @Option(names = "--tag", required = true, paramLabel = "IMAGE", description = "TENANT/NAME:TAG that it is to be")
    private String tag = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The Dockerfile; else that of the directory")
    private @Nullable Path dockerfile;

    @Option(names = "--build-arg", paramLabel = "NAME=VALUE", description = "For an ARG; once for each")
    private Map<String, String> arguments = new LinkedHashMap<>();

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "What it is for; else this machine's")
    private Platform platform = Platform.own();

    @Option(names = "--builder", paramLabel = "docker|buildah", description = "Let that program build")
    private @Nullable Builder builder;

    @Mixin
    private TransferOptions transfer = new TransferOptions();

    ImageBuildCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ImageName name = ImageName.tagged(session, tag);
        if (!Files.isDirectory(directory)) {
            throw new CliException(ExitCode.USAGE, directory + " is not a directory");
        }
        try (Scratch scratch = transfer.scratch(session)) {
            return transfer.push(session, name, progress -> image(progress, scratch));
        }
    }

    private Image image(Progress progress, Scratch scratch) throws IOException, InterruptedException {
        LayerCache cache = LayerCache.of(session.environment());
        progress.step("building " + directory);
        if (builder != null) {
            Path archive =
                    builder.build(directory, dockerfile, arguments, session.environment(), scratch, progress::line);
            return ImageArchive.open(archive, cache, scratch, ARCHIVE_BYTES_MAX).read(null, null);
        }
        RegistryCalls registry = session.images().registry();
        ImagePull pull = new ImagePull(registry, transfer.transfers(progress, "looking at the base"));
        ImageBuild build = new ImageBuild(
                directory,
                arguments,
                platform,
                text -> {
                    ImageName base = ImageName.of(session, text);
                    return new ImageBuild.BaseFinder.Found(base.repository(), base.reference());
                },
                new Bases(registry, pull, cache, scratch),
                scratch);
        Image image = build.build(dockerfile == null ? directory.resolve("Dockerfile") : dockerfile);
        if (!build.unused().isEmpty()) {
            progress.line("no ARG asks for " + String.join(", ", build.unused()));
        }
        return image;
    }
}
