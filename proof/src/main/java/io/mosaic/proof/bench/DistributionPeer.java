package io.mosaic.proof.bench;

import io.mosaic.proof.rig.DistributionRig;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Debian's docker-registry, as its own configuration has it. It leaves it to the kernel when content reaches the disk. */
final class DistributionPeer implements ImageSide {

    private final DistributionRig rig;

    private DistributionPeer(DistributionRig rig) {
        this.rig = rig;
    }

    static DistributionPeer start(BenchParts parts) throws IOException, InterruptedException {
        return new DistributionPeer(parts.add(DistributionRig.start("bench-distribution")));
    }

    @Override
    public String name() {
        return "docker-registry";
    }

    @Override
    public int port() {
        return rig.port();
    }

    @Override
    public @Nullable String token() {
        return null;
    }

    @Override
    public Duration processorTime() throws IOException {
        return rig.processorTime();
    }

    @Override
    public void clear() throws IOException {
        rig.clear();
    }
}
