package io.mosaic.cli.build;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What of a directory is left out of a build, by the lines of its {@code .dockerignore}; the last line that fits decides. Pure. */
final class IgnoreRules {
    private record Rule(Pattern pattern, boolean taken) {}

    private final List<Rule> rules = new ArrayList<>();

    /** @param text of the file; empty when there is none */
    IgnoreRules(String text) {
        for (String raw : text.split("\n", -1)) {
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            boolean taken = line.startsWith("!");
            String pattern = (taken ? line.substring(1).strip() : line).replaceAll("^(\\./|/)+|/+$", "");
            if (!pattern.isEmpty() && !pattern.equals(".")) {
                // What is below a directory that fits goes with it.
                rules.add(new Rule(Pattern.compile(regex(pattern) + "(/.*)?", Pattern.DOTALL), taken));
            }
        }
    }

    /** @param path below the directory, with slashes */
    boolean ignored(String path) {
        boolean ignored = false;
        for (Rule rule : rules) {
            if (rule.pattern().matcher(path).matches()) {
                ignored = !rule.taken();
            }
        }
        return ignored;
    }

    /** A pattern as Go's path matching has it, with ** for any number of directories. */
    static String regex(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (pattern.startsWith("**/", i)) {
                regex.append("(?:.*/)?");
                i += 2;
            } else if (pattern.startsWith("**", i)) {
                regex.append(".*");
                i++;
            } else if (c == '*') {
                regex.append("[^/]*");
            } else if (c == '?') {
                regex.append("[^/]");
            } else if (c == '[' && pattern.indexOf(']', i + 2) > 0) {
                int end = pattern.indexOf(']', i + 2);
                boolean not = pattern.charAt(i + 1) == '^';
                String inner = pattern.substring(i + (not ? 2 : 1), end).replaceAll("[\\[\\]\\\\&^]", "\\\\$0");
                regex.append(not ? "[^/" : "[").append(inner).append("]");
                i = end;
            } else if (c == '\\' && i + 1 < pattern.length()) {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }
}
