package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.DockerSocket;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageFetch;
import io.mosaic.cli.image.ImageLayout;
import io.mosaic.cli.image.ImagePull;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import io.mosaic.cli.image.Transfers;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image pull}. */
@Command(
        name = "pull",
        mixinStandardHelpOptions = true,
        description = {
            "Fetches an image into an OCI layout, a directory or a tar, which 'docker load', podman and",
            "skopeo read; or into this machine's docker daemon. What a directory has already does not",
            "travel, and what a lost connection cut off goes on where it was."
        },
        footer = {
            "",
            "Examples:",
            "  mos image pull food/web:1 -o web.tar",
            "  mos image pull food/web:1 -o - | docker load",
            "  mos image pull food/web:1 -o layout/ --platform linux/arm64",
            "  mos image pull food/web:1 --to-docker"
        })
final class ImagePullCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "TENANT/NAME:TAG or TENANT/NAME@DIGEST")
    private String image = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "A tar, a directory (there already, or named with a slash), or - for the output")
    private @Nullable String output;

    @Option(names = "--to-docker", description = "Load it into this machine's docker daemon")
    private boolean toDocker;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH",
            description = "Only that platform's; else all, and for docker this machine's")
    private @Nullable Platform platform;

    @Mixin
    private TransferOptions transfer = new TransferOptions();

    ImagePullCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (toDocker == (output != null)) {
            throw new CliException(ExitCode.USAGE, "say where to: -o FILE, or --to-docker");
        }
        ImageName name = ImageName.of(session, image);
        Platform wanted = platform == null && toDocker ? Platform.own() : platform;
        try (Progress progress = new Progress(session.console())) {
            Image found =
                    new ImageFetch(session.images().registry()).image(name.repository(), name.reference(), wanted);
            if (output == null || output.equals("-")) {
                passOn(progress, name, found);
            } else {
                write(progress, name, found, output);
            }
        }
        return 0;
    }

    private void write(Progress progress, ImageName name, Image found, String target)
            throws IOException, InterruptedException {
        Path path = Path.of(target);
        if (target.endsWith("/") || Files.isDirectory(path)) {
            pull(progress, name, found, path);
            return;
        }
        // Beside the tar, so that what came is kept until all did.
        Path parts = path.resolveSibling(path.getFileName() + ".parts");
        pull(progress, name, found, parts);
        Path next = path.resolveSibling(path.getFileName() + ".next");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(next), 1 << 16)) {
            ImageLayout.pack(parts, out);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Scratch.delete(parts);
    }

    /** To the daemon, or to whoever reads the output. */
    private void passOn(Progress progress, ImageName name, Image found) throws IOException, InterruptedException {
        try (Scratch scratch = transfer.scratch(session)) {
            Path layout = scratch.directory();
            pull(progress, name, found, layout);
            if (!toDocker) {
                ImageLayout.pack(layout, session.console().out());
                return;
            }
            Path tar = scratch.file();
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(tar), 1 << 16)) {
                ImageLayout.pack(layout, out);
            }
            progress.step("loading " + name + " into docker");
            DockerSocket.of(session.environment()).load(tar);
            progress.close();
            session.console().out().println(name + " is in docker");
        }
    }

    private void pull(Progress progress, ImageName name, Image found, Path layout)
            throws IOException, InterruptedException {
        Transfers transfers = transfer.transfers(progress, "pulling " + name);
        int fetched = new ImagePull(session.images().registry(), transfers).pull(found, layout);
        ImageLayout.write(layout, found, name.repository(), tag(name));
        progress.line(
                name + " is " + found.digest() + ": " + fetched + " parts fetched, " + Ages.size(transfers.bytes()));
    }

    /** Archives name images by tags. */
    private static String tag(ImageName name) {
        return name.reference().indexOf(':') < 0
                ? name.reference()
                : name.reference()
                        .substring(
                                name.reference().indexOf(':') + 1,
                                name.reference().indexOf(':') + 13);
    }
}
