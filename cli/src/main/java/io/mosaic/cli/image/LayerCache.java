package io.mosaic.cli.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this user's commands know already, in {@code ~/.cache/mosaic}: as what a plain layer travels, so that it need not be packed to
 * learn that the repository has it; what a base's layers hold; runtimes that were made. All of it may be deleted at any time. Thread-safe.
 */
public final class LayerCache {
    private final Path directory;

    public LayerCache(Path directory) {
        this.directory = directory;
    }

    /** Of the user of that environment. */
    public static LayerCache of(Map<String, String> environment) {
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = cache.isEmpty()
                ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
                : Path.of(cache);
        return new LayerCache(base.resolve("mosaic"));
    }

    /** A packed layer by what it is. */
    public record Packed(String digest, long size) {}

    /** As what the plain layer was packed once. */
    public @Nullable Packed packed(String diffId) throws IOException {
        byte[] read = read("packed", diffId.replace(':', '-'));
        if (read == null) {
            return null;
        }
        String[] words = new String(read, StandardCharsets.US_ASCII).strip().split(" ", 2);
        return words.length == 2 && Digests.valid(words[0]) && words[1].matches("\\d{1,18}")
                ? new Packed(words[0], Long.parseLong(words[1]))
                : null;
    }

    public void remember(LayerFile layer) throws IOException {
        String text = layer.digest() + " " + layer.size() + "\n";
        write("packed", layer.diffId().replace(':', '-'), text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A small file of the cache, absent when it is not there. */
    public byte @Nullable [] read(String kind, String name) throws IOException {
        try {
            return Files.readAllBytes(directory.resolve(kind).resolve(name));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** In one step: a reader finds all of it or none. */
    public void write(String kind, String name, byte[] content) throws IOException {
        Path target = path(kind, name);
        Path next = Files.createTempFile(target.getParent(), "next", "");
        Files.write(next, content);
        Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Where that is, or is to be; its directory is there. */
    public Path path(String kind, String name) throws IOException {
        return Files.createDirectories(directory.resolve(kind)).resolve(name);
    }
}
