package io.mosaic.agent;

import io.mosaic.agent.collect.UsageCollector;
import io.mosaic.agent.desired.LimitsWatch;
import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.desired.SetLabels;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.images.ImageSaver;
import io.mosaic.agent.images.RefusedException;
import io.mosaic.agent.link.ContainerStreams;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The host's containers as side streams ask for them. Thread-safe. */
final class HostContainers implements ContainerStreams {
    private final Reconciler reconciler;
    private final LimitsWatch limits;
    private final Docker docker;
    private final UsageCollector usage;
    private final ImageSaver saver;

    HostContainers(Reconciler reconciler, LimitsWatch limits, Docker docker, UsageCollector usage, ImageSaver saver) {
        this.saver = saver;
        this.usage = usage;
        this.reconciler = reconciler;
        this.limits = limits;
        this.docker = docker;
    }

    @Override
    public @Nullable String id(UUID set, String container) {
        ObservedContainer found = reconciler.container(set, container);
        return found == null ? null : found.id();
    }

    @Override
    public long memoryInUse(UUID set, String container) throws DockerException, IOException {
        ObservedContainer found = reconciler.container(set, container);
        // Of one that was only just started the loop may not know the process.
        Docker.ContainerInfo info = found == null ? null : docker.inspect(found.id());
        return info == null || info.pid() == 0 ? -1 : limits.memoryInUse(info.pid(), info.id());
    }

    @Override
    public @Nullable SetUsage usage(UUID set) {
        return usage.of(set);
    }

    @Override
    public SavedImage save(String id, StreamRequest.Save request, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        try {
            return saver.save(id, SetLabels.ALL, request, told);
        } catch (RefusedException e) {
            throw refused(e);
        }
    }

    @Override
    public SavedImage push(StreamRequest.Push request, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        SavedImage pushed;
        try {
            pushed = saver.push(request, told);
        } catch (RefusedException e) {
            throw refused(e);
        }
        if (pushed == null) {
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND,
                    request.any()
                            ? "the host has no image " + request.image()
                            : "the host has no image " + request.image() + " that was fetched or saved for tenant "
                                    + request.tenant() + "; others can be pushed by an admin of the whole cluster");
        }
        return pushed;
    }

    private static ProblemException refused(RefusedException e) {
        Problem.Kind kind = e.kind();
        return new ProblemException(kind == null ? Problem.Kind.UNAVAILABLE : kind, String.valueOf(e.getMessage()));
    }
}
