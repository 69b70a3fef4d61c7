package io.mosaic.agent.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The block devices, as {@code MAJOR:MINOR}, on which file systems are. */
final class BlockDevices {

    private static final String UPPER = "upperdir=";

    private BlockDevices() {}

    /** The whole device below that file; null when it is on none, such as on tmpfs. */
    static @Nullable String below(Path file) throws IOException {
        // As glibc's gnu_dev_major and gnu_dev_minor take st_dev apart.
        long dev = ((Number) Files.getAttribute(file, "unix:dev")).longValue();
        long major = (dev >>> 8 & 0xfff) | (dev >>> 32 & ~0xfffL);
        long minor = (dev & 0xff) | (dev >>> 12 & ~0xffL);
        return major == 0 ? null : whole(major + ":" + minor);
    }

    /** The kernel holds whole devices to limits, not their partitions. */
    private static String whole(String device) throws IOException {
        Path entry = Path.of("/sys/dev/block", device);
        if (!Files.exists(entry.resolve("partition"))) {
            return device;
        }
        return Files.readString(entry.toRealPath().resolveSibling("dev"), StandardCharsets.US_ASCII)
                .strip();
    }

    /**
     * The whole device on which a process's root file system is written: with overlayfs, that of the layer on top.
     *
     * @return null when it is on none
     */
    static @Nullable String ofRoot(int pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/mountinfo"), StandardCharsets.UTF_8)) {
            // Fifth field: the mount point; behind the separator: type, source, the file system's options (proc(5)).
            List<String> fields = List.of(line.split(" ", -1));
            if (fields.size() < 5 || !fields.get(4).equals("/")) {
                continue;
            }
            for (String option : fields.getLast().split(",", -1)) {
                if (option.startsWith(UPPER)) {
                    return below(Path.of(option.substring(UPPER.length())));
                }
            }
            return below(Path.of("/proc/" + pid + "/root"));
        }
        throw new IOException("process " + pid + " has no root file system");
    }
}
