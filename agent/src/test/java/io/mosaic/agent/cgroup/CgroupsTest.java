package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.model.CpuList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** cgroup v2 and the mixture of both, on a directory tree that looks like them. */
class CgroupsTest {

    private static final String ID = "ab".repeat(32);
    private static final String SCOPE = "/system.slice/docker-" + ID + ".scope";
    private static final Limits LIMITS = new Limits(50_000, 1024, 64L << 20, "0-1");

    @TempDir
    private Path root;

    private Cgroups cgroups;

    @BeforeEach
    void tree() throws IOException {
        cgroups = new Cgroups(root);
        put("proc/self/mountinfo", "25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        put("proc/77/cgroup", "0::" + SCOPE + "\n");
        String scope = "sys/fs/cgroup" + SCOPE + "/";
        put(scope + "cpu.max", "max 100000\n");
        put(scope + "cpu.weight", "100\n");
        put(scope + "memory.max", "max\n");
        put(scope + "memory.swap.max", "max\n");
        put(scope + "cpuset.cpus", "\n");
    }

    @Test
    void aCpusetOfProcessorsAndMemoryHoldsInAnySpelling() throws Exception {
        String scope = "sys/fs/cgroup" + SCOPE + "/";
        put(scope + "cpuset.cpus", "0-1\n");
        put(scope + "cpuset.mems", "1\n");
        Limits now = cgroups.read(77, ID);
        assertThat(now.cpusetMems()).isEqualTo("1");
        Limits other = new Limits(now.cpuQuotaMicros(), now.cpuShares(), now.memoryBytes(), "0,1", "0");
        assertThat(cgroups.holds(77, ID, other)).isFalse();
        cgroups.apply(77, ID, other);
        assertThat(cgroups.read(77, ID).cpusetMems()).isEqualTo("0");
        assertThat(cgroups.holds(77, ID, other)).isTrue();
    }

    @Test
    void v2ReadsNoLimits() throws IOException {
        Limits read = cgroups.read(77, ID);

        assertThat(read.cpuQuotaMicros()).isZero();
        assertThat(read.memoryBytes()).isZero();
        assertThat(read.cpusetCpus()).isNull();
        assertThat(cgroups.holds(77, ID, LIMITS)).isFalse();
    }

    @Test
    void v2WritesAndHolds() throws IOException {
        cgroups.apply(77, ID, LIMITS);

        assertThat(get("cpu.max")).isEqualTo("50000 100000");
        assertThat(get("cpu.weight")).isEqualTo("39");
        assertThat(get("memory.max")).isEqualTo("67108864");
        assertThat(get("memory.swap.max")).isEqualTo("0");
        assertThat(get("cpuset.cpus")).isEqualTo("0-1");
        assertThat(cgroups.holds(77, ID, LIMITS)).isTrue();
        put("sys/fs/cgroup" + SCOPE + "/cpuset.cpus", "0,1");
        put("sys/fs/cgroup" + SCOPE + "/cpu.max", "25000 50000");
        assertThat(cgroups.holds(77, ID, LIMITS))
                .as("another spelling of the same")
                .isTrue();
    }

    @Test
    void learnsTheWeightOfANewerRuntime() throws IOException {
        cgroups.apply(77, ID, LIMITS);
        put("sys/fs/cgroup" + SCOPE + "/cpu.weight", "100\n");
        assertThat(cgroups.holds(77, ID, LIMITS)).isTrue();

        cgroups.apply(77, ID, LIMITS);

        assertThat(get("cpu.weight")).isEqualTo("100");
    }

    @Test
    void aProcessBelowTheContainersGroupCounts() throws IOException {
        put("proc/77/cgroup", "0::" + SCOPE + "/init.scope\n");

        cgroups.apply(77, ID, LIMITS);

        assertThat(get("cpu.max")).isEqualTo("50000 100000");
    }

    @Test
    void writesNowhereElse() throws IOException {
        for (String path : new String[] {
            "/", "/system.slice/ssh.service", "/docker-" + ID, "/../docker-" + ID + ".scope", "/x" + ID
        }) {
            put("proc/77/cgroup", "0::" + path + "\n");
            assertThatThrownBy(() -> cgroups.apply(77, ID, LIMITS))
                    .as(path)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is not in a cgroup of container");
        }
        put("proc/77/cgroup", "");
        assertThatThrownBy(() -> cgroups.apply(77, ID, LIMITS)).hasMessageContaining("is mounted");
    }

    @Test
    void followsAHierarchyThatWasMountedElsewhere() throws IOException {
        cgroups.apply(77, ID, LIMITS);
        Files.move(root.resolve("sys/fs/cgroup"), root.resolve("sys/fs/moved"));
        put("proc/self/mountinfo", "25 20 0:22 / /sys/fs/moved rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");

        assertThat(cgroups.holds(77, ID, LIMITS)).isTrue();
    }

    @Test
    void followsAControllerThatWasMountedSince() throws IOException {
        assertThat(cgroups.read(77, ID).memoryBytes()).isZero();
        put("proc/self/mountinfo", """
                25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
                35 31 0:32 / /sys/fs/memory rw - cgroup cgroup rw,memory
                """);
        put("proc/77/cgroup", "2:memory:/docker/" + ID + "\n0::" + SCOPE + "\n");
        put("sys/fs/memory/docker/" + ID + "/memory.limit_in_bytes", "67108864\n");

        assertThat(cgroups.read(77, ID).memoryBytes()).isEqualTo(64L << 20);
    }

    @Test
    void aMissingControllerFailsAndMakesNoFile() throws IOException {
        Path max = root.resolve("sys/fs/cgroup" + SCOPE + "/cpu.max");
        Files.delete(max);

        assertThatThrownBy(() -> cgroups.apply(77, ID, LIMITS)).isInstanceOf(IOException.class);
        assertThat(max).doesNotExist();
    }

    @Test
    void aMixtureTakesEachControllerWhereItIs() throws IOException {
        put("proc/self/mountinfo", """
                31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
                32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                36 31 0:33 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
                38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                """);
        put(
                "proc/77/cgroup",
                "3:cpu,cpuacct:/docker/%1$s\n2:memory:/docker/%1$s\n0::/docker/%1$s\n".formatted(ID)
                        + "1:cpuset:/docker/" + ID + "\n");
        String cpu = "sys/fs/cgroup/cpu/docker/" + ID + "/";
        put(cpu + "cpu.cfs_quota_us", "-1\n");
        put(cpu + "cpu.cfs_period_us", "100000\n");
        put(cpu + "cpu.shares", "1024\n");
        String memory = "sys/fs/cgroup/memory/docker/" + ID + "/";
        put(memory + "memory.limit_in_bytes", "9223372036854771712\n");
        put(memory + "memory.memsw.limit_in_bytes", "9223372036854771712\n");
        put("sys/fs/cgroup/cpuset/docker/" + ID + "/cpuset.cpus", "0-1\n");
        assertThat(cgroups.read(77, ID)).isEqualTo(new Limits(0, 1024, 0, "0-1"));

        cgroups.apply(77, ID, LIMITS);

        assertThat(cgroups.read(77, ID)).isEqualTo(LIMITS);
        assertThat(cgroups.holds(77, ID, LIMITS)).isTrue();
        assertThat(root.resolve(memory + "memory.memsw.limit_in_bytes")).hasContent("67108864");
    }

    @Test
    void conversionsAreThoseOfTheRuntimes() {
        assertThat(CpuWeight.linear(1024)).isEqualTo(39);
        assertThat(CpuWeight.quadratic(1024)).isEqualTo(100);
        assertThat(CpuWeight.linear(2000)).isEqualTo(77);
        assertThat(CpuWeight.quadratic(2000)).isEqualTo(170);
        for (int ends : new int[] {2, 262_144}) {
            assertThat(CpuWeight.linear(ends)).isEqualTo(CpuWeight.quadratic(ends));
        }
        assertThat(CpuList.parse("0-3,8")).isEqualTo(CpuList.parse("8,0,1,2,3"));
        assertThatThrownBy(() -> CpuList.parse("0-99999")).isInstanceOf(IllegalArgumentException.class);
    }

    private void put(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private String get(String file) throws IOException {
        return Files.readString(root.resolve("sys/fs/cgroup" + SCOPE).resolve(file));
    }
}
