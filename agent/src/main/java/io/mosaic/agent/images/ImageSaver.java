package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ImageName;
import io.mosaic.model.SavedImage;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves containers as images in the repository. Thread-safe. */
public final class ImageSaver {

    private static final Logger LOG = LoggerFactory.getLogger(ImageSaver.class);

    /** Each packs whole layers. */
    private static final int SAVES_MAX = 2;

    private static final Duration PUSH = Duration.ofMinutes(15);

    private final Docker docker;
    private final RepositoryClient repository;
    private final Path directory;
    private final long keepFree;
    private final Semaphore saves = new Semaphore(SAVES_MAX, true);

    /**
     * @param directory of its own
     * @param keepFree bytes of its file system that stay free
     */
    public ImageSaver(Docker docker, RepositoryClient repository, Path directory, long keepFree) throws IOException {
        this.docker = docker;
        this.repository = repository;
        this.directory = directory;
        this.keepFree = keepFree;
        Files.createDirectories(directory);
        PushFront.removeLeft(directory);
    }

    /**
     * Saves a container.
     *
     * @param labels of it that the image must not have: they say whose it is
     * @throws IOException when the repository does not take it
     */
    public SavedImage save(String container, List<String> labels, StreamRequest.Save save)
            throws IOException, DockerException, InterruptedException {
        saves.acquire();
        try {
            String id = docker.commit(
                    container,
                    labels.stream().map(label -> "LABEL " + label + "=").toList());
            return push(id, save);
        } finally {
            saves.release();
        }
    }

    private SavedImage push(String id, StreamRequest.Save save) throws IOException, DockerException {
        String kept = ImageName.KEPT + "/" + save.repository();
        try (PushFront front = PushFront.open(repository, save, directory, keepFree)) {
            docker.tag(id, front.reference(), save.tag());
            try {
                docker.push(front.reference(), save.tag(), PUSH);
            } catch (DockerException e) {
                docker.removeImage(front.reference() + ":" + save.tag());
                throw e;
            }
            // Under the name that one fetched from there would have.
            docker.tag(id, kept, save.tag());
            docker.removeImage(front.reference() + ":" + save.tag());
            String digest = front.digest();
            if (digest == null) {
                throw new IOException("the daemon pushed no manifest");
            }
            Docker.ImageInfo image = docker.image(id);
            LOG.info("saved {}:{} as {}, {} bytes sent", save.repository(), save.tag(), digest, front.sent());
            return new SavedImage(
                    save.repository() + ":" + save.tag(),
                    digest,
                    id,
                    image == null ? 0 : image.diffIds().size(),
                    front.sent());
        }
    }
}
