package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The daemon's JSON. Read as trees, unlike our own: its answers have hundreds of fields that differ by version, of which
 * we need a few.
 */
final class DockerJson {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static final int WORDS_MAX = 2000;

    private DockerJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }

    static JsonNode read(byte[] bytes) throws DockerException {
        try {
            return MAPPER.readTree(bytes);
        } catch (JacksonException e) {
            throw new DockerException(Kind.FAILED, "the Docker daemon's answer is not JSON", e);
        }
    }

    /** The daemon's words about a failure. */
    static String message(byte[] body) {
        String words;
        try {
            words = MAPPER.readTree(body).path("message").asString("");
        } catch (JacksonException e) {
            words = new String(body, StandardCharsets.UTF_8);
        }
        String line = words.strip().replaceAll("\\s+", " ");
        return line.length() > WORDS_MAX ? line.substring(0, WORDS_MAX) + "..." : line;
    }

    static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new TreeMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asString("")));
        return texts;
    }

    /** The epoch for what is no time. */
    static Instant time(JsonNode node) {
        try {
            return OffsetDateTime.parse(node.asString("")).toInstant();
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}
