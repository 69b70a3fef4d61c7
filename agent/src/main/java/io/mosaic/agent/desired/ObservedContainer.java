package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one container on the host.
 *
 * @param started when its latest run began; the daemon's word, or ours until it was asked
 * @param finished when its latest run ended
 * @param pid 0 when it does not run or has not been asked for
 * @param error Docker's word on a start that failed, empty without one
 * @param hash as it was made with
 * @param limits as the daemon last said or was told
 * @param ip empty when it has none of its own or has not been asked for
 * @param image that it was made from
 * @param stopping how it is ended, as it was made
 */
public record ObservedContainer(
        String name,
        String id,
        Status status,
        Instant started,
        Instant finished,
        int pid,
        int exitCode,
        boolean oomKilled,
        String error,
        @Nullable String hash,
        Docker.@Nullable Limits limits,
        String ip,
        String image,
        Stopping stopping) {

    /** Stands for limits that are not those that the daemon was told. */
    static final Docker.Limits OTHER_LIMITS = new Docker.Limits(-1, -1, -1, null);

    /** What a process ended by SIGKILL is said to exit with: 128 + 9. */
    static final int SIGKILLED = 137;

    /** Where a container is, as far as it matters what to do next. */
    public enum Status {
        /** Made, never ran. */
        CREATED,
        RUNNING,
        ENDED,
        /** Docker half removed it; it can only be removed. */
        BROKEN
    }

    /** As the daemon describes it. */
    static ObservedContainer of(Docker.ContainerInfo info) {
        String name = Successor.key(info.labels().getOrDefault(SetLabels.CONTAINER, ""), info.name());
        Status status = info.running()
                ? Status.RUNNING
                : switch (info.status()) {
                    case "created" -> Status.CREATED;
                    case "removing", "dead" -> Status.BROKEN;
                    default -> Status.ENDED;
                };
        return new ObservedContainer(
                name,
                info.id(),
                status,
                info.started(),
                info.finished(),
                info.pid(),
                info.exitCode(),
                info.oomKilled(),
                info.error(),
                info.labels().get(SetLabels.HASH),
                info.limits(),
                info.ip(),
                info.labels().getOrDefault(SetLabels.IMAGE, info.image()),
                Stopping.parse(info.labels().get(SetLabels.STOP)));
    }

    static ObservedContainer created(
            String name, String id, String hash, Docker.Limits limits, String image, Stopping stopping) {
        return new ObservedContainer(
                name,
                id,
                Status.CREATED,
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                0,
                false,
                "",
                hash,
                limits,
                "",
                image,
                stopping);
    }

    /** One that a list named; it must be looked at before anything is decided. */
    static ObservedContainer mentioned(String name, String id) {
        return new ObservedContainer(
                name,
                id,
                Status.BROKEN,
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                0,
                false,
                "",
                null,
                null,
                "",
                "",
                Stopping.DEFAULT);
    }

    boolean running() {
        return status == Status.RUNNING;
    }

    ObservedContainer startedAt(Instant now) {
        return new ObservedContainer(
                name, id, Status.RUNNING, now, finished, 0, exitCode, false, "", hash, limits, ip, image, stopping);
    }

    ObservedContainer endedAt(Instant now) {
        return new ObservedContainer(
                name, id, Status.ENDED, started, now, 0, exitCode, oomKilled, error, hash, limits, ip, image, stopping);
    }

    /** Ended by SIGKILL, whoever sent it. */
    boolean killed() {
        return status == Status.ENDED && exitCode == SIGKILLED;
    }

    ObservedContainer endedForMemory() {
        return new ObservedContainer(
                name, id, status, started, finished, pid, exitCode, true, error, hash, limits, ip, image, stopping);
    }

    ObservedContainer withLimits(Docker.Limits changed) {
        return new ObservedContainer(
                name, id, status, started, finished, pid, exitCode, oomKilled, error, hash, changed, ip, image,
                stopping);
    }

    ObservedContainer named(String changed) {
        return new ObservedContainer(
                changed, id, status, started, finished, pid, exitCode, oomKilled, error, hash, limits, ip, image,
                stopping);
    }
}
