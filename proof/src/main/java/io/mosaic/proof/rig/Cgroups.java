package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Control groups of this host, version 1 or 2: limits of a process, and trees that a rig made. */
public final class Cgroups {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private Cgroups() {}

    /** Hard memory limit in bytes of the process's group. */
    public static long memoryLimit(long pid) throws IOException {
        Path v1 = group(pid, "memory").resolve("memory.limit_in_bytes");
        return Long.parseLong(
                Files.readString(Files.exists(v1) ? v1 : group(pid, "").resolve("memory.max"))
                        .strip());
    }

    /** Hard processor limit of the process's group, in thousandths of a core; -1 when there is none. */
    public static long cpuMillis(long pid) throws IOException {
        Path v1 = group(pid, "cpu").resolve("cpu.cfs_quota_us");
        if (Files.exists(v1)) {
            long quota = Long.parseLong(Files.readString(v1).strip());
            long period = Long.parseLong(
                    Files.readString(v1.resolveSibling("cpu.cfs_period_us")).strip());
            return quota < 0 ? -1 : quota * 1000 / period;
        }
        String[] parts =
                Files.readString(group(pid, "").resolve("cpu.max")).strip().split(" ", -1);
        return "max".equals(parts[0]) ? -1 : Long.parseLong(parts[0]) * 1000 / Long.parseLong(parts[1]);
    }

    /** Whether this host has version 2 alone. */
    public static boolean v2() {
        return Files.exists(ROOT.resolve("cgroup.controllers"));
    }

    /** What a file of the process's group says. */
    public static String text(long pid, String controller, String file) throws IOException {
        return Files.readString(group(pid, v2() ? "" : controller).resolve(file))
                .strip();
    }

    /** Changes what a file of the process's group says, as somebody else would. */
    public static void write(long pid, String controller, String file, String value) throws IOException {
        Files.writeString(group(pid, v2() ? "" : controller).resolve(file), value);
    }

    /** Bytes a second that the process's group may read, of each device that has a limit. */
    public static List<Long> readBps(long pid) throws IOException {
        String lines = v2() ? text(pid, "", "io.max") : text(pid, "blkio", "blkio.throttle.read_bps_device");
        List<Long> limits = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            String figure = line.split(" ", -1)[1].replace("rbps=", "");
            if (!figure.equals("max")) {
                limits.add(Long.valueOf(figure));
            }
        }
        return limits;
    }

    private static Path group(long pid, String controller) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (List.of(fields[1].split(",", -1)).contains(controller)) {
                return ROOT.resolve(controller).resolve(fields[2].substring(1));
            }
        }
        return ROOT.resolve("none");
    }

    /** Pids in the top-level tree of that name, under every hierarchy. */
    static List<Long> pidsIn(String name) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (Path tree : trees(name)) {
            for (Path group : groups(tree)) {
                for (String line : members(group)) {
                    pids.add(Long.valueOf(line));
                }
            }
        }
        return pids.stream().distinct().toList();
    }

    /** Removes the top-level tree of that name, which must hold no process, under every hierarchy. */
    static void remove(String name) throws IOException, InterruptedException {
        for (Path tree : trees(name)) {
            for (Path group : groups(tree)) {
                // The kernel may still be taking a group apart whose last process has just ended.
                for (int attempt = 0; Files.exists(group) && !group.toFile().delete() && attempt < 50; attempt++) {
                    Thread.sleep(20);
                }
            }
        }
    }

    private static List<Path> trees(String name) throws IOException {
        List<Path> found = new ArrayList<>();
        List<Path> candidates = new ArrayList<>(List.of(ROOT));
        try (Stream<Path> hierarchies = Files.list(ROOT)) {
            hierarchies
                    .filter(Files::isDirectory)
                    .filter(path -> !Files.isSymbolicLink(path))
                    .forEach(candidates::add);
        }
        for (Path hierarchy : candidates) {
            if (Files.isDirectory(hierarchy.resolve(name))) {
                found.add(hierarchy.resolve(name));
            }
        }
        return found;
    }

    /** None when the group has gone meanwhile, as those of ending containers do. */
    private static List<String> members(Path group) throws IOException {
        try {
            return Files.readAllLines(group.resolve("cgroup.procs"));
        } catch (IOException e) {
            if (!Files.exists(group)) {
                return List.of();
            }
            throw e;
        }
    }

    /** The groups of that tree, inner ones first; one that goes meanwhile may be missing. */
    private static List<Path> groups(Path tree) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path group, BasicFileAttributes attributes) {
                found.add(group);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
                if (Files.exists(file)) {
                    throw fault;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path group, @Nullable IOException fault) throws IOException {
                if (fault != null && Files.exists(group)) {
                    throw fault;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found.reversed();
    }
}
