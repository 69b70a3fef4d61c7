package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads a Dockerfile into its instructions; what they mean is {@link ImageBuild}'s. Pure. */
final class Dockerfile {
    static final int BYTES_MAX = 1 << 20;

    private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([a-zA-Z]+)\\s*=\\s*(\\S.*?)\\s*");
    private static final Pattern FLAG = Pattern.compile("--[a-z][a-z-]*(?:=\\S*)?");

    private Dockerfile() {}

    /** @throws ImageFault naming the line that is not understood */
    static List<Instruction> read(String text) throws ImageFault {
        List<Instruction> read = new ArrayList<>();
        char escape = '\\';
        boolean directives = true;
        int number = 0;
        int first = 0;
        StringBuilder joined = new StringBuilder();
        for (String raw : text.split("\n", -1)) {
            number++;
            String line = raw.endsWith("\r") ? raw.substring(0, raw.length() - 1) : raw;
            String bare = line.strip();
            Matcher directive = DIRECTIVE.matcher(bare);
            if (directives && directive.matches()) {
                if (directive.group(1).equalsIgnoreCase("escape")) {
                    escape = escape(number, directive.group(2));
                }
                continue;
            }
            directives = false;
            // Comments and empty lines within an instruction are passed over, as docker does.
            if (bare.startsWith("#") || bare.isEmpty()) {
                continue;
            }
            if (joined.isEmpty()) {
                first = number;
            }
            String end = line.stripTrailing();
            if (end.charAt(end.length() - 1) == escape) {
                joined.append(end, 0, end.length() - 1);
                continue;
            }
            joined.append(line);
            read.add(instruction(first, joined.toString().strip()));
            joined.setLength(0);
        }
        if (!joined.isEmpty()) {
            read.add(instruction(first, joined.toString().strip()));
        }
        return read;
    }

    private static char escape(int line, String value) throws ImageFault {
        if (!value.equals("\\") && !value.equals("`")) {
            throw new ImageFault("line " + line + ": escape is \\ or `");
        }
        return value.charAt(0);
    }

    private static Instruction instruction(int line, String text) throws ImageFault {
        if (text.contains("<<") && text.matches("(?is)(run|copy|add)\\s.*<<-?[\"']?\\w.*")) {
            throw new ImageFault("line " + line + ": here-documents are not understood; put the text in a file");
        }
        String[] words = text.split("\\s+", 2);
        String rest = words.length < 2 ? "" : words[1].strip();
        List<String> flags = new ArrayList<>();
        Matcher flag = FLAG.matcher(rest);
        while (flag.lookingAt() && (flag.end() == rest.length() || Character.isWhitespace(rest.charAt(flag.end())))) {
            flags.add(flag.group());
            rest = rest.substring(flag.end()).strip();
            flag = FLAG.matcher(rest);
        }
        return new Instruction(line, words[0].toUpperCase(Locale.ROOT), flags, rest, list(rest));
    }

    private static @Nullable List<String> list(String rest) {
        if (!rest.startsWith("[")) {
            return null;
        }
        try {
            JsonNode read = ImageJson.read(rest.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            List<String> texts = new ArrayList<>();
            for (JsonNode each : read) {
                if (!each.isString()) {
                    return null;
                }
                texts.add(each.asString());
            }
            return read.isArray() ? texts : null;
        } catch (JacksonException e) {
            // As docker has it: what is no list of texts is a line for the shell.
            return null;
        }
    }
}
