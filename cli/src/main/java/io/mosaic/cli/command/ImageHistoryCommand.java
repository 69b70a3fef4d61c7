package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.Blob;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageFetch;
import io.mosaic.cli.image.ImageJson;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Table;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** {@code mos image history}. */
@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        description = "Shows how an image was made, the newest step first: layers, sizes, and what made each.",
        footer = {
            "",
            "Examples:",
            "  mos image history food/web:1",
            "  mos image history food/web:1 --platform linux/arm64 -o json"
        })
final class ImageHistoryCommand implements Callable<Integer> {
    private static final int BY_CHARS = 60;

    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "TENANT/NAME:TAG or TENANT/NAME@DIGEST")
    private String image = "";

    @Option(names = "--platform", paramLabel = "OS/ARCH", description = "Whose, of several; else this machine's")
    private Platform platform = Platform.own();

    @Mixin
    private OutputOptions output = new OutputOptions();

    ImageHistoryCommand(Session session) {
        this.session = session;
    }

    /**
     * A step that made the image.
     *
     * @param created when, as the image tells
     * @param layer digest; absent when the step made none
     * @param size of the layer as it travels
     */
    record Step(
            @Nullable String created,
            String createdBy,
            @Nullable String layer,
            @Nullable Bytes size) {}

    @Override
    public Integer call() throws IOException {
        ImageName name = ImageName.of(session, image);
        ImageFetch fetch = new ImageFetch(session.images().registry());
        Image found = fetch.image(name.repository(), name.reference(), platform);
        List<Step> steps = steps(found, fetch);
        if (output.data()) {
            output.print(session.console(), steps);
            return 0;
        }
        Table table = new Table("LAYER", "SIZE", "CREATED", "CREATED BY");
        for (Step step : steps) {
            String layer = step.layer() == null ? "" : step.layer();
            Bytes size = step.size();
            table.row(
                    output.wide() || layer.isEmpty() ? layer : layer.substring(0, layer.indexOf(':') + 13),
                    size == null ? "" : Ages.size(size.value()),
                    step.created() == null ? "" : step.created(),
                    output.wide() || step.createdBy().length() <= BY_CHARS
                            ? step.createdBy()
                            : step.createdBy().substring(0, BY_CHARS) + "...");
        }
        session.console().out().print(table.text());
        return 0;
    }

    private static List<Step> steps(Image image, ImageFetch fetch) throws IOException {
        List<Blob> layers = image.blobs().subList(1, image.blobs().size());
        JsonNode history;
        try {
            history = ImageJson.read(fetch.document(image.blobs().getFirst())).path("history");
        } catch (JacksonException e) {
            throw new ImageFault("the image's configuration is not JSON, so it has no history");
        }
        List<Step> steps = new ArrayList<>();
        int layer = 0;
        for (JsonNode each : history) {
            boolean empty = each.path("empty_layer").asBoolean(false) || layer == layers.size();
            Blob made = empty ? null : layers.get(layer++);
            steps.add(step(each, made));
        }
        // An image need not tell of its layers.
        for (; layer < layers.size(); layer++) {
            steps.add(step(ImageJson.object(), layers.get(layer)));
        }
        return steps.reversed();
    }

    private static Step step(JsonNode told, @Nullable Blob made) {
        String by = told.path("created_by").asString("");
        String created = told.path("created").asString("");
        return new Step(
                created.isEmpty() ? null : printable(created),
                printable(by.isEmpty() ? told.path("comment").asString("") : by),
                made == null ? null : made.digest(),
                made == null ? null : new Bytes(made.size()));
    }

    /** Whoever made the image wrote it: no escapes of terminals. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }
}
