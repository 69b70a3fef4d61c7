package io.mosaic.cli.command;

import io.mosaic.cli.term.Console;
import io.mosaic.model.Json;
import java.util.Collection;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** In which form a command answers. */
final class OutputOptions {

    /** The forms. */
    enum Format {
        TABLE,
        WIDE,
        JSON,
        YAML,
        NAME
    }

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
            .build();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (the default), wide, json, yaml or name")
    private Format format = Format.TABLE;

    Format format() {
        return format;
    }

    boolean wide() {
        return format == Format.WIDE;
    }

    /** Whether a program reads the answer. */
    boolean data() {
        return format == Format.JSON || format == Format.YAML;
    }

    boolean names() {
        return format == Format.NAME;
    }

    /** Writes the value whole, as JSON or YAML. */
    void print(Console console, Object value) {
        if (format == Format.YAML) {
            JsonNode tree = Json.mapper().valueToTree(value);
            console.out().print(YAML.writeValueAsString(tree));
        } else {
            console.out().println(Json.pretty(value));
        }
        console.flush();
    }

    /** Writes one of many: a line of JSON, or a YAML document. */
    void printOne(Console console, Object value) {
        if (format == Format.YAML) {
            console.out().println("---");
            print(console, value);
        } else {
            console.out().println(Json.write(value));
            console.flush();
        }
    }

    static void names(Console console, Collection<String> names) {
        names.forEach(console.out()::println);
    }
}
