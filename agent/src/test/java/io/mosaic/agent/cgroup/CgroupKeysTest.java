package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys of cgroup v2, and what a mixed host has not got, on a directory tree that looks like them. */
class CgroupKeysTest {

    private static final String ID = "ab".repeat(32);
    private static final String SCOPE = "sys/fs/cgroup/system.slice/docker-" + ID + ".scope/";

    @TempDir
    private Path root;

    private CgroupKeys keys;

    @BeforeEach
    void tree() throws IOException {
        keys = new CgroupKeys(root);
        put("proc/self/mountinfo", "25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        put("proc/77/cgroup", "0::/system.slice/docker-" + ID + ".scope\n");
        put(SCOPE + "memory.high", "max\n");
        put(SCOPE + "io.weight", "default 100\n8:0 50\n");
        put(SCOPE + "io.max", "");
        put(SCOPE + "memory.current", "50000000\n");
        put(SCOPE + "memory.stat", "anon 1\ninactive_file 20000000\nactive_file 5\n");
    }

    @Test
    void valuesAreWrittenHoldAsTheKernelSaysThemAndGoBack() throws IOException {
        KernelKeys wanted = new KernelKeys(Map.of("memory.high", "40000000", "io.weight", "70"), null, null);
        assertThat(keys.hold(77, ID, wanted)).isFalse();
        keys.apply(77, ID, wanted, Set.of());
        assertThat(get("memory.high")).isEqualTo("40000000");
        // Whole pages, as the kernel answers.
        put(SCOPE + "memory.high", "39997440\n");
        put(SCOPE + "io.weight", "default 70\n8:0 50\n");
        assertThat(keys.hold(77, ID, wanted)).isTrue();
        put(SCOPE + "io.weight", "default 71\n");
        assertThat(keys.hold(77, ID, wanted)).isFalse();
        keys.apply(77, ID, KernelKeys.NONE, Set.of("memory.high", "io.weight"));
        assertThat(get("memory.high")).isEqualTo("max");
        assertThat(get("io.weight")).isEqualTo("100");
    }

    @Test
    void whatTheHostHasNotGotIsNamed() {
        assertThatThrownBy(() ->
                        keys.apply(77, ID, new KernelKeys(Map.of("memory.swappiness", "0"), null, null), Set.of()))
                .isInstanceOf(IOException.class)
                .hasMessage("this host has no memory.swappiness: its memory controller is that of cgroup v2");
        assertThatThrownBy(() -> keys.apply(77, ID, new KernelKeys(Map.of("pids.max", "5"), null, null), Set.of()))
                .hasMessage("this host's kernel has no pids.max");
        assertThatThrownBy(() -> keys.hold(
                        77, ID, new KernelKeys(Map.of("blkio.throttle.read_bps_device", "8:0 1000"), null, null)))
                .hasMessageContaining("this host has no blkio.throttle.read_bps_device");
        assertThatThrownBy(() -> keys.hold(78, ID, KernelKeys.NONE)).isInstanceOf(IOException.class);
    }

    @Test
    void aDeviceThatNobodyAskedForHasNoLimit() throws IOException {
        put(SCOPE + "io.max", "8:0 rbps=100 wbps=max riops=max wiops=max\n");
        assertThat(keys.hold(77, ID, KernelKeys.NONE)).isFalse();
        keys.apply(77, ID, KernelKeys.NONE, Set.of());
        assertThat(get("io.max")).isEqualTo("8:0 rbps=max wbps=max riops=max wiops=max");
    }

    @Test
    void memoryInUseIsWhatCannotSimplyBeDropped() throws IOException {
        assertThat(keys.memoryInUse(77, ID)).isEqualTo(30_000_000);
    }

    private void put(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private String get(String file) throws IOException {
        return Files.readString(root.resolve(SCOPE + file)).strip();
    }
}
