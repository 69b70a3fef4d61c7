package io.mosaic.proof.bench;

import io.mosaic.proof.rig.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Images of one layer that does not compress, pushed to Mosaic's repository and to docker-registry and pulled again, by skopeo
 * and by plain HTTP, in turns; then one small layer over a large base. Both store below {@code /tmp}.
 */
final class ImagesBench {

    private static final int MEBI = 1 << 20;
    private static final long SMALL = 100L * MEBI;
    private static final long LARGE = 1024L * MEBI;
    private static final int DELTA_WARM_UP = 10;
    private static final int DELTA_RUNS = 30;

    /** One side with its clients. */
    private record Party(ImageSide side, ImageClients clients) {}

    /** What moves, which way and by what; shown as it is. */
    private record Transfer(String way, String client, long bytes) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s %4d MiB by %-6s", way, bytes / MEBI, client);
        }
    }

    /** What one side took for a transfer, each time. */
    private static final class Taken {
        private final List<Long> nanos = new ArrayList<>();
        private Duration processor = Duration.ZERO;

        double megabytesPerSecond(long bytes) {
            return bytes / 1e3 / Percentiles.of(nanos).millis(50);
        }
    }

    @FunctionalInterface
    private interface Run {
        long nanos() throws IOException, InterruptedException;
    }

    private final Party mosaic;
    private final Party peer;
    private final Path images;
    private final Map<Transfer, Map<Party, Taken>> taken = new LinkedHashMap<>();
    private long seed;

    private ImagesBench(Party mosaic, Party peer, Path images) {
        this.mosaic = mosaic;
        this.peer = peer;
        this.images = images;
    }

    /** @param jvmOptions further ones of the repository's process */
    static String run(BenchParts parts, int rounds, List<String> jvmOptions) throws IOException, InterruptedException {
        Path images = Files.createTempDirectory(Path.of("/dev/shm"), "mosaic-bench-layers");
        parts.add(() -> ImageClients.delete(images));
        MosaicImages repository = MosaicImages.start(parts, jvmOptions);
        Party mosaic = party(parts, repository);
        Party peer = party(parts, DistributionPeer.start(parts));
        ImagesBench bench = new ImagesBench(mosaic, peer, images);
        bench.round(SMALL, 0);
        bench.taken.clear();
        for (int round = 1; round <= rounds; round++) {
            bench.round(SMALL, round);
            if (round % 2 == 0 || rounds == 1) {
                bench.round(LARGE, round / 2);
            }
        }
        Deltas deltas = bench.deltas();
        bench.tell();
        String glance = GlanceBench.run(parts, repository, rounds);
        return String.format(
                Locale.ROOT,
                "push_ratio=%.2f pull_ratio=%.2f %s delta_push_ms=%.0f delta_ratio=%.2f push_cpu_ratio=%.2f pull_cpu_ratio=%.2f",
                bench.ratio("push"),
                bench.ratio("pull"),
                glance,
                deltas.mosaic().millis(50),
                deltas.peer().millis(50) / deltas.mosaic().millis(50),
                bench.processorRatio("push"),
                bench.processorRatio("pull"));
    }

    private static Party party(BenchParts parts, ImageSide side) throws IOException {
        return new Party(side, parts.add(new ImageClients(side)));
    }

    /** A new image, by each client to each side and back. Another side begins in each round. */
    private void round(long bytes, int round) throws IOException, InterruptedException {
        LayerImage image = image(bytes);
        List<Party> order = round % 2 == 0 ? List.of(mosaic, peer) : List.of(peer, mosaic);
        for (Party party : order) {
            ImageClients clients = party.clients();
            count(new Transfer("push", "curl", bytes), party, () -> clients.pushByCurl(image));
            count(new Transfer("pull", "curl", bytes), party, () -> clients.pullByCurl(image));
            party.side().clear();
            count(new Transfer("push", "skopeo", bytes), party, () -> clients.pushBySkopeo(image));
            count(new Transfer("pull", "skopeo", bytes), party, clients::pullBySkopeo);
            party.side().clear();
        }
        ImageClients.delete(image.directory());
    }

    private LayerImage image(long bytes) throws IOException {
        return LayerImage.write(images.resolve("image" + ++seed), bytes, seed);
    }

    /** What others left to be written is written first: it shall not be in this one's time. */
    private void count(Transfer transfer, Party party, Run run) throws IOException, InterruptedException {
        HostCommand.run("sync");
        Duration before = party.side().processorTime();
        long nanos = run.nanos();
        Taken sum = taken.computeIfAbsent(transfer, any -> new LinkedHashMap<>())
                .computeIfAbsent(party, any -> new Taken());
        sum.nanos.add(nanos);
        sum.processor = sum.processor.plus(party.side().processorTime().minus(before));
    }

    private record Deltas(Percentiles mosaic, Percentiles peer) {}

    /** One layer of 1 MiB over a base of 100 MiB, in turns. */
    private Deltas deltas() throws IOException, InterruptedException {
        LayerImage base = image(SMALL);
        mosaic.clients().pushByCurl(base);
        peer.clients().pushByCurl(base);
        HostCommand.run("sync");
        SplittableRandom random = new SplittableRandom(seed);
        List<Long> ours = new ArrayList<>();
        List<Long> theirs = new ArrayList<>();
        for (int i = -DELTA_WARM_UP; i < DELTA_RUNS; i++) {
            long one = delta(mosaic, base, random);
            long other = delta(peer, base, random);
            if (i >= 0) {
                ours.add(one);
                theirs.add(other);
            }
        }
        return new Deltas(Percentiles.of(ours), Percentiles.of(theirs));
    }

    private static long delta(Party party, LayerImage base, SplittableRandom random)
            throws IOException, InterruptedException {
        byte[] layer = new byte[MEBI];
        byte[] config = new byte[MEBI >> 10];
        random.nextBytes(layer);
        random.nextBytes(config);
        return party.clients().pushOneLayer(base, layer, config);
    }

    private void tell() {
        taken.forEach((transfer, sides) -> {
            Taken ours = of(sides, mosaic);
            Taken theirs = of(sides, peer);
            double rate = ours.megabytesPerSecond(transfer.bytes());
            double peerRate = theirs.megabytesPerSecond(transfer.bytes());
            System.out.printf(
                    Locale.ROOT,
                    "%s: %4.0f MB/s, %s %4.0f MB/s, ratio %.2f; processor %.2f s by %.2f s a time (%d times)%n",
                    transfer,
                    rate,
                    peer.side().name(),
                    peerRate,
                    rate / peerRate,
                    ours.processor.toMillis() / 1e3 / ours.nanos.size(),
                    theirs.processor.toMillis() / 1e3 / theirs.nanos.size(),
                    ours.nanos.size());
        });
    }

    private static Taken of(Map<Party, Taken> sides, Party party) {
        Taken of = sides.get(party);
        if (of == null) {
            throw new IllegalStateException("not measured: " + party.side().name());
        }
        return of;
    }

    /** The geometric mean over sizes and clients of how many times the peer's rate ours is. */
    private double ratio(String way) {
        return Math.exp(taken.entrySet().stream()
                .filter(each -> each.getKey().way().equals(way))
                .mapToDouble(each -> Math.log(of(each.getValue(), mosaic).megabytesPerSecond(1)
                        / of(each.getValue(), peer).megabytesPerSecond(1)))
                .average()
                .orElseThrow());
    }

    /** How many times ours the peer's processor time is. */
    private double processorRatio(String way) {
        return processor(way, peer) / processor(way, mosaic);
    }

    private double processor(String way, Party party) {
        return taken.entrySet().stream()
                .filter(each -> each.getKey().way().equals(way))
                .mapToLong(each -> of(each.getValue(), party).processor.toMillis())
                .sum();
    }
}
