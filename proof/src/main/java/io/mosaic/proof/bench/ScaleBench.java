package io.mosaic.proof.bench;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One app scaled from few instances to many on real Docker, beside Docker Swarm's {@code service scale} and Compose's
 * {@code --scale}: from asking until the platform says that all run and each has answered at its own address. All use the
 * same image, limits and kind of network, each on a daemon of its own, and take turns.
 */
final class ScaleBench {

    /** Scaled to once before anything counts, so that no side is measured with cold code. */
    private static final int WARM_UP = 8;

    private ScaleBench() {}

    static String run(BenchParts parts, int from, int to, int rounds) throws IOException, InterruptedException {
        List<Scaled> sides = List.of(
                MosaicApp.start(parts, from),
                SwarmPeer.start(parts, Scaled.ECHO, from),
                ComposePeer.start(parts, from));
        for (Scaled side : sides) {
            side.to(from + WARM_UP);
            Answers.await(side.docker(), from + WARM_UP);
            side.to(from);
        }
        Map<String, Long> nanos = new HashMap<>();
        for (int round = 1; round <= rounds; round++) {
            StringBuilder told = new StringBuilder("round " + round + ":");
            for (int i = 0; i < sides.size(); i++) {
                // Another one begins in each round.
                Scaled side = sides.get((i + round - 1) % sides.size());
                long took = scale(side, from, to);
                nanos.merge(side.name(), took, Long::sum);
                told.append(String.format(Locale.ROOT, " %s %.1f s,", side.name(), took / 1e9));
            }
            System.out.println(told.substring(0, told.length() - 1));
        }
        double more = (double) (to - from) * rounds;
        return String.format(
                Locale.ROOT,
                "sets_per_s=%.2f swarm_per_s=%.2f compose_per_s=%.2f",
                more / seconds(nanos, sides.get(0)),
                more / seconds(nanos, sides.get(1)),
                more / seconds(nanos, sides.get(2)));
    }

    /** Nanoseconds from asking until all answer; leaves it as it was before. */
    private static long scale(Scaled side, int from, int to) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        side.to(to);
        Answers.await(side.docker(), to);
        long nanos = System.nanoTime() - begin;
        side.to(from);
        Answers.await(side.docker(), from);
        return nanos;
    }

    private static double seconds(Map<String, Long> nanos, Scaled side) {
        return nanos.getOrDefault(side.name(), 0L) / 1e9;
    }
}
