package io.mosaic.agent.desired;

import io.mosaic.model.Placement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The roles on the host's own disk. In a set's directory {@code role} and {@code term} are links through {@code now}, a link
 * to a directory named after both: so one rename changes the two together, and its target is what was written last. The name
 * of the note that it is in force stands beside the directory, where containers do not see it.
 */
public final class RoleDirectories implements RoleFiles {
    private static final Set<PosixFilePermission> ALL_READ = PosixFilePermissions.fromString("rw-r--r--");
    private static final Set<PosixFilePermission> ALL_ENTER = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Pattern NAME = Pattern.compile("([0-9]{1,18})-(primary|standby)");
    private static final String NOW = "now";
    private static final String CONFIRMED = ".confirmed";

    private final Path root;

    /** @param root the directory that holds those of all sets; made when it is not there */
    public RoleDirectories(Path root) {
        this.root = root;
    }

    @Override
    public Path directory(UUID set) {
        return root.resolve(set.toString());
    }

    @Override
    public @Nullable Written read(UUID set) throws IOException {
        String name;
        try {
            name = Files.readSymbolicLink(directory(set).resolve(NOW)).toString();
        } catch (NoSuchFileException e) {
            return null;
        }
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) {
            throw new IOException("the role of set " + set + " on this host is none: " + name);
        }
        return new Written(
                Placement.Part.parse(parts.group(2)), Long.parseLong(parts.group(1)), name.equals(confirmed(set)));
    }

    private static @Nullable Path last(Path directory) throws IOException {
        Path now = directory.resolve(NOW);
        return Files.isSymbolicLink(now) ? directory.resolve(Files.readSymbolicLink(now)) : null;
    }

    private @Nullable String confirmed(UUID set) throws IOException {
        try {
            return Files.readString(root.resolve(set + CONFIRMED));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void write(UUID set, Placement.Part is, long term) throws IOException {
        Files.deleteIfExists(root.resolve(set + CONFIRMED));
        Path directory = directory(set);
        make(root);
        make(directory);
        String name = name(is, term);
        Path fresh = directory.resolve(name);
        make(fresh);
        put(fresh.resolve("role"), is.word() + "\n");
        put(fresh.resolve("term"), term + "\n");
        link(directory.resolve("role"), NOW + "/role");
        link(directory.resolve("term"), NOW + "/term");
        Path before = last(directory);
        Path next = directory.resolve(NOW + ".new");
        Files.deleteIfExists(next);
        Files.createSymbolicLink(next, Path.of(name));
        Files.move(next, directory.resolve(NOW), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(fresh);
        sync(directory);
        sync(root);
        try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "[0-9]*")) {
            for (Path path : old) {
                // The one of before stays: somebody may just be on the way through it.
                if (!path.equals(fresh) && !path.equals(before)) {
                    removeAll(path);
                }
            }
        }
    }

    @Override
    public void confirm(UUID set, Placement.Part is, long term) throws IOException {
        Written now = read(set);
        if (now != null && now.is() == is && now.term() == term) {
            put(root.resolve(set + CONFIRMED), name(is, term));
        }
    }

    @Override
    public void remove(UUID set) throws IOException {
        Files.deleteIfExists(root.resolve(set + CONFIRMED));
        removeAll(directory(set));
    }

    private static String name(Placement.Part is, long term) {
        return String.format(Locale.ROOT, "%d-%s", term, is.word());
    }

    private static void make(Path directory) throws IOException {
        Files.createDirectories(directory);
        // Whatever mask the agent runs with: containers' users must be able to read it.
        Files.setPosixFilePermissions(directory, ALL_ENTER);
    }

    private static void put(Path file, String text) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.setPosixFilePermissions(file, ALL_READ);
    }

    private static void link(Path at, String target) throws IOException {
        try {
            Files.createSymbolicLink(at, Path.of(target));
        } catch (FileAlreadyExistsException e) {
            // As it was made first.
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void removeAll(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(path)) {
                for (Path each : all) {
                    removeAll(each);
                }
            }
        }
        Files.deleteIfExists(path);
    }
}
