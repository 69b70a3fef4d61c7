package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The log of one process, over all its starts. A failure's message quotes a few lines of it and names a copy that outlives
 * the rig: a whole log in a message buries the failure itself.
 */
record LogFile(Path path) {

    private static final int QUOTED_ERRORS = 3;
    private static final int QUOTED_LAST = 3;
    private static final int QUOTED_CHARACTERS = 280;
    private static final int KEPT_BYTES_MAX = 4 * 1024 * 1024;

    /** Level error and worse as dockerd, the JVM's loggers and PostgreSQL write it, panics and exceptions. */
    private static final Pattern ERROR =
            Pattern.compile("level=(error|fatal|panic)|\\b(ERROR|FATAL|PANIC)\\b|^panic:|Exception\\b");

    /** Copies the log into the report directory, then quotes its last errors and last lines under a heading with the path. */
    String quote() throws IOException {
        if (!Files.exists(path)) {
            return "--- " + path.getFileName() + ": never written\n";
        }
        String text = text();
        Path kept = keep(text);
        List<String> all = text.lines().filter(line -> !line.isBlank()).toList();
        List<String> errors =
                all.stream().filter(line -> ERROR.matcher(line).find()).toList();
        List<String> last = last(all, QUOTED_LAST);
        List<String> quoted = new ArrayList<>(last(errors, QUOTED_ERRORS));
        last.stream().filter(line -> !quoted.contains(line)).forEach(quoted::add);
        StringBuilder told =
                new StringBuilder("--- " + path.getFileName() + ", whole in " + kept + "; last errors, end:\n");
        quoted.forEach(line -> told.append(cut(line)).append('\n'));
        return told.toString();
    }

    /** Below a name of the rig, so that the logs of one test class lie together; a later failure of the class keeps more. */
    private Path keep(String text) throws IOException {
        Path rig = path.toAbsolutePath().getParent();
        Path folder = reports().resolve(rig == null ? "rig" : rig.getFileName().toString());
        Files.createDirectories(folder);
        return Files.writeString(folder.resolve(path.getFileName().toString()), text);
    }

    /** Surefire names the module's folder in {@code basedir}, the launcher the project's in {@code mosaic.dist}. */
    private static Path reports() {
        String module = System.getProperty("basedir");
        String project = System.getProperty("mosaic.dist");
        Path base = module != null ? Path.of(module) : project != null ? Path.of(project, "proof") : Path.of("");
        return base.resolve("target").resolve("process-logs").toAbsolutePath();
    }

    private String text() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            int length = (int) Math.min(file.length(), KEPT_BYTES_MAX);
            byte[] bytes = new byte[length];
            file.seek(file.length() - length);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static List<String> last(List<String> lines, int count) {
        return lines.subList(Math.max(0, lines.size() - count), lines.size());
    }

    private static String cut(String line) {
        return line.length() <= QUOTED_CHARACTERS ? line : line.substring(0, QUOTED_CHARACTERS) + " ...";
    }
}
