package io.mosaic.agent.cgroup;

import io.mosaic.agent.cgroup.CgroupPaths.Directory;
import io.mosaic.agent.cgroup.CgroupPaths.Groups;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the kernel counts of a running container: processor time, memory, disk traffic, and network traffic of its namespace.
 * Where a container's groups are is looked up once and remembered, as that costs more than to read them.
 *
 * <p>Thread-safe.
 */
public final class ContainerCounters {

    /** What stands for a count that the kernel does not keep here. */
    public static final long UNKNOWN = -1;

    private static final long NANOS_PER_MICRO = 1000;

    private final CgroupPaths paths;
    private final Path root;
    private final Map<String, Places> known = new ConcurrentHashMap<>();

    private record Places(Directory cpu, Directory memory, Directory disk) {}

    /**
     * Counts since the container's groups were made, and its memory now.
     *
     * @param cpuNanos processor time
     * @param memoryBytes in use, without file pages that the kernel could drop at once
     * @param diskBytes read and written, or {@link #UNKNOWN}
     */
    public record Counters(long cpuNanos, long memoryBytes, long diskBytes) {}

    /** @param root of the file system that holds {@code proc} and what it names as mounted */
    public ContainerCounters(Path root) {
        this.root = root;
        this.paths = new CgroupPaths(root);
    }

    /**
     * Reads them.
     *
     * @param pid of one of the container's processes
     * @throws IOException when the process is gone or is not one of that container
     */
    public Counters read(int pid, String containerId) throws IOException {
        Places places = known.get(containerId);
        if (places == null) {
            Groups groups = paths.of(pid, containerId);
            places = new Places(groups.find("cpuacct"), groups.find("memory"), groups.find("blkio"));
            known.put(containerId, places);
        }
        try {
            return new Counters(cpu(places.cpu()), memory(places.memory()), disk(places.disk()));
        } catch (IOException e) {
            known.remove(containerId);
            throw e;
        }
    }

    /** Forgets where the groups of all others are. */
    public void keepOnly(Set<String> containerIds) {
        known.keySet().retainAll(containerIds);
    }

    /**
     * Bytes in and out of the process's network namespace since it was made, the loopback interface left out.
     *
     * @throws IOException when the process is gone
     */
    public long networkBytes(int pid) throws IOException {
        long bytes = 0;
        for (String line : read(root.resolve("proc/" + pid + "/net/dev")).split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
                continue;
            }
            // Eight columns of what was received, bytes first, then those of what was sent (proc(5)).
            String[] columns = line.substring(colon + 1).strip().split(" +", -1);
            if (columns.length > 8) {
                bytes += number(columns[0]) + number(columns[8]);
            }
        }
        return bytes;
    }

    private static long cpu(Directory cpu) throws IOException {
        return cpu.v2()
                ? field(read(cpu.path().resolve("cpu.stat")), "usage_usec") * NANOS_PER_MICRO
                : number(read(cpu.path().resolve("cpuacct.usage")).strip());
    }

    private static long memory(Directory memory) throws IOException {
        String current = memory.v2() ? "memory.current" : "memory.usage_in_bytes";
        String droppable = memory.v2() ? "inactive_file" : "total_inactive_file";
        long bytes = number(read(memory.path().resolve(current)).strip());
        return Math.max(0, bytes - field(read(memory.path().resolve("memory.stat")), droppable));
    }

    private static long disk(Directory disk) throws IOException {
        String file = disk.v2() ? "io.stat" : "blkio.throttle.io_service_bytes";
        String text;
        try {
            text = read(disk.path().resolve(file));
        } catch (NoSuchFileException e) {
            if (!Files.isDirectory(disk.path())) {
                throw e;
            }
            return UNKNOWN;
        }
        long bytes = 0;
        for (String line : text.split("\n", -1)) {
            String[] words = line.split(" ", -1);
            if (disk.v2()) {
                for (String word : words) {
                    if (word.startsWith("rbytes=") || word.startsWith("wbytes=")) {
                        bytes += number(word.substring("rbytes=".length()));
                    }
                }
            } else if (words.length == 3 && (words[1].equals("Read") || words[1].equals("Write"))) {
                bytes += number(words[2]);
            }
        }
        return bytes;
    }

    /** The number after that word at the beginning of a line; 0 when there is no such line. */
    private static long field(String text, String word) throws IOException {
        String begin = word + " ";
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(begin)) {
                return number(line.substring(begin.length()));
            }
        }
        return 0;
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("the kernel's count \"" + text + "\" is no number", e);
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.US_ASCII);
    }
}
