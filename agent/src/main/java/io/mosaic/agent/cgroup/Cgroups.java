package io.mosaic.agent.cgroup;

import io.mosaic.agent.cgroup.CgroupPaths.Directory;
import io.mosaic.agent.cgroup.CgroupPaths.Groups;
import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.model.CpuList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the limits of a running container in its cgroup. A group that does not carry the container's id is
 * never touched.
 *
 * <p>Thread-safe; two writers for one container would mix their values.
 */
public final class Cgroups {

    /** The kernel counts memory in pages and rounds a limit down to them. */
    private static final long PAGE_BYTES = 4096;

    /** What v1 says for no limit is near the largest number, less a page; no machine has half of it. */
    private static final long NO_LIMIT = Long.MAX_VALUE / 2;

    private final CgroupPaths paths;
    /** Which conversion the host's runtime uses; learned from what it wrote. */
    private volatile boolean quadratic;

    /** @param root of the file system that holds {@code proc} and what it names as mounted */
    public Cgroups(Path root) {
        this.paths = new CgroupPaths(root);
    }

    /**
     * The limits that hold now. 0 stands for no limit. On v2 the shares are those that give its weight, which many do:
     * compare with {@link #holds}.
     *
     * @throws IOException when the process is gone or is not one of that container
     */
    public Limits read(int pid, String containerId) throws IOException {
        Groups groups = paths.of(pid, containerId);
        Directory cpuset = groups.find("cpuset");
        Limits limits = read(groups.find("cpu"), groups.find("memory"), cpuset);
        return new Limits(
                limits.cpuQuotaMicros(), limits.cpuShares(), limits.memoryBytes(), limits.cpusetCpus(), mems(cpuset));
    }

    private Limits read(Directory cpu, Directory memory, Directory cpuset) throws IOException {
        String cpus = text(cpuset, "cpuset.cpus");
        return new Limits(quota(cpu), shares(cpu), memory(memory), cpus.isEmpty() ? null : cpus);
    }

    /** Read only where it is asked for: the sweep over all containers should open no file in vain. */
    private static @Nullable String mems(Directory cpuset) throws IOException {
        String mems = exists(cpuset, "cpuset.mems") ? text(cpuset, "cpuset.mems") : "";
        return mems.isEmpty() ? null : mems;
    }

    /** Whether these limits hold now. An absent cpuset or shares of 0 ask for nothing. */
    public boolean holds(int pid, String containerId, Limits wanted) throws IOException {
        Groups groups = paths.of(pid, containerId);
        Directory cpu = groups.find("cpu");
        Directory memory = groups.find("memory");
        Directory cpuset = groups.find("cpuset");
        Limits now = read(cpu, memory, cpuset);
        return now.cpuQuotaMicros() == wanted.cpuQuotaMicros()
                && now.memoryBytes() == wanted.memoryBytes() / PAGE_BYTES * PAGE_BYTES
                && (wanted.cpuShares() == 0 || sameShares(cpu, now, wanted))
                && sameList(now.cpusetCpus(), wanted.cpusetCpus())
                && (wanted.cpusetMems() == null || sameList(mems(cpuset), wanted.cpusetMems()))
                && noSwapOnTop(memory, now.memoryBytes());
    }

    /**
     * Makes these limits hold. An absent cpuset, shares of 0 and memory of 0 change nothing; a quota of 0 lifts it.
     *
     * @throws IOException when the kernel refuses, such as memory below what is in use and cannot be freed
     */
    public void apply(int pid, String containerId, Limits limits) throws IOException {
        Groups groups = paths.of(pid, containerId);
        applyCpu(groups.find("cpu"), limits);
        if (limits.memoryBytes() > 0) {
            applyMemory(groups.find("memory"), limits.memoryBytes());
        }
        if (limits.cpusetCpus() != null) {
            write(groups.find("cpuset"), "cpuset.cpus", limits.cpusetCpus());
        }
        if (limits.cpusetMems() != null) {
            write(groups.find("cpuset"), "cpuset.mems", limits.cpusetMems());
        }
    }

    private void applyCpu(Directory cpu, Limits limits) throws IOException {
        long quota = limits.cpuQuotaMicros();
        if (cpu.v2()) {
            write(cpu, "cpu.max", (quota > 0 ? quota : "max") + " " + Limits.CPU_PERIOD_MICROS);
        } else {
            write(cpu, "cpu.cfs_period_us", Long.toString(Limits.CPU_PERIOD_MICROS));
            write(cpu, "cpu.cfs_quota_us", quota > 0 ? Long.toString(quota) : "-1");
        }
        if (limits.cpuShares() > 0) {
            if (cpu.v2()) {
                int shares = limits.cpuShares();
                int weight = quadratic ? CpuWeight.quadratic(shares) : CpuWeight.linear(shares);
                write(cpu, "cpu.weight", Integer.toString(weight));
            } else {
                write(cpu, "cpu.shares", Integer.toString(limits.cpuShares()));
            }
        }
    }

    private static void applyMemory(Directory memory, long bytes) throws IOException {
        if (memory.v2()) {
            write(memory, "memory.max", Long.toString(bytes));
            if (exists(memory, "memory.swap.max")) {
                write(memory, "memory.swap.max", "0");
            }
            return;
        }
        // With swap accounting, the sum of memory and swap must at no moment be below the memory.
        boolean accounted = exists(memory, "memory.memsw.limit_in_bytes");
        boolean sumFirst = accounted && number(memory, "memory.memsw.limit_in_bytes") < bytes;
        if (sumFirst) {
            write(memory, "memory.memsw.limit_in_bytes", Long.toString(bytes));
        }
        write(memory, "memory.limit_in_bytes", Long.toString(bytes));
        if (accounted && !sumFirst) {
            write(memory, "memory.memsw.limit_in_bytes", Long.toString(bytes));
        }
    }

    private static long quota(Directory cpu) throws IOException {
        String quota;
        String period;
        if (cpu.v2()) {
            String both = text(cpu, "cpu.max");
            int blank = both.indexOf(' ');
            quota = blank < 0 ? both : both.substring(0, blank);
            period = blank < 0 ? Long.toString(Limits.CPU_PERIOD_MICROS) : both.substring(blank + 1);
        } else {
            quota = text(cpu, "cpu.cfs_quota_us");
            period = text(cpu, "cpu.cfs_period_us");
        }
        if (quota.equals("max") || quota.equals("-1")) {
            return 0;
        }
        // Somebody may have set another period; what counts is the share of time.
        return Math.round((double) parse(cpu, quota) * Limits.CPU_PERIOD_MICROS / Math.max(1, parse(cpu, period)));
    }

    private int shares(Directory cpu) throws IOException {
        if (!cpu.v2()) {
            return (int) number(cpu, "cpu.shares");
        }
        int weight = (int) number(cpu, "cpu.weight");
        int low = 2;
        int high = 262_144;
        while (low < high) {
            int middle = (low + high) >>> 1;
            int reached = quadratic ? CpuWeight.quadratic(middle) : CpuWeight.linear(middle);
            if (reached >= weight) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private boolean sameShares(Directory cpu, Limits now, Limits wanted) throws IOException {
        if (!cpu.v2()) {
            return now.cpuShares() == wanted.cpuShares();
        }
        long weight = number(cpu, "cpu.weight");
        boolean linear = weight == CpuWeight.linear(wanted.cpuShares());
        boolean other = weight == CpuWeight.quadratic(wanted.cpuShares());
        if (linear != other) {
            quadratic = other;
        }
        return linear || other;
    }

    private static boolean sameList(@Nullable String now, @Nullable String wanted) {
        return wanted == null || (now != null && CpuList.parse(now).equals(CpuList.parse(wanted)));
    }

    private static boolean noSwapOnTop(Directory memory, long bytes) throws IOException {
        if (bytes == 0) {
            return true;
        }
        if (memory.v2()) {
            return !exists(memory, "memory.swap.max")
                    || text(memory, "memory.swap.max").equals("0");
        }
        return !exists(memory, "memory.memsw.limit_in_bytes") || number(memory, "memory.memsw.limit_in_bytes") == bytes;
    }

    private static long memory(Directory memory) throws IOException {
        String file = memory.v2() ? "memory.max" : "memory.limit_in_bytes";
        String text = text(memory, file);
        long bytes = text.equals("max") ? Long.MAX_VALUE : parse(memory, text);
        return bytes >= NO_LIMIT ? 0 : bytes;
    }

    private static boolean exists(Directory directory, String file) {
        return Files.exists(directory.path().resolve(file));
    }

    static long number(Directory directory, String file) throws IOException {
        return parse(directory, text(directory, file));
    }

    private static long parse(Directory directory, String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("not a number in " + directory.path() + ": " + text, e);
        }
    }

    static String text(Directory directory, String file) throws IOException {
        return Files.readString(directory.path().resolve(file), StandardCharsets.US_ASCII)
                .strip();
    }

    /** Never makes a file: where there is none, the controller is not there. */
    static void write(Directory directory, String file, String value) throws IOException {
        Path path = directory.path().resolve(file);
        try {
            Files.writeString(
                    path,
                    value,
                    StandardCharsets.US_ASCII,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException e) {
            throw new IOException("writing " + value + " to " + path + " failed: " + e.getMessage(), e);
        }
    }
}
