package io.mosaic.agent.cgroup;

import io.mosaic.agent.cgroup.CgroupPaths.Directory;
import io.mosaic.agent.cgroup.CgroupPaths.Groups;
import io.mosaic.model.Bytes;
import io.mosaic.model.CgroupKey;
import io.mosaic.model.IoLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the keys of a container's cgroups that Docker does not know. What is written per device is kept as a
 * whole: a device that is not asked for has no limit.
 *
 * <p>Thread-safe; two writers for one container would mix their values.
 */
public final class CgroupKeys {

    private static final long PAGE_BYTES = 4096;

    /** The v1 files of {@link IoLimits}, in the order of its figures, which is that of v2's words. */
    private static final List<String> THROTTLES = List.of(
            "blkio.throttle.read_bps_device",
            "blkio.throttle.write_bps_device",
            "blkio.throttle.read_iops_device",
            "blkio.throttle.write_iops_device");

    private static final List<String> WORDS = List.of("rbps", "wbps", "riops", "wiops");

    private final CgroupPaths paths;

    /** @param root of the file system that holds {@code proc} and what it names as mounted */
    public CgroupKeys(Path root) {
        this.paths = new CgroupPaths(root);
    }

    /**
     * Whether all of it holds now.
     *
     * @throws IOException when the process is gone, is not one of that container, or the host has not got a key
     */
    public boolean hold(int pid, String containerId, KernelKeys keys) throws IOException {
        Groups groups = paths.of(pid, containerId);
        for (Map.Entry<String, String> entry : keys.values().entrySet()) {
            CgroupKey key = key(entry.getKey());
            if (key.form() != CgroupKey.Form.DEVICE && !holds(groups, key, entry.getValue())) {
                return false;
            }
        }
        return deviceChanges(groups, pid, keys).isEmpty();
    }

    /**
     * Makes it hold.
     *
     * @param dropped names of keys that were asked for earlier and are no more; they go back to what nobody asked for
     * @throws IOException when the kernel refuses, or the host has not got a key, which the message names
     */
    public void apply(int pid, String containerId, KernelKeys keys, Set<String> dropped) throws IOException {
        Groups groups = paths.of(pid, containerId);
        for (String name : dropped) {
            CgroupKey key = key(name);
            if (key.form() != CgroupKey.Form.DEVICE && !keys.values().containsKey(name)) {
                Cgroups.write(directory(groups, key), key.file(), key.unset());
            }
        }
        for (Map.Entry<String, String> entry : keys.values().entrySet()) {
            CgroupKey key = key(entry.getKey());
            if (key.form() != CgroupKey.Form.DEVICE && !holds(groups, key, entry.getValue())) {
                Cgroups.write(directory(groups, key), key.file(), entry.getValue());
            }
        }
        for (Line line : deviceChanges(groups, pid, keys)) {
            Cgroups.write(line.directory(), line.file(), line.text());
        }
    }

    /**
     * Bytes of memory in use that the kernel cannot simply drop: without file pages that nobody has touched for a while.
     *
     * @throws IOException when the process is gone or is not one of that container
     */
    public long memoryInUse(int pid, String containerId) throws IOException {
        Directory memory = paths.of(pid, containerId).find("memory");
        String now = memory.v2() ? "memory.current" : "memory.usage_in_bytes";
        String idle = memory.v2() ? "inactive_file " : "total_inactive_file ";
        long dropped = 0;
        for (String line : Files.readAllLines(memory.path().resolve("memory.stat"), StandardCharsets.US_ASCII)) {
            if (line.startsWith(idle)) {
                dropped = Long.parseLong(line.substring(idle.length()));
            }
        }
        return Math.max(0, Cgroups.number(memory, now) - dropped);
    }

    private static CgroupKey key(String name) throws IOException {
        CgroupKey key = CgroupKey.of(name);
        if (key == null) {
            throw new IOException("this agent does not know the cgroup key " + name);
        }
        return key;
    }

    private static Directory directory(Groups groups, CgroupKey key) throws IOException {
        String controller = key.controller().equals("io") ? "blkio" : key.controller();
        Directory directory = groups.find(controller);
        int version = directory.v2() ? 2 : 1;
        if (!key.in(version)) {
            throw new IOException("this host has no " + key.file() + ": its " + key.controller()
                    + " controller is that of cgroup v" + version);
        }
        if (!Files.exists(directory.path().resolve(key.file()))) {
            throw new IOException("this host's kernel has no " + key.file());
        }
        return directory;
    }

    private static boolean holds(Groups groups, CgroupKey key, String wanted) throws IOException {
        String now = Cgroups.text(directory(groups, key), key.file());
        // io.weight and such begin with the value for all devices.
        String first = now.lines().findFirst().orElse("").replaceFirst("^default ", "");
        if (key.form() == CgroupKey.Form.BYTES && first.matches("[0-9]+")) {
            return Long.parseLong(first) == Long.parseLong(wanted) / PAGE_BYTES * PAGE_BYTES;
        }
        return first.equals(wanted);
    }

    /** A line to write. */
    private record Line(Directory directory, String file, String text) {}

    private static List<Line> deviceChanges(Groups groups, int pid, KernelKeys keys) throws IOException {
        Map<String, @Nullable Long[]> wanted = figures(pid, keys);
        Directory directory;
        try {
            directory = groups.find("blkio");
        } catch (IOException e) {
            if (wanted.isEmpty()) {
                return List.of();
            }
            throw e;
        }
        if (directory.v2()) {
            for (String name : keys.values().keySet()) {
                if (key(name).form() == CgroupKey.Form.DEVICE) {
                    directory(groups, key(name));
                }
            }
        }
        String file = directory.v2() ? "io.max" : THROTTLES.getFirst();
        if (!Files.exists(directory.path().resolve(file))) {
            if (wanted.isEmpty()) {
                return List.of();
            }
            throw new IOException("this host's kernel has no " + file);
        }
        return directory.v2() ? changesV2(directory, wanted) : changesV1(directory, wanted);
    }

    /** By device, what is wanted of it: bytes read and written, reads and writes a second; null for no limit. */
    private static Map<String, @Nullable Long[]> figures(int pid, KernelKeys keys) throws IOException {
        Map<String, @Nullable Long[]> figures = new LinkedHashMap<>();
        IoLimits io = keys.io();
        if (io != null) {
            for (String device : devices(pid, keys.volume())) {
                figures.put(device, new @Nullable Long[] {
                    value(io.readBps()), value(io.writeBps()), io.readIops(), io.writeIops()
                });
            }
        }
        for (Map.Entry<String, String> entry : keys.values().entrySet()) {
            int at = THROTTLES.indexOf(entry.getKey());
            if (at >= 0) {
                String[] parts = entry.getValue().split(" ", -1);
                figures.computeIfAbsent(parts[0], device -> new @Nullable Long[WORDS.size()])[at] =
                        Long.valueOf(parts[1]);
            }
        }
        return figures;
    }

    private static @Nullable Long value(@Nullable Bytes bytes) {
        return bytes == null ? null : bytes.value();
    }

    private static Set<String> devices(int pid, @Nullable Path volume) throws IOException {
        Set<String> devices = new LinkedHashSet<>();
        String root = BlockDevices.ofRoot(pid);
        if (root != null) {
            devices.add(root);
        }
        String below = volume == null ? null : BlockDevices.below(volume);
        if (below != null) {
            devices.add(below);
        }
        if (devices.isEmpty()) {
            throw new IOException("neither root file system nor volume is on a block device that could be limited");
        }
        return devices;
    }

    private static List<Line> changesV1(Directory directory, Map<String, @Nullable Long[]> wanted) throws IOException {
        List<Line> lines = new ArrayList<>();
        for (int at = 0; at < THROTTLES.size(); at++) {
            Map<String, Long> now = new HashMap<>();
            for (String line :
                    Cgroups.text(directory, THROTTLES.get(at)).lines().toList()) {
                String[] parts = line.split(" ", -1);
                now.put(parts[0], Long.valueOf(parts[1]));
            }
            Set<String> devices = new LinkedHashSet<>(now.keySet());
            devices.addAll(wanted.keySet());
            for (String device : devices) {
                @Nullable Long[] figures = wanted.get(device);
                Long figure = figures == null ? null : figures[at];
                // In these files 0 takes a limit away.
                long number = figure == null ? 0 : figure;
                if (number != now.getOrDefault(device, 0L)) {
                    lines.add(new Line(directory, THROTTLES.get(at), device + " " + number));
                }
            }
        }
        return lines;
    }

    private static List<Line> changesV2(Directory directory, Map<String, @Nullable Long[]> wanted) throws IOException {
        Map<String, List<String>> now = new HashMap<>();
        for (String line : Cgroups.text(directory, "io.max").lines().toList()) {
            List<String> parts = List.of(line.split(" ", -1));
            now.put(parts.getFirst(), parts.subList(1, parts.size()));
        }
        List<String> none = words(new @Nullable Long[WORDS.size()]);
        Set<String> devices = new LinkedHashSet<>(now.keySet());
        devices.addAll(wanted.keySet());
        List<Line> lines = new ArrayList<>();
        for (String device : devices) {
            @Nullable Long[] figures = wanted.get(device);
            List<String> words = figures == null ? none : words(figures);
            if (!Set.copyOf(words).equals(Set.copyOf(now.getOrDefault(device, none)))) {
                lines.add(new Line(directory, "io.max", device + " " + String.join(" ", words)));
            }
        }
        return lines;
    }

    private static List<String> words(@Nullable Long[] figures) {
        List<@Nullable Long> all = Arrays.asList(figures);
        List<String> words = new ArrayList<>();
        for (int at = 0; at < WORDS.size(); at++) {
            Long figure = all.get(at);
            words.add(WORDS.get(at) + "=" + (figure == null ? "max" : figure));
        }
        return words;
    }
}
