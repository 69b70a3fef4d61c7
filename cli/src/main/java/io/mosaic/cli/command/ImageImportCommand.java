package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.RootImport;
import io.mosaic.cli.image.Scratch;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image import}. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Makes an image of one layer from a root's tar, packed by gzip, xz or zstd or not, and sends",
            "it to the repository. A tar with names that lead out of the root, or one that unpacks to",
            "more than the limits, is refused. The same tar gives the same image."
        },
        footer = {
            "",
            "Examples:",
            "  mos image import rootfs.tar.gz --tag shop/base:1 --cmd /bin/sh",
            "  mos image import root.tar --tag shop/tool:2 --entrypoint /bin/tool --cmd --serve --env A=b",
            "  tar -C root -c . | mos image import - --tag shop/base:1"
        })
final class ImageImportCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "TAR", description = "The root's tar, or - for the input")
    private String tar = "";

    @Option(names = "--tag", required = true, paramLabel = "IMAGE", description = "TENANT/NAME:TAG that it is to be")
    private String tag = "";

    @Option(names = "--cmd", paramLabel = "WORD", description = "A word of the command; once for each")
    private List<String> command = List.of();

    @Option(names = "--entrypoint", paramLabel = "WORD", description = "A word of the entrypoint; once for each")
    private List<String> entrypoint = List.of();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "A variable; once for each")
    private List<String> environment = List.of();

    @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label; once for each")
    private List<String> labels = List.of();

    @Option(names = "--port", paramLabel = "PORT", description = "A port that it listens on; once for each")
    private List<String> ports = List.of();

    @Option(names = "--user", paramLabel = "USER", description = "The user that it runs as")
    private @Nullable String user;

    @Option(names = "--workdir", paramLabel = "DIRECTORY", description = "Where it runs")
    private @Nullable String workingDirectory;

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "What it is for; else this machine's")
    private Platform platform = Platform.own();

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "The most that it may unpack to; 16Gi",
            defaultValue = "16Gi")
    private Bytes maxSize = Bytes.mebi(16 << 10);

    @Mixin
    private TransferOptions transfer = new TransferOptions();

    ImageImportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ImageName name = ImageName.tagged(session, tag);
        named("--env", environment);
        named("--label", labels);
        for (String port : ports) {
            if (!port.matches("\\d{1,5}(/(tcp|udp|sctp))?")) {
                throw new CliException(ExitCode.USAGE, "--port is a number, or one with /udp: " + port);
            }
        }
        RootImport.Settings settings = new RootImport.Settings(
                platform, entrypoint, command, environment, user, workingDirectory, ports, labels, "mos image import");
        try (Scratch scratch = transfer.scratch(session)) {
            return transfer.push(session, name, progress -> {
                progress.step("reading " + tar);
                if (tar.equals("-")) {
                    return RootImport.image(session.console().in(), settings, scratch, maxSize.value());
                }
                try (InputStream in = Files.newInputStream(Path.of(tar))) {
                    return RootImport.image(in, settings, scratch, maxSize.value());
                }
            });
        }
    }

    private static void named(String option, List<String> values) {
        for (String value : values) {
            if (value.indexOf('=') < 1) {
                throw new CliException(ExitCode.USAGE, option + " is NAME=VALUE: " + value);
            }
        }
    }
}
