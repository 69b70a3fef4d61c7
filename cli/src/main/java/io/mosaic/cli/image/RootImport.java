package io.mosaic.cli.image;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes an image of one layer from a root's tar. */
public final class RootImport {
    private RootImport() {}

    /**
     * What the image is to run as.
     *
     * @param environment each NAME=VALUE
     * @param comment what is told of the layer
     */
    public record Settings(
            Platform platform,
            List<String> entrypoint,
            List<String> command,
            List<String> environment,
            @Nullable String user,
            @Nullable String workingDirectory,
            List<String> ports,
            List<String> labels,
            String comment) {}

    /**
     * Makes it.
     *
     * @param bytesMax the most that may come out of the tar
     * @throws ImageFault when the tar is none, or not to be trusted
     */
    public static Image image(InputStream tar, Settings settings, Scratch scratch, long bytesMax) throws IOException {
        LayerOutput out = new LayerOutput(scratch.file());
        try (out) {
            if (new RootTar(bytesMax).copy(tar, out, (entry, name) -> {}) == 0) {
                throw new ImageFault("the tar is empty");
            }
        }
        LayerFile layer = out.finish();
        return ImageJson.image(ImageJson.bytes(config(settings, layer)), List.of(layer.blob()));
    }

    private static ObjectNode config(Settings settings, LayerFile layer) {
        ObjectNode root = ImageJson.config(settings.platform());
        ObjectNode config = (ObjectNode) root.path("config");
        texts(config, "Env", settings.environment());
        texts(config, "Entrypoint", settings.entrypoint());
        texts(config, "Cmd", settings.command());
        if (settings.user() != null) {
            config.put("User", settings.user());
        }
        if (settings.workingDirectory() != null) {
            config.put("WorkingDir", settings.workingDirectory());
        }
        if (!settings.ports().isEmpty()) {
            ObjectNode ports = config.putObject("ExposedPorts");
            settings.ports().forEach(port -> ports.putObject(port.contains("/") ? port : port + "/tcp"));
        }
        if (!settings.labels().isEmpty()) {
            ObjectNode labels = config.putObject("Labels");
            settings.labels()
                    .forEach(label -> labels.put(
                            label.substring(0, label.indexOf('=')), label.substring(label.indexOf('=') + 1)));
        }
        ImageJson.addLayer(root, layer.diffId(), settings.comment());
        return root;
    }

    private static void texts(ObjectNode config, String field, List<String> texts) {
        if (!texts.isEmpty()) {
            ArrayNode array = config.putArray(field);
            texts.forEach(array::add);
        }
    }
}
