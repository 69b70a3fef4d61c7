package io.mosaic.agent.collect;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.cgroup.ContainerCounters;
import io.mosaic.model.SetUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rates from files as the kernel writes them, of both versions of cgroups. */
class UsageCollectorTest {

    private static final String ID = "a".repeat(64);
    private static final UUID SET = new UUID(1, 2);

    @TempDir
    private Path root;

    private List<UsageCollector.Measured> sets = List.of(new UsageCollector.Measured(SET, 70, Map.of(ID, 71)));
    private UsageCollector collector;

    @BeforeEach
    void begin() throws IOException {
        collector = new UsageCollector(new ContainerCounters(root), () -> sets);
        network(1000, 500);
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void network(long in, long out) throws IOException {
        write("proc/70/net/dev", """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
                    lo: 9999999     10    0    0    0     0          0         0  9999999     10    0
                  eth0: %d       9    0    0    0     0          0         0  %d       3    0
                """.formatted(in, out));
    }

    private void v1(long cpuNanos, long memory, long droppable, long read, long written) throws IOException {
        write("proc/self/mountinfo", """
                31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
                32 23 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
                33 23 0:29 / /sys/fs/cgroup/blkio rw shared:9 - cgroup cgroup rw,blkio
                """);
        write(
                "proc/71/cgroup",
                "4:memory:/docker/" + ID + "\n3:cpu,cpuacct:/docker/" + ID + "\n2:blkio:/docker/" + ID + "\n");
        String cgroup = "sys/fs/cgroup/";
        write(cgroup + "cpu,cpuacct/docker/" + ID + "/cpuacct.usage", cpuNanos + "\n");
        write(cgroup + "memory/docker/" + ID + "/memory.usage_in_bytes", memory + "\n");
        write(
                cgroup + "memory/docker/" + ID + "/memory.stat",
                "cache 1\ninactive_file 5\ntotal_inactive_file " + droppable + "\n");
        write(
                cgroup + "blkio/docker/" + ID + "/blkio.throttle.io_service_bytes",
                "8:0 Read " + read + "\n8:0 Write " + written + "\n8:0 Sync 1\n8:0 Total " + (read + written)
                        + "\nTotal " + (read + written) + "\n");
    }

    private void v2(long cpuMicros, long memory, long droppable, long read, long written) throws IOException {
        write("proc/self/mountinfo", "31 23 0:27 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n");
        write("proc/71/cgroup", "0::/system.slice/docker-" + ID + ".scope\n");
        String at = "sys/fs/cgroup/system.slice/docker-" + ID + ".scope/";
        write(at + "cpu.stat", "usage_usec " + cpuMicros + "\nuser_usec 1\n");
        write(at + "memory.current", memory + "\n");
        write(at + "memory.stat", "anon 7\nfile 9\ninactive_file " + droppable + "\n");
        write(at + "io.stat", "8:0 rbytes=" + read + " wbytes=" + written + " rios=1\n");
    }

    private SetUsage measured(long seconds) {
        collector.measure(TimeUnit.SECONDS.toNanos(seconds));
        List<SetUsage> all = collector.latest().sets();
        return all.isEmpty() ? null : all.getFirst();
    }

    @Test
    void tellsRatesFromTheSecondMeasurementOn() throws IOException {
        v1(1_000_000_000, 5000, 1000, 10_000, 2000);
        assertThat(measured(10)).isNull();
        v1(3_500_000_000L, 6000, 1000, 15_000, 7000);
        network(6000, 5500);
        assertThat(measured(15)).isEqualTo(new SetUsage(SET, 500, 5000, 2000L, 2000L));
    }

    @Test
    void readsTheSecondVersionOfCgroupsAsWell() throws IOException {
        v2(1_000_000, 5000, 1000, 10_000, 2000);
        assertThat(measured(10)).isNull();
        v2(3_500_000, 6000, 1000, 15_000, 7000);
        network(6000, 5500);
        assertThat(measured(15)).isEqualTo(new SetUsage(SET, 500, 5000, 2000L, 2000L));
    }

    @Test
    void aContainerThatStartedAnewCountsFromNothing() throws IOException {
        v1(9_000_000_000L, 5000, 0, 0, 0);
        measured(10);
        v1(500_000_000, 5000, 0, 0, 0);
        assertThat(measured(15).cpuMillis()).isEqualTo(100);
    }

    @Test
    void aContainerThatIsGoneIsNotToldOf() throws IOException {
        v1(9_000_000_000L, 5000, 0, 0, 0);
        measured(10);
        Files.delete(root.resolve("sys/fs/cgroup/memory/docker/" + ID + "/memory.stat"));
        assertThat(measured(15)).isNull();
        sets = List.of();
        assertThat(measured(20)).isNull();
        assertThat(collector.of(SET)).isNull();
    }

    @Test
    void aProcessOfAnotherContainerIsNotMeasured() throws IOException {
        v1(9_000_000_000L, 5000, 0, 0, 0);
        write("proc/71/cgroup", "4:memory:/user\n3:cpu,cpuacct:/user\n2:blkio:/user\n");
        measured(10);
        assertThat(measured(15)).isNull();
    }
}
