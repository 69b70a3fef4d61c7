package io.mosaic.agent.cgroup;

/**
 * CPU shares (cgroup v1, 2 to 262144, 1024 by default) as weights (v2, 1 to 10000, 100 by default). Two formulas are in
 * use: the runtime's version decides, so both count as the same limit.
 */
final class CpuWeight {

    private static final int SHARES_MIN = 2;
    private static final int SHARES_MAX = 262_144;
    private static final int WEIGHT_MAX = 10_000;

    private CpuWeight() {}

    /** Up to runc 1.3.1 and crun 1.22: {@code ConvertCPUSharesToCgroupV2Value} of runc's libcontainer. */
    static int linear(int shares) {
        int bounded = Math.clamp(shares, SHARES_MIN, SHARES_MAX);
        return (int) (1 + (bounded - 2L) * 9999 / 262_142);
    }

    /** Since runc 1.3.2 and crun 1.23 (github.com/opencontainers/cgroups, pull request 20): 1024 becomes 100. */
    static int quadratic(int shares) {
        if (shares <= SHARES_MIN) {
            return 1;
        }
        if (shares >= SHARES_MAX) {
            return WEIGHT_MAX;
        }
        double log = Math.log(shares) / Math.log(2);
        double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
        return (int) Math.ceil(Math.pow(10, exponent));
    }
}
