package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads what a user wrote in a file: one object, a list of them, or several documents; JSON or YAML. */
final class Documents {
    private static final int BYTES_MAX = 16 << 20;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Documents() {}

    /**
     * The objects of that file; {@code -} is standard input.
     *
     * @throws CliException when it is missing, too large, not JSON or YAML, or holds something else than objects
     */
    static List<JsonNode> read(Console console, String file) throws IOException {
        byte[] bytes = bytes(console, file);
        String text = new String(bytes, StandardCharsets.UTF_8).stripLeading();
        boolean json = text.startsWith("{") || text.startsWith("[");
        List<JsonNode> objects = new ArrayList<>();
        ObjectMapper mapper = json ? Json.mapper() : YAML;
        try (MappingIterator<JsonNode> documents =
                mapper.readerFor(JsonNode.class).readValues(text)) {
            while (documents.hasNextValue()) {
                JsonNode document = documents.nextValue();
                if (document.isArray()) {
                    document.forEach(objects::add);
                } else if (!document.isNull() && !document.isMissingNode()) {
                    objects.add(document);
                }
            }
        } catch (JacksonException e) {
            String message = e.getOriginalMessage();
            int end = message.indexOf('\n');
            throw new CliException(
                    ExitCode.FAILED,
                    file + ", line " + e.getLocation().getLineNr() + ": "
                            + (end < 0 ? message : message.substring(0, end)));
        }
        if (objects.isEmpty()) {
            throw new CliException(ExitCode.FAILED, file + " is empty");
        }
        for (JsonNode object : objects) {
            if (!object.isObject()) {
                throw new CliException(ExitCode.FAILED, file + " must hold objects, not a bare value");
            }
        }
        return objects;
    }

    private static byte[] bytes(Console console, String file) throws IOException {
        byte[] bytes;
        try (InputStream in = file.equals("-") ? console.in() : Files.newInputStream(Path.of(file))) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw new CliException(ExitCode.USAGE, "there is no file " + file);
        }
        if (bytes.length > BYTES_MAX) {
            throw new CliException(ExitCode.USAGE, file + " is larger than 16 MiB");
        }
        return bytes;
    }
}
