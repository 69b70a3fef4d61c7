package io.mosaic.proof.bench;

import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.DockerSocket;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One set made by hand: the calls on Docker's socket that nobody can do without. An infra container, and one business
 * container with the same limits as the platform's that joins its network and IPC.
 */
record HandMadeSet(String infra, String business) {

    /** Creates and starts both; returns when Docker says that they run. */
    static HandMadeSet start(DockerSocket docker, String name) throws IOException {
        String infra = docker.create(
                name + "-infra",
                Map.of(
                        "Image",
                        BusyBoxImage.REFERENCE,
                        "Cmd",
                        List.of("sleep", "1000000"),
                        "Hostname",
                        name,
                        "HostConfig",
                        Map.of("NetworkMode", "bridge", "IpcMode", "shareable")));
        docker.start(infra);
        String business = docker.create(
                name + "-c1",
                Map.of(
                        "Image", BusyBoxImage.REFERENCE,
                        "Cmd", List.of("sleep", "1000000"),
                        "HostConfig",
                                Map.of(
                                        "NetworkMode",
                                        "container:" + infra,
                                        "IpcMode",
                                        "container:" + infra,
                                        "CpuPeriod",
                                        100_000,
                                        "CpuQuota",
                                        20_000,
                                        "Memory",
                                        32 << 20,
                                        "MemorySwap",
                                        32 << 20)));
        docker.start(business);
        return new HandMadeSet(infra, business);
    }

    void remove(DockerSocket docker) throws IOException {
        docker.remove(business);
        docker.remove(infra);
    }
}
