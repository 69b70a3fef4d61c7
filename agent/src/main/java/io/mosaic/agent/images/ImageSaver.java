package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ImageName;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what the host has into the repository: containers as images, and images. Thread-safe. */
public final class ImageSaver {

    private static final Logger LOG = LoggerFactory.getLogger(ImageSaver.class);

    /** Each packs whole layers. */
    private static final int SAVES_MAX = 2;

    private static final Duration PUSH = Duration.ofMinutes(15);

    private final Docker docker;
    private final RepositoryClient repository;
    private final ImageLedger ledger;
    private final Path directory;
    private final long keepFree;
    private final Semaphore saves = new Semaphore(SAVES_MAX, true);
    private List<String> left;

    /**
     * Looks after that directory.
     *
     * @param images says whose the host's images are
     * @param directory of its own
     * @param keepFree bytes of its file system that stay free
     */
    public ImageSaver(
            Docker docker, RepositoryClient repository, RepositoryImages images, Path directory, long keepFree)
            throws IOException {
        this.docker = docker;
        this.repository = repository;
        this.ledger = images.ledger();
        this.directory = directory;
        this.keepFree = keepFree;
        Files.createDirectories(directory);
        this.left = PushFront.removeLeft(directory);
    }

    /**
     * Saves a container.
     *
     * @param labels of it that the image must not have: they say whose it is
     * @param told hears of each step on; must not block
     * @throws IOException when the repository cannot be reached
     * @throws RefusedException when it does not take the image
     */
    public SavedImage save(String container, List<String> labels, StreamRequest.Save save, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        saves.acquire();
        try {
            removeLeft();
            PushMeter meter = new PushMeter(told);
            meter.step("committing");
            String id = docker.commit(
                    container,
                    labels.stream().map(label -> "LABEL " + label + "=").toList());
            Docker.@Nullable ImageInfo image = docker.image(id);
            if (image == null) {
                throw new IOException("the daemon lost the image again");
            }
            PushTarget target = PushTarget.of(save);
            Pushed pushed = push(image, target, meter);
            // Under the name that one fetched from there would have, and as one that was.
            docker.tag(id, kept(target), target.tag());
            docker.removeImage(pushed.name());
            String tenant = target.repository().substring(0, target.repository().indexOf('/'));
            ledger.saved(id, target.repository(), target.tag(), pushed.saved().digest(), tenant, pushed.bytes());
            return pushed.saved();
        } finally {
            saves.release();
        }
    }

    /**
     * Pushes an image that the daemon has.
     *
     * @param told hears of each step on; must not block
     * @return null when there is none of that name that the tenant may have: whether there is one is not its business
     * @throws IOException when the repository cannot be reached
     * @throws RefusedException when it does not take the image
     */
    public @Nullable SavedImage push(StreamRequest.Push push, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        saves.acquire();
        try {
            removeLeft();
            Docker.@Nullable ImageInfo image = find(push);
            if (image == null) {
                return null;
            }
            PushTarget target = PushTarget.of(push);
            if (image.tags().isEmpty()) {
                // With its only name the daemon would take the image itself away.
                docker.tag(image.id(), kept(target), target.tag());
            }
            Pushed pushed = push(image, target, new PushMeter(told));
            docker.removeImage(pushed.name());
            return pushed.saved();
        } finally {
            saves.release();
        }
    }

    private static String kept(PushTarget target) {
        return ImageName.KEPT + "/" + target.repository();
    }

    private Docker.@Nullable ImageInfo find(StreamRequest.Push push) throws DockerException {
        for (String name : ImageName.onHost(push.image(), push.tenant())) {
            Docker.@Nullable ImageInfo image = docker.image(name);
            if (image != null && (push.any() || ledger.isFor(image.id(), push.tenant()))) {
                return image;
            }
        }
        return null;
    }

    /** Names by which the daemon was to push when an agent before this one was killed. */
    private synchronized void removeLeft() throws DockerException {
        for (String name : left) {
            docker.removeImage(name);
        }
        left = List.of();
    }

    /**
     * What came of a push.
     *
     * @param name that the daemon has the image by until it is taken away
     * @param bytes of all layers as they travel
     */
    private record Pushed(SavedImage saved, String name, long bytes) {}

    private Pushed push(Docker.ImageInfo image, PushTarget target, PushMeter meter)
            throws IOException, DockerException {
        meter.layers(image.diffIds().size());
        try (PushFront front = PushFront.open(repository, target, directory, keepFree, meter)) {
            String name = front.reference() + ":" + target.tag();
            boolean done = false;
            docker.tag(image.id(), front.reference(), target.tag());
            try {
                docker.push(front.reference(), target.tag(), PUSH, meter);
                done = true;
            } catch (DockerException e) {
                IOException fault = front.fault();
                if (fault != null) {
                    // The daemon knows only that it was refused.
                    throw fault;
                }
                throw e;
            } finally {
                if (!done) {
                    docker.removeImage(name);
                }
            }
            String digest = front.digest();
            if (digest == null) {
                throw new IOException("the daemon pushed no manifest");
            }
            LOG.info("{} is {} in the repository, {} bytes sent", target, digest, front.sent());
            return new Pushed(
                    new SavedImage(
                            target.toString(),
                            digest,
                            image.id(),
                            image.diffIds().size(),
                            front.sent()),
                    name,
                    bytes(front.manifest()));
        }
    }

    private static long bytes(byte[] manifest) throws IOException {
        try {
            return ImageManifest.read(manifest).layers().stream()
                    .mapToLong(Blob::size)
                    .sum();
        } catch (ImageException e) {
            throw new IOException("the daemon pushed a manifest that is none", e);
        }
    }
}
