package io.mosaic.cli.connect;

import io.mosaic.model.Json;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The stored connections of a user, {@code ~/.config/mosaic/contexts.json}, mode 0600 since it holds tokens.
 *
 * @param current the one used when nothing else is said
 */
public record Contexts(@Nullable String current, Map<String, Entry> contexts) {

    public Contexts {
        contexts = contexts == null ? Map.of() : Map.copyOf(contexts);
    }

    /**
     * One connection.
     *
     * @param token a secret
     * @param authority PEM certificates to trust
     */
    public record Entry(
            String server,
            @Nullable String token,
            @Nullable String authority,
            @Nullable String tenant) {

        /** Without the token, so that it never reaches a log. */
        @Override
        public String toString() {
            return server;
        }
    }

    /** In name order. */
    public SortedMap<String, Entry> sorted() {
        return new TreeMap<>(contexts);
    }

    /** With that entry, which becomes the current one when it is the first. */
    public Contexts with(String name, Entry entry) {
        Map<String, Entry> changed = new TreeMap<>(contexts);
        changed.put(name, entry);
        return new Contexts(current == null ? name : current, changed);
    }

    public Contexts without(String name) {
        Map<String, Entry> changed = new TreeMap<>(contexts);
        changed.remove(name);
        return new Contexts(name.equals(current) ? null : current, changed);
    }

    public Contexts using(String name) {
        return new Contexts(name, contexts);
    }

    /** Where it is kept for the user of that environment. */
    public static Path file(Map<String, String> environment) {
        String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path base = config.isEmpty()
                ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".config")
                : Path.of(config);
        return base.resolve("mosaic").resolve("contexts.json");
    }

    /** A missing file holds none. */
    public static Contexts read(Path file) throws IOException {
        try {
            return Json.read(Files.readAllBytes(file), Contexts.class);
        } catch (NoSuchFileException e) {
            return new Contexts(null, Map.of());
        }
    }

    /** Replaces the file in one step. */
    public void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Path next = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        writeSecret(next, Json.pretty(this) + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes a file that only its owner may read, from its first byte on. */
    public static void writeSecret(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        FileAttribute<?>[] mode =
                FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        try (var channel = Files.newByteChannel(
                        file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode);
                var out = Channels.newOutputStream(channel)) {
            out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }
}
