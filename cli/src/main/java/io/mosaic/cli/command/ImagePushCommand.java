package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.DockerSocket;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageArchive;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import io.mosaic.model.Bytes;
import io.mosaic.model.ImagePushRequest;
import io.mosaic.model.client.MosaicClient;
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
            "directory or a tar, packed or not), from this machine's docker daemon, or from the daemon of",
            "a host of the cluster. Only layers that the repository lacks travel, and what a lost",
            "connection cut off goes on where it was.",
            "Of a host, IMAGE is what it has: one that was fetched or saved for your tenant, or, for an",
            "admin of the whole cluster, any. TARGET is what it is to be called; its own name if left out."
        },
        footer = {
            "",
            "Examples:",
            "  mos image push web.tar food/web:1",
            "  docker save web:1 | mos image push - food/web:1",
            "  mos image push docker:web:1 food/web:1",
            "  mos image push layout/ food/web:1 --image web:1 --platform linux/amd64",
            "  mos image push host:rack1-07 web:1 food/web:1",
            "  mos image push host:rack1-07 food/web:1"
        })
final class ImagePushCommand implements Callable<Integer> {
    private static final String DOCKER = "docker:";
    private static final String HOST = "host:";

    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description = "A tar, a layout's directory, - for the input, docker:NAME, or host:HOST")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "IMAGE",
            description = "TENANT/NAME:TAG that it is to be; of host:HOST, what the host has, by name or id")
    private String image = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "TARGET",
            description = "Of host:HOST, TENANT/NAME:TAG that it is to be")
    private @Nullable String target;

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

    @Mixin
    private OutputOptions output = new OutputOptions();

    ImagePushCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (source.startsWith(HOST)) {
            return ofHost(source.substring(HOST.length()));
        }
        if (target != null) {
            throw new CliException(ExitCode.USAGE, "a third name is for host:HOST only: " + target);
        }
        ImageName name = ImageName.tagged(session, image);
        try (Scratch scratch = transfer.scratch(session)) {
            LayerCache cache = LayerCache.of(session.environment());
            return transfer.push(session, name, output, progress -> {
                progress.step("reading " + source);
                Path archive = archive(scratch);
                ImageArchive read = ImageArchive.open(archive, cache, scratch, maxSize.value());
                Image found = read.read(which, platform);
                return found;
            });
        }
    }

    private int ofHost(String host) {
        if (which != null || platform != null) {
            throw new CliException(ExitCode.USAGE, "--image and --platform choose among what an archive holds");
        }
        ImageName name = target == null ? null : ImageName.tagged(session, target);
        // As whose it is called, for that tenant it is pushed; what cannot be a name the server refuses with the
        // reason.
        String tenant = name == null
                ? tenantOf(io.mosaic.model.ImageName.pushedAs(image))
                : io.mosaic.model.ImageName.parse(name.repository()).first();
        ImagePushRequest request = new ImagePushRequest(image, name == null ? null : name.toString());
        MosaicClient client = session.client();
        if (tenant == null) {
            return SaveWait.on(session, output, told -> client.hosts().pushImage(host, request, told));
        }
        try (MosaicClient own = new MosaicClient(client.settings().withTenant(tenant))) {
            return SaveWait.on(session, output, told -> own.hosts().pushImage(host, request, told));
        }
    }

    private static @Nullable String tenantOf(io.mosaic.model.@Nullable ImageName name) {
        return name == null ? null : name.first();
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
