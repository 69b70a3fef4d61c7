package io.mosaic.proof.fake;

import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A container of {@link FakeDocker}; guarded by its lock. */
final class FakeContainer {
    final String id;
    final Docker.ContainerConfig config;
    Docker.@Nullable Limits limits;
    String status = "created";
    int pid;
    int exitCode;
    boolean oomKilled;
    String error = "";
    Instant started = Instant.EPOCH;
    Instant finished = Instant.EPOCH;

    FakeContainer(String id, Docker.ContainerConfig config) {
        this.id = id;
        this.config = config;
        this.limits = config.limits();
    }

    boolean running() {
        return status.equals("running");
    }

    Docker.ContainerInfo info(String ip) {
        return new Docker.ContainerInfo(
                id,
                config.name(),
                config.image(),
                config.labels(),
                status,
                running(),
                pid,
                exitCode,
                oomKilled,
                error,
                started,
                finished,
                running() && config.network().equals("bridge") ? ip : "",
                false,
                limits);
    }
}
