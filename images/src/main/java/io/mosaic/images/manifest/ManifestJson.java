package io.mosaic.images.manifest;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON of manifests: bounded, and strict about what two readers could read in two ways. Apart from Mosaic's own JSON, for a
 * descriptor may hold its content as text, longer than any text of ours.
 */
final class ManifestJson {

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(Manifest.BYTES_MAX)
                            .maxNameLength(1024)
                            .maxNumberLength(64)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ManifestJson() {}

    static JsonNode read(byte[] json) {
        return MAPPER.readTree(json);
    }
}
