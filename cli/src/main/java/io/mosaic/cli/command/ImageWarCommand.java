package io.mosaic.cli.command;

import io.mosaic.cli.build.Bases;
import io.mosaic.cli.build.ImageBuild;
import io.mosaic.cli.build.WebImage;
import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.ImagePull;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.Scratch;
import io.mosaic.model.Bytes;
import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image war}. */
@Command(
        name = "war",
        mixinStandardHelpOptions = true,
        description = {
            "Makes an image of a web application and sends it to the repository, without a daemon: a Java",
            "runtime that jlink makes of this machine's JDK, Tomcat 10.1 from Maven Central, and the",
            "application, unpacked, each a layer of its own, so that a new war travels alone. It listens",
            "on 8080 as user 1000 and logs to its output. Below it are the libraries that Java needs, as",
            "this machine has them, or an image of the repository (--base) with a C library like this",
            "machine's."
        },
        footer = {
            "",
            "Examples:",
            "  mos image war shop.war --runtime tomcat10 --tag shop/shop:1",
            "  mos image war shop.war --runtime tomcat10 --tag shop/shop:2 --context admin",
            "  mos image war shop.war --runtime tomcat10 --tag shop/shop:3 --base shop/debian:12",
            "  mos image war shop.war --runtime tomcat10 --tag shop/shop:4 --add-module jdk.jdwp.agent"
        })
final class ImageWarCommand implements Callable<Integer> {
    private final Session session;

    /** What a web application can stand on. */
    enum WebRuntime {
        TOMCAT10;

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Parameters(paramLabel = "WAR", description = "The application's archive")
    private Path war = Path.of("");

    @Option(
            names = "--runtime",
            required = true,
            paramLabel = "RUNTIME",
            description = "What it runs on: ${COMPLETION-CANDIDATES}")
    private WebRuntime runtime = WebRuntime.TOMCAT10;

    @Option(names = "--tag", required = true, paramLabel = "IMAGE", description = "TENANT/NAME:TAG that it is to be")
    private String tag = "";

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "The first part of its URLs' path; else it is served at /",
            defaultValue = "ROOT")
    private String context = "ROOT";

    @Option(names = "--base", paramLabel = "IMAGE", description = "An image of the repository to stand on")
    private @Nullable String base;

    @Option(names = "--tomcat", paramLabel = "FILE", description = "A Tomcat 10.1 archive (.tar.gz) of your own")
    private @Nullable Path tomcat;

    @Option(
            names = "--add-module",
            paramLabel = "MODULE",
            description = "A module of the JDK beside the usual; once for each")
    private List<String> modules = List.of();

    @Option(names = "--env", paramLabel = "NAME=VALUE", description = "A variable, such as JDK_JAVA_OPTIONS=-Xss512k")
    private List<String> environment = List.of();

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "The most that the war may unpack to; 4Gi",
            defaultValue = "4Gi")
    private Bytes maxSize = Bytes.mebi(4 << 10);

    @Mixin
    private TransferOptions transfer = new TransferOptions();

    ImageWarCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        ImageName name = ImageName.tagged(session, tag);
        if (!context.matches("[A-Za-z0-9_][A-Za-z0-9_.#-]{0,99}")) {
            throw new CliException(ExitCode.USAGE, "not the first part of a path: " + context);
        }
        for (String value : environment) {
            if (value.indexOf('=') < 1) {
                throw new CliException(ExitCode.USAGE, "--env is NAME=VALUE: " + value);
            }
        }
        ImageName found = base == null ? null : ImageName.of(session, base);
        WebImage.Settings settings = new WebImage.Settings(
                context,
                modules,
                tomcat,
                found == null ? null : new ImageBuild.BaseFinder.Found(found.repository(), found.reference()),
                environment,
                maxSize.value());
        try (Scratch scratch = transfer.scratch(session)) {
            return transfer.push(session, name, progress -> {
                progress.step("reading " + war + " for " + runtime);
                LayerCache cache = LayerCache.of(session.environment());
                RegistryCalls registry = session.images().registry();
                Bases bases = new Bases(
                        registry,
                        new ImagePull(registry, transfer.transfers(progress, "looking at the base")),
                        cache,
                        scratch);
                return WebImage.make(war, settings, bases, cache, scratch, session.environment(), progress::step);
            });
        }
    }
}
