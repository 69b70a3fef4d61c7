package io.mosaic.agent.desired;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Directories of a volume that containers see as mounts of their own. A container may have put a symbolic link where a
 * directory belongs, to be shown the host's files: every part of the path must be a real directory.
 */
final class VolumeDirectories {
    private VolumeDirectories() {}

    /**
     * Makes what is missing of the path.
     *
     * @throws IOException when a part of it is no directory
     */
    static void ensure(Path volume, String subPath) throws IOException {
        Path at = volume;
        for (Path part : Path.of(subPath)) {
            at = at.resolve(part);
            if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(at);
            }
            if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(
                        "the volume's " + subPath + " is not a directory all the way, and links are not followed");
            }
        }
    }
}
