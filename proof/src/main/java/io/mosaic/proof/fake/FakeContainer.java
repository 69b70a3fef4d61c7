package io.mosaic.proof.fake;

import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A container of {@link FakeDocker}; guarded by its lock. */
final class FakeContainer {
    final String id;
    final Docker.ContainerConfig config;
    String name;
    /** Of its events: its labels, and its name. */
    Map<String, String> attributes;

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
        this.name = config.name();
        this.attributes = attributes();
        this.limits = config.limits();
    }

    private Map<String, String> attributes() {
        Map<String, String> all = new HashMap<>(config.labels());
        all.put("name", name);
        return Map.copyOf(all);
    }

    void rename(String changed) {
        name = changed;
        attributes = attributes();
    }

    boolean running() {
        return status.equals("running");
    }

    Docker.ContainerInfo info(String ip) {
        return new Docker.ContainerInfo(
                id,
                name,
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
