package io.mosaic.agent.volume;

import io.mosaic.agent.volume.VolumeDriver.VolumeException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Directories within a volume. Containers write there, so any part of a path may be a symbolic link that leads out of
 * the volume: each part is opened from its parent and links are refused.
 */
public final class VolumeDirectories {

    private VolumeDirectories() {}

    /**
     * Makes that directory of the volume, and those above it, where they are missing; new ones may be written by all
     * users, as the volume's own root.
     *
     * <p>What is checked is the moment: who mounts the path later must do so before containers that can write to the
     * volume run, or check again.
     *
     * @param mount where the volume is mounted
     * @param subPath relative, without {@code .} and {@code ..}
     * @throws VolumeException when a part of it is a link or no directory
     */
    public static Path ensure(Path mount, String subPath) throws VolumeException {
        Path relative = Path.of(subPath);
        if (relative.isAbsolute()
                || !relative.equals(relative.normalize())
                || subPath.isEmpty()
                || relative.startsWith("..")) {
            throw new VolumeException("subPath " + subPath + " is not a path within the volume");
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(mount)) {
            if (!(stream instanceof SecureDirectoryStream<Path> root)) {
                throw new IOException("this system cannot open directories relative to each other");
            }
            List<Path> parts = new ArrayList<>();
            relative.forEach(parts::add);
            descend(mount, root, root, parts);
            return mount.resolve(relative);
        } catch (IOException e) {
            throw new VolumeException("subPath " + subPath + " cannot be used: " + e, e);
        }
    }

    private static void descend(
            Path mount, SecureDirectoryStream<Path> root, SecureDirectoryStream<Path> parent, List<Path> parts)
            throws IOException {
        if (parts.isEmpty()) {
            return;
        }
        Path part = parts.getFirst();
        boolean made = makeIfMissing(mount, root, parent, part);
        try (SecureDirectoryStream<Path> child = parent.newDirectoryStream(part, LinkOption.NOFOLLOW_LINKS)) {
            if (made) {
                child.getFileAttributeView(PosixFileAttributeView.class)
                        .setPermissions(PosixFilePermissions.fromString("rwxrwxrwx"));
            }
            descend(mount, root, child, parts.subList(1, parts.size()));
        }
    }

    /** Java makes no directory relative to an open one; it moves one there that was made at the trusted root. */
    private static boolean makeIfMissing(
            Path mount, SecureDirectoryStream<Path> root, SecureDirectoryStream<Path> parent, Path part)
            throws IOException {
        try {
            parent.getFileAttributeView(part, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .readAttributes();
            return false;
        } catch (NoSuchFileException e) {
            Path made = Path.of(".mosaic-" + UUID.randomUUID());
            Files.createDirectory(mount.resolve(made));
            root.move(made, parent, part);
            return true;
        }
    }
}
