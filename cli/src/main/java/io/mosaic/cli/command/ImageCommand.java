package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageReport;
import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImageQuota;
import io.mosaic.model.ImageTag;
import io.mosaic.model.ImageTokenKey;
import io.mosaic.model.ImageWork;
import io.mosaic.model.Interval;
import io.mosaic.model.StoreCheck;
import io.mosaic.model.client.ImageCalls;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands on the image repository. */
@Command(
        name = "image",
        mixinStandardHelpOptions = true,
        description = {
            "Images in the repository. It is a server of its own: MOS_IMAGES names it, such as",
            "https://host:8445; else it is the one of the cluster that other commands speak to."
        },
        footer = {
            "",
            "Examples:",
            "  mos image list",
            "  mos image push web.tar food/web:1",
            "  docker push localhost:8445/food/web:1"
        },
        subcommands = {
            ImageBuildCommand.class,
            ImagePushCommand.class,
            ImagePullCommand.class,
            ImageImportCommand.class,
            ImageHistoryCommand.class,
            ImagePrefetchCommand.class,
            ImagePinCommand.class,
            ImageUnpinCommand.class,
            ImageWarCommand.class
        })
public final class ImageCommand {
    private final Session session;

    public ImageCommand(Session session) {
        this.session = session;
    }

    private ImageCalls images() {
        return session.images().images();
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            aliases = "ls",
            description = "Lists tags, by repository.",
            footer = {"", "Examples:", "  mos image list", "  mos image list food/web", "  mos image list --tenant food"
            })
    int list(
            @Parameters(paramLabel = "REPOSITORY", arity = "0..1", description = "Only of that repository") @Nullable
                    String repository,
            @Mixin OutputOptions output) {
        List<ImageTag> tags = images().list(session.options().tenant, repository);
        if (output.data()) {
            output.print(session.console(), tags);
        } else if (output.names()) {
            OutputOptions.names(
                    session.console(),
                    tags.stream().map(tag -> tag.repository() + ":" + tag.tag()).toList());
        } else {
            Table table = new Table("REPOSITORY", "TAG", "DIGEST", "SIZE", "AGE");
            Instant now = session.console().clock().instant();
            for (ImageTag tag : tags) {
                table.row(
                        tag.repository(),
                        tag.tag(),
                        output.wide() ? tag.digest() : shortened(tag.digest()),
                        Ages.size(tag.size().value()),
                        Ages.since(tag.updated(), now));
            }
            session.console().out().print(table.text());
        }
        return 0;
    }

    /** As much as people compare. */
    private static String shortened(String digest) {
        int end = digest.indexOf(':') + 13;
        return end < digest.length() ? digest.substring(0, end) : digest;
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = "Shows what an image consists of.",
            footer = {"", "Examples:", "  mos image inspect food/web:1", "  mos image inspect food/web:1 -o json"})
    int inspect(@Parameters(paramLabel = "IMAGE") String image, @Mixin OutputOptions output) {
        ImageName name = ImageName.of(image);
        ImageDetail detail = images().get(name.repository(), name.reference());
        if (output.data()) {
            output.print(session.console(), detail);
            return 0;
        }
        session.console().out().println(detail.repository() + "@" + detail.digest());
        session.console()
                .out()
                .println(detail.mediaType() + ", " + Ages.size(detail.size().value()));
        Table table = new Table("DIGEST", "SIZE", "TYPE");
        for (ImageDetail.Part part : detail.parts()) {
            table.row(
                    output.wide() ? part.digest() : shortened(part.digest()),
                    Ages.size(part.size().value()),
                    part.mediaType());
        }
        session.console().out().print(table.text());
        return 0;
    }

    @Command(
            name = "tag",
            mixinStandardHelpOptions = true,
            description = "Lets a tag mean an image of the same repository.",
            footer = {"", "Example:", "  mos image tag food/web:1.4.2 stable"})
    int tag(@Parameters(paramLabel = "IMAGE") String image, @Parameters(paramLabel = "TAG") String tag) {
        ImageName name = ImageName.of(image);
        images().tag(name.repository(), name.reference(), tag);
        session.console().out().println(name.repository() + ":" + tag + " is " + image);
        return 0;
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            aliases = "rm",
            description =
                    "Takes a tag away, and 'gc --untagged' then the image that no tag leads to; by digest, an image with all its tags, whose space 'gc' frees.",
            footer = {"", "Examples:", "  mos image delete food/web:1", "  mos image delete food/web@sha256:..."})
    int delete(@Parameters(paramLabel = "IMAGE") String image) {
        ImageName name = ImageName.of(image);
        if (image.equals(name.repository())) {
            throw new CliException(ExitCode.USAGE, "say which: " + image + ":TAG or " + image + "@DIGEST");
        }
        images().delete(name.repository(), name.reference());
        session.console().out().println(image + " deleted");
        return 0;
    }

    @Command(
            name = "gc",
            mixinStandardHelpOptions = true,
            description = {
                "Frees the space of what nobody needs. The repository does so by itself now and then;",
                "what was pushed or asked for within the grace stays."
            },
            footer = {"", "Examples:", "  mos image gc --dry-run", "  mos image gc --untagged --grace 2h"})
    int gc(
            @Option(names = "--grace", paramLabel = "TIME", description = "Such as 2h; else as configured") @Nullable
                    Interval grace,
            @Option(names = "--untagged", description = "Also images that no tag leads to") boolean untagged,
            @Option(names = "--dry-run", description = "Only look") boolean dryRun,
            @Mixin OutputOptions output)
            throws InterruptedException {
        GarbageRequest request = new GarbageRequest(grace, untagged, dryRun);
        GarbageReport report = new ImageWait(session, ImageWork::garbage).on(() -> images().collect(request));
        if (output.data()) {
            output.print(session.console(), report);
            return 0;
        }
        session.console()
                .out()
                .println((report.dryRun() ? "would free " : "freed ")
                        + Ages.size(report.bytes().value()) + " of " + report.blobs() + " blobs");
        session.console()
                .out()
                .println(report.manifests() + " untagged images, " + report.links() + " blobs of repositories, "
                        + report.orphans() + " files of no blob, " + report.uploads() + " idle uploads");
        return 0;
    }

    @Command(
            name = "fsck",
            mixinStandardHelpOptions = true,
            description = {
                "Reads all content again and holds it against its digests. What is broken is not served",
                "any more until it is pushed again, or fetched again from the registry that it was mirrored",
                "from. Ends with 1 when something is broken."
            },
            footer = {"", "Examples:", "  mos image fsck", "  mos image fsck --repair"})
    int fsck(
            @Option(names = "--repair", description = "Fetch what is broken again, where a mirror has it")
                    boolean repair,
            @Mixin OutputOptions output)
            throws InterruptedException {
        StoreCheck check = new ImageWait(session, ImageWork::check).on(() -> images().check(repair));
        if (output.data()) {
            output.print(session.console(), check);
        } else {
            session.console()
                    .out()
                    .println(check.blobs() + " blobs, "
                            + Ages.size(check.bytes().value()) + ": "
                            + check.broken().size() + " broken, "
                            + check.repaired().size() + " repaired, "
                            + check.mended() + " mended, " + check.orphans() + " files of no blob");
            for (StoreCheck.Repaired repaired : check.repaired()) {
                session.console()
                        .out()
                        .println(repaired.digest() + ": " + repaired.fault() + "; fetched again from "
                                + repaired.from());
            }
            for (StoreCheck.Broken broken : check.broken()) {
                String unrepaired = broken.unrepaired();
                session.console()
                        .out()
                        .println(broken.digest() + ": " + broken.fault()
                                + (unrepaired == null ? "" : "; not repaired: " + unrepaired));
                broken.images().forEach(image -> session.console().out().println("  needed by " + image));
            }
        }
        return check.broken().isEmpty() ? 0 : ExitCode.FAILED;
    }

    @Command(
            name = "rotate-key",
            mixinStandardHelpOptions = true,
            description = {
                "Signs the tokens that docker and other registry clients are given with a new key from now on.",
                "Those that they have stay good until they expire, some minutes; nobody logs in again. The",
                "repository does so by itself every 30 days."
            },
            footer = {"", "Example:", "  mos image rotate-key"})
    int rotateKey(@Mixin OutputOptions output) {
        ImageTokenKey key = images().rotateTokenKey();
        if (output.data()) {
            output.print(session.console(), key);
            return 0;
        }
        Instant until = key.othersUntil();
        session.console()
                .out()
                .println("key " + key.id() + " signs from now on"
                        + (until == null
                                ? ""
                                : "; the last one before it goes at " + until.truncatedTo(ChronoUnit.SECONDS)));
        return 0;
    }

    @Command(
            name = "quota",
            mixinStandardHelpOptions = true,
            description = {
                "Shows or sets what a tenant's images may take. Shows as well what is kept of a registry",
                "that is mirrored; that is limited by maxBytes of its mirror."
            },
            footer = {
                "",
                "Examples:",
                "  mos image quota food",
                "  mos image quota food --limit 500Gi",
                "  mos image quota docker.io"
            })
    int quota(
            @Parameters(paramLabel = "TENANT") String tenant,
            @Option(names = "--limit", paramLabel = "SIZE", description = "The most from now on") @Nullable Bytes limit,
            @Option(names = "--no-limit", description = "As much as there is room") boolean noLimit,
            @Mixin OutputOptions output) {
        if (limit != null && noLimit) {
            throw new CliException(ExitCode.USAGE, "either --limit or --no-limit");
        }
        ImageQuota quota = limit != null || noLimit ? images().limit(tenant, limit) : images().quota(tenant);
        if (output.data()) {
            output.print(session.console(), quota);
            return 0;
        }
        Table table = new Table("TENANT", "USED", "LIMIT");
        Bytes most = quota.limit();
        table.row(quota.tenant(), Ages.size(quota.used().value()), most == null ? "" : Ages.size(most.value()));
        session.console().out().print(table.text());
        return 0;
    }
}
