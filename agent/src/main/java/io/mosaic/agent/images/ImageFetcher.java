package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what the daemon lacks of an image, and loads it. One image is loaded by one caller at a time; others that want it wait.
 * Blobs wait in a directory until their image is loaded: what an agent that was killed left there is gone on with.
 *
 * <p>Thread-safe.
 */
final class ImageFetcher {

    private static final Logger LOG = LoggerFactory.getLogger(ImageFetcher.class);

    /** Of all images together: more only share the same line. */
    private static final int TRANSFERS_MAX = 4;

    private static final int CONFIG_BYTES_MAX = 8 << 20;

    /** Unpacks layers of many GiB; a daemon that hangs for longer does not come back. */
    private static final Duration LOAD = Duration.ofMinutes(30);

    private static final Duration TELL = Duration.ofSeconds(3);

    /** Nobody has gone on with it. */
    private static final Duration STALE = Duration.ofDays(1);

    /** Images that hash to the same one wait for each other as well, which costs little. */
    private static final int LOCKS = 64;

    /** The daemon's words for a layer that it was thought to have, and for content that is not what the configuration says. */
    private static final List<String> NOT_WHOLE = List.of("no such file or directory", "invalid diffid");

    private final Docker docker;
    private final BlobSource source;
    private final Path directory;
    private final long keepFree;
    private final Semaphore transfers = new Semaphore(TRANSFERS_MAX, true);
    private final List<ReentrantLock> locks =
            Stream.generate(() -> new ReentrantLock(true)).limit(LOCKS).toList();
    private final Map<String, FetchProgress> underWay = new ConcurrentHashMap<>();
    private final Map<String, List<String>> chains = new ConcurrentHashMap<>();
    private long reserved;

    /**
     * @param directory of its own
     * @param keepFree bytes of its file system that stay free
     */
    ImageFetcher(Docker docker, BlobSource source, Path directory, long keepFree) throws IOException {
        this.docker = docker;
        this.source = source;
        this.directory = directory;
        this.keepFree = keepFree;
        Files.createDirectories(directory);
    }

    /**
     * What to fetch.
     *
     * @param image as it is called in words for people
     * @param reference tag or digest by which it was asked for
     */
    record Wanted(String image, String repository, String reference, ImageManifest manifest) {

        String id() {
            return manifest.config().digest();
        }

        /** Under which the daemon keeps it. */
        private String tag() {
            return ImageName.kept(repository, reference);
        }
    }

    /** Brings it, unless it is there; says whether it did. */
    boolean bring(Wanted wanted, GrantHolder right, Consumer<String> told)
            throws IOException, ImageException, DockerException, InterruptedException {
        ReentrantLock lock = locks.get(Math.floorMod(wanted.id().hashCode(), LOCKS));
        while (!lock.tryLock(TELL.toMillis(), TimeUnit.MILLISECONDS)) {
            FetchProgress other = underWay.get(wanted.id());
            told.accept(other == null ? "waits for another image to be loaded" : other.words(wanted.image()));
        }
        try {
            Docker.@Nullable ImageInfo there = docker.image(wanted.id());
            if (there != null) {
                name(wanted, there);
                return false;
            }
            FetchProgress progress = new FetchProgress();
            underWay.put(wanted.id(), progress);
            Thread teller = Thread.ofVirtual().start(() -> tell(progress, wanted.image(), told));
            try {
                load(wanted, right, progress);
            } finally {
                teller.interrupt();
                underWay.remove(wanted.id());
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** It may be there by another tag, and the daemon call an older image so. */
    private void name(Wanted wanted, Docker.ImageInfo there) throws DockerException {
        if (!there.tags().contains(wanted.tag())) {
            String tag = wanted.tag();
            int colon = tag.lastIndexOf(':');
            docker.tag(there.id(), tag.substring(0, colon), tag.substring(colon + 1));
        }
    }

    private static void tell(FetchProgress progress, String image, Consumer<String> told) {
        try {
            while (true) {
                Thread.sleep(TELL);
                told.accept(progress.words(image));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void load(Wanted wanted, GrantHolder right, FetchProgress progress)
            throws IOException, ImageException, DockerException, InterruptedException {
        removeStale();
        byte[] config = config(wanted, right);
        ImageConfig read = ImageConfig.read(config);
        List<Blob> layers = wanted.manifest().layers();
        if (read.diffIds().size() != layers.size()) {
            throw new ImageException("image " + wanted.image() + ": its configuration and its manifest disagree");
        }
        try {
            load(wanted, config, read.missing(present()), right, progress);
        } catch (WrongContentException e) {
            LOG.warn("image {}: {}; fetched once more", wanted.image(), e.getMessage());
            load(wanted, config, read.missing(present()), right, progress);
        } catch (DockerException e) {
            if (!notWhole(e)) {
                throw e;
            }
            LOG.warn("image {} is fetched in full: {}", wanted.image(), e.getMessage());
            load(wanted, config, read.missing(Set.of()), right, progress);
        }
        if (docker.image(wanted.id()) == null) {
            throw new ImageException("the daemon loaded image " + wanted.image() + " and does not have it");
        }
    }

    private static boolean notWhole(DockerException e) {
        return e.kind() == DockerException.Kind.FAILED && NOT_WHOLE.stream().anyMatch(words(e)::contains);
    }

    private static String words(DockerException e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    }

    private byte[] config(Wanted wanted, GrantHolder right) throws IOException, ImageException, InterruptedException {
        Blob blob = wanted.manifest().config();
        if (blob.size() > CONFIG_BYTES_MAX) {
            throw new ImageException("image " + wanted.image() + ": its configuration is too large");
        }
        Path file = directory.resolve(blob.hex());
        try {
            source.fetch(wanted.repository(), blob, file, right, bytes -> {});
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private void load(Wanted wanted, byte[] config, List<Integer> missing, GrantHolder right, FetchProgress progress)
            throws IOException, ImageException, DockerException, InterruptedException {
        List<Blob> layers = wanted.manifest().layers();
        Map<Blob, Path> files = new TreeMap<>((a, b) -> a.digest().compareTo(b.digest()));
        Map<Integer, Path> byIndex = new TreeMap<>();
        for (int index : missing) {
            Blob layer = layers.get(index);
            Path file = directory.resolve(layer.hex());
            files.put(layer, file);
            byIndex.put(index, file);
        }
        long bytes = files.keySet().stream().mapToLong(Blob::size).sum();
        progress.total(bytes);
        reserve(wanted.image(), bytes, files.values());
        boolean keep = true;
        try {
            fetch(wanted, files, right, progress);
            keep = false;
            docker.load(LoadTar.of(config, wanted.tag(), layers.size(), byIndex), LOAD);
            LOG.info(
                    "image {} is loaded: {} of {} layers, {} bytes fetched",
                    wanted.image(),
                    missing.size(),
                    layers.size(),
                    bytes);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No space left")) {
                keep = false;
                throw new ImageException("no room to fetch image " + wanted.image() + ": the disk is full", e);
            }
            throw e;
        } catch (DockerException e) {
            // What was fetched goes all the same: mostly it lies on that very disk.
            if (words(e).contains("no space left on device")) {
                throw new ImageException("no room to load image " + wanted.image() + ": Docker's disk is full", e);
            }
            throw e;
        } finally {
            release(bytes);
            if (!keep) {
                for (Path file : files.values()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private void fetch(Wanted wanted, Map<Blob, Path> files, GrantHolder right, FetchProgress progress)
            throws IOException, ImageException, InterruptedException {
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                files.forEach((blob, file) -> all.add(each.submit(() -> {
                    transfers.acquire();
                    try {
                        source.fetch(wanted.repository(), blob, file, right, bytes -> progress.moved(blob, bytes));
                    } finally {
                        transfers.release();
                    }
                    return null;
                })));
                for (Future<?> one : all) {
                    one.get();
                }
            } catch (ExecutionException e) {
                throw cause(e);
            } finally {
                each.shutdownNow();
            }
        }
    }

    /** Thrown on as what it is. */
    private static IOException cause(ExecutionException e) throws ImageException, InterruptedException {
        return switch (e.getCause()) {
            case WrongContentException wrong -> wrong;
            case IOException broken -> broken;
            case ImageException refused -> throw refused;
            case InterruptedException stopped -> throw stopped;
            case null, default -> new IOException("a fault of the agent: " + e.getCause(), e);
        };
    }

    /** What others that are under way still need counts as taken. */
    private synchronized void reserve(String image, long bytes, Iterable<Path> files)
            throws IOException, ImageException {
        long there = 0;
        for (Path file : files) {
            there += Files.exists(file) ? Files.size(file) : 0;
        }
        long free = Files.getFileStore(directory).getUsableSpace() - reserved;
        if (free - (bytes - there) < keepFree) {
            throw new ImageException("no room to fetch image " + image + ": it needs " + mebi(bytes) + " MiB, "
                    + mebi(Math.max(0, free)) + " MiB are free and " + mebi(keepFree) + " MiB stay free");
        }
        reserved += bytes;
    }

    private synchronized void release(long bytes) {
        reserved -= bytes;
    }

    private static long mebi(long bytes) {
        return Math.ceilDiv(bytes, 1L << 20);
    }

    /** Chains of all layers in the daemon. An image's never change, so each is asked for once. */
    private Set<String> present() throws DockerException {
        Set<String> ids = Set.copyOf(docker.imageIds());
        chains.keySet().retainAll(ids);
        Set<String> present = new HashSet<>();
        for (String id : ids) {
            List<String> known = chains.get(id);
            if (known == null) {
                Docker.@Nullable ImageInfo info = docker.image(id);
                if (info == null) {
                    continue;
                }
                known = ImageConfig.chains(info.diffIds());
                chains.put(id, known);
            }
            present.addAll(known);
        }
        return present;
    }

    private void removeStale() throws IOException {
        Instant time = Instant.now().minus(STALE.toSeconds(), ChronoUnit.SECONDS);
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).toInstant().isBefore(time)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
