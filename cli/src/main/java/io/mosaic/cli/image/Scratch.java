package io.mosaic.cli.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory for what a command makes on its way, gone when it ends. Thread-safe. */
public final class Scratch implements AutoCloseable {
    private final Path directory;

    /** In the system's place for such, TMPDIR or /tmp. */
    public Scratch(String where) throws IOException {
        directory = Files.createTempDirectory(Path.of(where), "mos-image");
    }

    /** A new file, empty. */
    public Path file() throws IOException {
        return Files.createTempFile(directory, "part", "");
    }

    /** A new directory. */
    public Path directory() throws IOException {
        return Files.createTempDirectory(directory, "part");
    }

    /** Deletes a tree; does not follow links. */
    public static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> paths = Files.walk(tree)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    @Override
    public void close() throws IOException {
        delete(directory);
    }
}
