package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The directory that an image is built from, without what its {@code .dockerignore} leaves out. Links in it are not followed. */
final class Context {
    private static final int FILES_MAX = 1_000_000;
    private static final int IGNORE_BYTES_MAX = 1 << 20;

    private final Path root;
    private final TreeMap<String, Path> files = new TreeMap<>();

    Context(Path root) throws IOException {
        this.root = root;
        if (!Files.isDirectory(root)) {
            throw new ImageFault(root + " is not a directory");
        }
        Path ignore = root.resolve(".dockerignore");
        if (Files.exists(ignore) && Files.size(ignore) > IGNORE_BYTES_MAX) {
            throw new ImageFault(ignore + " is longer than any such file");
        }
        IgnoreRules rules = new IgnoreRules(Files.exists(ignore) ? Files.readString(ignore) : "");
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                String name = root.relativize(path).toString();
                if (!name.isEmpty() && !rules.ignored(name)) {
                    files.put(name, path);
                    if (files.size() > FILES_MAX) {
                        throw new ImageFault("more than " + FILES_MAX + " files in " + root);
                    }
                }
            }
        }
    }

    /**
     * What a source of a COPY names.
     *
     * @throws ImageFault when it is nothing, or leads out of the directory
     */
    List<String> find(String source) throws ImageFault {
        Path relative = Path.of(source.replaceAll("^/+", "")).normalize();
        if (relative.startsWith("..")) {
            throw new ImageFault(source + " is outside of " + root);
        }
        String name = relative.toString();
        if (name.isEmpty()) {
            return List.of("");
        }
        List<String> found = new ArrayList<>();
        if (files.containsKey(name) || !below(name).isEmpty()) {
            found.add(name);
        } else if (name.matches(".*[*?\\[].*")) {
            Pattern pattern = Pattern.compile(IgnoreRules.regex(name));
            files.keySet().stream()
                    .filter(each -> pattern.matcher(each).matches())
                    .forEach(found::add);
        }
        if (found.isEmpty()) {
            throw new ImageFault("there is no " + source + " in " + root + ", or .dockerignore leaves it out");
        }
        return found;
    }

    boolean isDirectory(String name) {
        return name.isEmpty()
                || Files.isDirectory(root.resolve(name), LinkOption.NOFOLLOW_LINKS)
                || !below(name).isEmpty();
    }

    /** All names below that directory, with its name in front. */
    NavigableMap<String, Path> below(String directory) {
        return directory.isEmpty() ? files : files.subMap(directory + "/", true, directory + "0", false);
    }

    Path path(String name) {
        return root.resolve(name);
    }
}
