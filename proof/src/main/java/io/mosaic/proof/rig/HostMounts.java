package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Mounts, loop devices and network interfaces of this host. */
public final class HostMounts {

    private HostMounts() {}

    /** Where something is mounted at or below that directory, deepest first. */
    public static List<String> below(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            // Field 5 of proc(5) is the mount point, with space, tab, newline and backslash as octal escapes.
            String point = line.split(" ", -1)[4].replace("\\040", " ");
            if (point.equals(directory.toString()) || point.startsWith(directory + "/")) {
                found.add(point);
            }
        }
        found.sort(Comparator.comparingInt(String::length).reversed());
        return found;
    }

    /** Unmounts all of them, detaching what is busy. */
    public static void unmountBelow(Path directory) throws IOException, InterruptedException {
        for (String point : below(directory)) {
            HostCommand.attempt("umount", "-l", point);
        }
    }

    /** Loop devices whose backing file is, or was, below that directory: {@code /dev/loop3 /the/file}. */
    public static List<String> loopDevicesOn(Path directory) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
            for (Path device : (Iterable<Path>) devices::iterator) {
                Path backing = device.resolve("loop/backing_file");
                if (!Files.exists(backing)) {
                    continue;
                }
                String file = Files.readString(backing).strip();
                if (file.startsWith(directory + "/")) {
                    found.add("/dev/" + device.getFileName() + " " + file);
                }
            }
        }
        return found;
    }

    /** Detaches them. */
    public static void detachLoopDevicesOn(Path directory) throws IOException, InterruptedException {
        for (String device : loopDevicesOn(directory)) {
            HostCommand.attempt("losetup", "-d", device.substring(0, device.indexOf(' ')));
        }
    }
}
