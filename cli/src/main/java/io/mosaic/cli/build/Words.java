package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Words of a Dockerfile's line: quotes, escapes and variables, as docker reads them. Pure. */
final class Words {
    private static final int CHARS_MAX = 1 << 20;

    private final String text;
    private final Map<String, String> variables;
    private int at;

    private Words(String text, Map<String, String> variables) {
        this.text = text;
        this.variables = variables;
    }

    /** The text with its variables replaced and its quotes taken off, in one piece. */
    static String whole(String text, Map<String, String> variables) throws ImageFault {
        Words words = new Words(text, variables);
        StringBuilder out = new StringBuilder();
        while (words.at < text.length()) {
            words.character(out);
        }
        return out.toString();
    }

    /** The words between spaces, each as {@link #whole}. */
    static List<String> split(String text, Map<String, String> variables) throws ImageFault {
        Words words = new Words(text, variables);
        List<String> all = new ArrayList<>();
        while (true) {
            while (words.at < text.length() && Character.isWhitespace(text.charAt(words.at))) {
                words.at++;
            }
            if (words.at == text.length()) {
                return all;
            }
            StringBuilder out = new StringBuilder();
            while (words.at < text.length() && !Character.isWhitespace(text.charAt(words.at))) {
                words.character(out);
            }
            all.add(out.toString());
        }
    }

    /** One character, or what stands for some. */
    private void character(StringBuilder out) throws ImageFault {
        char c = text.charAt(at);
        switch (c) {
            case '\'' -> {
                int end = text.indexOf('\'', at + 1);
                if (end < 0) {
                    throw new ImageFault("a quote ' is not closed");
                }
                out.append(text, at + 1, end);
                at = end + 1;
            }
            case '"' -> doubleQuoted(out);
            case '\\' -> {
                if (at + 1 < text.length()) {
                    out.append(text.charAt(at + 1));
                }
                at += 2;
            }
            case '$' -> variable(out);
            default -> {
                out.append(c);
                at++;
            }
        }
        if (out.length() > CHARS_MAX) {
            throw new ImageFault("its variables make it longer than any line");
        }
    }

    private void doubleQuoted(StringBuilder out) throws ImageFault {
        at++;
        while (true) {
            if (at >= text.length()) {
                throw new ImageFault("a quote \" is not closed");
            }
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return;
            }
            if (c == '\\' && at + 1 < text.length() && "\"$\\".indexOf(text.charAt(at + 1)) >= 0) {
                out.append(text.charAt(at + 1));
                at += 2;
            } else if (c == '$') {
                variable(out);
            } else {
                out.append(c);
                at++;
            }
        }
    }

    /** {@code $NAME}, {@code ${NAME}}, {@code ${NAME:-other}} or {@code ${NAME:+other}}. */
    private void variable(StringBuilder out) throws ImageFault {
        int start = at + 1;
        if (start < text.length() && text.charAt(start) == '{') {
            int end = closing(start);
            out.append(value(text.substring(start + 1, end)));
            at = end + 1;
            return;
        }
        int end = start;
        while (end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        out.append(end == start ? "$" : variables.getOrDefault(text.substring(start, end), ""));
        at = end;
    }

    private int closing(int open) throws ImageFault {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            depth += text.charAt(i) == '{' ? 1 : text.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new ImageFault("${ is not closed");
    }

    private String value(String inner) throws ImageFault {
        int end = 0;
        while (end < inner.length() && (Character.isLetterOrDigit(inner.charAt(end)) || inner.charAt(end) == '_')) {
            end++;
        }
        String value = variables.getOrDefault(inner.substring(0, end), "");
        String rest = inner.substring(end);
        if (rest.isEmpty() && end > 0) {
            return value;
        }
        if (end > 0 && rest.startsWith(":-")) {
            return value.isEmpty() ? whole(rest.substring(2), variables) : value;
        }
        if (end > 0 && rest.startsWith(":+")) {
            return value.isEmpty() ? "" : whole(rest.substring(2), variables);
        }
        throw new ImageFault("not understood: ${" + inner + "}");
    }
}
