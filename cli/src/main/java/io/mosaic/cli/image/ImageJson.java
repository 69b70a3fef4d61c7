package io.mosaic.cli.image;

import io.mosaic.model.Json;
import io.mosaic.model.client.RegistryCalls;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The documents of an image, as other tools write and read them. */
public final class ImageJson {
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";

    /** No time of today: it would make every build another image. As jib has it, a second after the epoch. */
    private static final String CREATED = "1970-01-01T00:00:01Z";

    /** Labels of a configuration may be long; else as strict with sizes as the API. */
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxStringLength(RegistryCalls.MANIFEST_BYTES_MAX)
                            .build())
                    .build())
            .build();

    private ImageJson() {}

    /** @throws tools.jackson.core.JacksonException when it is not JSON */
    public static JsonNode read(byte[] document) {
        return MAPPER.readTree(document);
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** Without any space, fields in the order in which they were set: the same content gives the same digest. */
    public static byte[] bytes(JsonNode document) {
        return Json.bytes(document);
    }

    /** What a manifest or index says of something. */
    public static ObjectNode descriptor(String mediaType, String digest, long size) {
        return object().put("mediaType", mediaType).put("digest", digest).put("size", size);
    }

    /** A configuration of no layers yet. It holds no time of today, so that the same content is the same image. */
    public static ObjectNode config(Platform platform) {
        ObjectNode root = object().put("created", CREATED)
                .put("architecture", platform.architecture())
                .put("os", platform.os());
        if (!platform.variant().isEmpty()) {
            root.put("variant", platform.variant());
        }
        root.putObject("config");
        root.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        root.putArray("history");
        return root;
    }

    /** Puts a layer on top, with a line of the image's history. */
    public static void addLayer(ObjectNode config, String diffId, String createdBy) {
        ((ArrayNode) config.path("rootfs").path("diff_ids")).add(diffId);
        history(config).addObject().put("created", CREATED).put("created_by", createdBy);
    }

    /** A line of the image's history that made no layer. */
    public static void addStep(ObjectNode config, String createdBy) {
        history(config)
                .addObject()
                .put("created", CREATED)
                .put("created_by", createdBy)
                .put("empty_layer", true);
    }

    private static ArrayNode history(ObjectNode config) {
        return config.path("history") instanceof ArrayNode there ? there : config.putArray("history");
    }

    /** An image of one platform, of its configuration and layers. */
    public static Image image(byte[] config, List<Blob> layers) {
        Blob configBlob = Blob.of(CONFIG_TYPE, config);
        ObjectNode manifest = object().put("schemaVersion", 2).put("mediaType", RegistryCalls.OCI_MANIFEST);
        manifest.set("config", descriptor(CONFIG_TYPE, configBlob.digest(), configBlob.size()));
        ArrayNode listed = manifest.putArray("layers");
        List<Blob> blobs = new ArrayList<>();
        blobs.add(configBlob);
        for (Blob layer : layers) {
            listed.add(descriptor(layer.mediaType(), layer.digest(), layer.size()));
            blobs.add(layer);
        }
        return new Image(RegistryCalls.OCI_MANIFEST, bytes(manifest), blobs, List.of());
    }
}
