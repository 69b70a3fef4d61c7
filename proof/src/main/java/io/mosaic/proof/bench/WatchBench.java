package io.mosaic.proof.bench;

final class WatchBench {
    private WatchBench() {}

    static String run(BenchParts parts, BenchCluster.Size size, int watchers, int changes) {
        return "";
    }
}
