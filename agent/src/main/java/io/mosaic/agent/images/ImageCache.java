package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ImageName;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room on Docker's disk when it is nearly full: removes images that this agent brought, that nobody pinned and that no set and
 * no container has, the longest unused first. Others' images are never touched.
 */
public final class ImageCache implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ImageCache.class);

    private final Docker docker;
    private final ImageLedger ledger;
    private final Settings settings;
    private final Supplier<@Nullable Set<UUID>> sets;
    private final Thread thread;

    /**
     * When it acts.
     *
     * @param high percent of Docker's disk that are taken, above which it removes
     * @param low percent that it removes to
     */
    public record Settings(Duration every, int high, int low) {}

    private ImageCache(Docker docker, ImageLedger ledger, Settings settings, Supplier<@Nullable Set<UUID>> sets) {
        this.docker = docker;
        this.ledger = ledger;
        this.settings = settings;
        this.sets = sets;
        this.thread = Thread.ofVirtual().name("image-cache").unstarted(this::run);
    }

    /** @param sets those that the host is to have; null while that is not known */
    public static ImageCache of(
            Docker docker, RepositoryImages images, Settings settings, Supplier<@Nullable Set<UUID>> sets) {
        return new ImageCache(docker, images.ledger(), settings, sets);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(settings.every());
                try {
                    look();
                } catch (DockerException | IOException e) {
                    LOG.warn("the room for images is not known: {}", e.getMessage());
                } catch (RuntimeException e) {
                    LOG.error("images are not looked after: a fault of the agent", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("images are looked after no more");
        }
    }

    private void look() throws DockerException, IOException {
        Set<UUID> wanted = sets.get();
        if (wanted == null) {
            return;
        }
        ledger.retain(wanted);
        Path root = Path.of(docker.info().rootDir());
        if (taken(root) <= settings.high()) {
            return;
        }
        for (ImageLedger.Brought image : unused(ledger)) {
            if (taken(root) <= settings.low()) {
                return;
            }
            remove(image);
        }
    }

    /** Those that no set has and nobody pinned, the longest unused first. */
    static List<ImageLedger.Brought> unused(ImageLedger ledger) {
        return ledger.all().stream()
                .filter(image -> !ledger.needed(image.id()))
                .sorted(Comparator.comparing(ImageLedger.Brought::used).thenComparing(ImageLedger.Brought::id))
                .toList();
    }

    private static double taken(Path root) throws IOException {
        FileStore store = Files.getFileStore(root);
        long free = store.getUsableSpace();
        return store.getTotalSpace() == 0 ? 0 : 100.0 * (store.getTotalSpace() - free) / store.getTotalSpace();
    }

    /** By its names, not by force: the daemon keeps what a container is made of. */
    private void remove(ImageLedger.Brought image) throws DockerException {
        if (!ledger.condemn(image.id())) {
            return;
        }
        try {
            removeCondemned(image);
        } finally {
            ledger.stays(image.id());
        }
    }

    private void removeCondemned(ImageLedger.Brought image) throws DockerException {
        Docker.@Nullable ImageInfo info = docker.image(image.id());
        if (info == null) {
            ledger.gone(image.id());
            return;
        }
        if (!info.tags().stream().allMatch(tag -> tag.startsWith(ImageName.KEPT + "/"))) {
            // Somebody else has it too.
            return;
        }
        try {
            if (info.tags().size() > 1) {
                for (String tag : info.tags()) {
                    docker.removeImage(tag);
                }
            } else {
                docker.removeImage(image.id());
            }
            ledger.gone(image.id());
            LOG.info("removed image {}:{}, unused since {}", image.repository(), image.reference(), image.used());
        } catch (DockerException e) {
            if (e.kind() != DockerException.Kind.CONFLICT) {
                throw e;
            }
            LOG.debug("image {} stays: {}", image.id(), e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
