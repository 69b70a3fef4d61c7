package io.mosaic.proof.bench;

import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.Cgroups;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.Installation;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.JsonNode;

/**
 * From the API call until the kernel has the new value, for cores and memory and for a volume; then everything that may
 * lose a limit happens: the container dies, the daemon and the agent are killed, somebody runs {@code docker update}.
 */
final class ResizeBench {

    private static final String NAME = "resize";
    /** 100Mi, of the root's device and of the volume's. */
    private static final long READ_BPS = 100L << 20;

    private static final int WARM_UP = 10;
    private static final int VOLUME_RUNS = 20;
    private static final int VOLUME_FIRST_MEBI = 320;
    private static final int VOLUME_STEP_MEBI = 16;
    private static final long POLL_NANOS = 200_000;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** Longer than the agent's own look at the limits. */
    private static final Duration RESTORED_WITHIN = Duration.ofSeconds(60);

    private final DockerRig rig;
    private final Installation mosaic;
    private final MosaicClient client;

    private ResizeBench(DockerRig rig, Installation mosaic, MosaicClient client) {
        this.rig = rig;
        this.mosaic = mosaic;
        this.client = client;
    }

    /** Something that the kernel says, which may be gone. */
    @FunctionalInterface
    private interface Fact {
        boolean holds() throws IOException;
    }

    static String run(BenchParts parts, int runs) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-resize"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-resize"));
        ResizeBench bench = new ResizeBench(rig, mosaic, parts.add(mosaic.client()));
        try (Watch<SetResource> watch = BenchSets.watch(bench.client)) {
            bench.client.sets().create(spec());
            BenchSets.awaitRunning(watch, Set.of(NAME));
        }
        Percentiles limits = bench.limits(runs);
        Percentiles volume = bench.volume();
        int lost = bench.lost();
        return String.format(
                Locale.ROOT,
                "p50_ms=%.0f p99_ms=%.0f volume_p99_ms=%.0f lost=%d",
                limits.millis(50),
                limits.millis(99),
                volume.millis(99),
                lost);
    }

    private static SetSpec spec() {
        return Json.read(
                """
                {"name": "%s", "resources": {"cpu": 1, "memory": "64Mi", "io": {"readBps": "100Mi", "writeIops": 1000},
                  "cgroup": {%s}}, "restart": {"initial": "100ms"},
                 "volume": {"size": "%dMi", "mount": "/data"},
                 "containers": [{"index": 1, "name": "main", "image": "%s",
                                 "options": {"command": ["sleep", "1000000"]}}]}
                """.formatted(
                                NAME,
                                Cgroups.v2() ? "\"memory.high\": \"60Mi\"" : "\"memory.swappiness\": \"7\"",
                                VOLUME_FIRST_MEBI,
                                BusyBoxImage.REFERENCE),
                SetSpec.class);
    }

    private Percentiles limits(int runs) throws IOException, InterruptedException {
        List<Long> times = new ArrayList<>();
        long pid = pid();
        for (int i = 0; i < WARM_UP + runs; i++) {
            // No two in a row are alike, and both change at once.
            int millis = 500 + i % 7 * 100;
            long mebi = 64 + i % 5 * 16L;
            String patch = "{\"resources\": {\"cpu\": %s, \"memory\": \"%dMi\"}}".formatted(millis / 1000.0, mebi);
            long nanos = timed(patch, () -> Cgroups.cpuMillis(pid) == millis && Cgroups.memoryLimit(pid) == mebi << 20);
            if (i >= WARM_UP) {
                times.add(nanos);
            }
            awaitSettled();
        }
        Percentiles all = Percentiles.of(times);
        System.out.printf(
                Locale.ROOT,
                "cores and memory: %d times, p50 %.1f ms, p99 %.1f ms%n",
                runs,
                all.millis(50),
                all.millis(99));
        return all;
    }

    private Percentiles volume() throws IOException, InterruptedException {
        List<Long> times = new ArrayList<>();
        File seen = data(pid());
        for (int i = 1; i <= VOLUME_RUNS; i++) {
            long before = seen.getTotalSpace();
            int mebi = VOLUME_FIRST_MEBI + i * VOLUME_STEP_MEBI;
            long nanos =
                    timed("{\"volume\": {\"size\": \"%dMi\"}}".formatted(mebi), () -> seen.getTotalSpace() > before);
            times.add(nanos);
            awaitSettled();
        }
        Percentiles all = Percentiles.of(times);
        System.out.printf(
                Locale.ROOT,
                "volume: %d times, p50 %.1f ms, p99 %.1f ms%n",
                VOLUME_RUNS,
                all.millis(50),
                all.millis(99));
        return all;
    }

    /** From the call until the fact holds, looked at from beside: the call's own answer may come later. */
    private long timed(String patch, Fact fact) throws IOException, InterruptedException {
        try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
            long begin = System.nanoTime();
            Future<Long> held = beside.submit(() -> {
                while (!fact.holds()) {
                    if (System.nanoTime() - begin > DEADLINE.toNanos()) {
                        throw new IllegalStateException(
                                "never so: " + patch + ": " + client.sets().get(NAME));
                    }
                    Thread.sleep(Duration.ofNanos(POLL_NANOS));
                }
                return System.nanoTime() - begin;
            });
            client.sets().patch(NAME, Json.mapper().readTree(patch), null);
            return held.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private void awaitSettled() throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            SetResource set = client.sets().get(NAME);
            if (set.status().observedGeneration() >= set.generation()) {
                return;
            }
            Thread.sleep(5);
        }
        throw new IllegalStateException("not settled: " + client.sets().get(NAME));
    }

    private int lost() throws IOException, InterruptedException {
        int lost = 0;
        long before = pid();
        HostProcesses.kill(List.of(before));
        await(() -> pidOrZero() != 0 && pidOrZero() != before);
        lost += missing("the container died");
        rig.kill9();
        rig.start();
        mosaic.awaitHost("READY");
        lost += missing("the daemon was killed");
        mosaic.agent().kill9();
        mosaic.agent().start();
        mosaic.awaitHost("READY");
        lost += missing("the agent was killed");
        rig.docker()
                .post(
                        "/containers/" + container().path("Id").asString() + "/update",
                        Map.of("CpuQuota", 90_000, "Memory", 256 << 20, "MemorySwap", 256 << 20));
        lost += missing("somebody ran docker update");
        return lost;
    }

    /** How many limits are not as the spec says, when what was to be done about it had its time. */
    private int missing(String after) throws IOException, InterruptedException {
        SetSpec spec = client.sets().get(NAME).spec();
        SetSpec.Resources resources = spec.resourcesOrNone();
        Map<String, Fact> facts = Map.of(
                "cpu", () -> Cgroups.cpuMillis(pid()) == resources.cpuOrZero().millis(),
                "memory",
                        () -> Cgroups.memoryLimit(pid())
                                == resources.memoryOrZero().value(),
                "readBps", () -> Cgroups.readBps(pid()).equals(List.of(READ_BPS, READ_BPS)),
                "cgroup",
                        () -> Cgroups.v2()
                                ? Cgroups.text(pid(), "memory", "memory.high")
                                        .equals(Long.toString(
                                                Bytes.parse("60Mi").value()))
                                : Cgroups.text(pid(), "memory", "memory.swappiness")
                                        .equals("7"),
                "volume", () -> data(pid()).getTotalSpace() > spec.diskNeeded().value() * 8 / 10);
        int missing = 0;
        for (Map.Entry<String, Fact> fact : facts.entrySet()) {
            if (!await(fact.getValue())) {
                System.out.println("LOST: " + fact.getKey() + " after " + after);
                missing++;
            }
        }
        System.out.println("after " + after + ": " + (facts.size() - missing) + " of " + facts.size() + " limits hold");
        return missing;
    }

    private static boolean await(Fact fact) throws InterruptedException {
        long end = System.nanoTime() + RESTORED_WITHIN.toNanos();
        while (System.nanoTime() < end) {
            try {
                if (fact.holds()) {
                    return true;
                }
            } catch (IOException e) {
                // A process or a daemon that is not back yet.
            }
            Thread.sleep(20);
        }
        return false;
    }

    /** The volume as the container sees it; NIO would look for that path on the host. */
    private static File data(long pid) {
        return new File("/proc/" + pid + "/root/data");
    }

    private JsonNode container() throws IOException {
        for (JsonNode each : rig.docker().containers("io.mosaic.name=" + NAME)) {
            if (each.path("Labels").path("io.mosaic.container").asString().equals("main")) {
                return each;
            }
        }
        throw new IOException("the container is gone");
    }

    private long pid() throws IOException {
        long pid = pidOrZero();
        if (pid == 0) {
            throw new IOException("the container does not run");
        }
        return pid;
    }

    private long pidOrZero() throws IOException {
        JsonNode seen = rig.docker().inspect(container().path("Id").asString());
        return seen == null ? 0 : seen.path("State").path("Pid").asLong();
    }
}
