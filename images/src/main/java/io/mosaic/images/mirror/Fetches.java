package io.mosaic.images.mirror;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.blob.ReadFailedException;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.mirror.UpstreamException.Kind;
import io.mosaic.images.registry.Registry;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches blobs of one mirror, each once however many ask for it at the same time. A fetch goes on when those who asked for it
 * went away. Thread-safe.
 */
final class Fetches {

    private static final Logger LOG = LoggerFactory.getLogger(Fetches.class);

    /** At the same time; more wait. Docker asks for three layers at a time. */
    private static final int AT_ONCE = 32;

    /** A fetch that broke off goes on where it did, so often. */
    private static final int ATTEMPTS = 4;

    /** How often those who read it as it comes hear of more. */
    private static final int SLICE_BYTES = 256 * 1024;

    private static final long ROOM_EVERY_BYTES = 8L * 1024 * 1024;

    private record Key(RepositoryName repository, Digest digest) {}

    private final MirrorSettings settings;
    private final Upstream upstream;
    private final Registry registry;
    private final LongConsumer fetched;
    private final Semaphore free = new Semaphore(AT_ONCE);
    private final Map<Key, Fetch> running = new ConcurrentHashMap<>();

    /** @param fetched told of each blob that came, bytes */
    Fetches(MirrorSettings settings, Upstream upstream, Registry registry, LongConsumer fetched) {
        this.settings = settings;
        this.upstream = upstream;
        this.registry = registry;
        this.fetched = fetched;
    }

    /**
     * The blob as it comes, or when it is there.
     *
     * @param name of the repository at the registry
     * @return null when it went again as soon as it came
     */
    @Nullable
    BlobContent open(RepositoryName repository, String name, Digest digest)
            throws IOException, UpstreamException, InterruptedException {
        Fetch fetch = fetch(repository, name, digest);
        BlobContent coming = fetch.reader();
        if (coming != null) {
            return coming;
        }
        fetch.await();
        return registry.open(repository, digest);
    }

    /** Fetches a blob that is not there, or joins who does. */
    Fetch fetch(RepositoryName repository, String name, Digest digest) {
        Key key = new Key(repository, digest);
        return running.computeIfAbsent(key, any -> {
            Fetch fetch = new Fetch();
            Thread.ofVirtual().name("fetch").start(() -> run(fetch, key, name));
            return fetch;
        });
    }

    private void run(Fetch fetch, Key key, String name) {
        try {
            free.acquire();
            try {
                fetched.accept(fetched(fetch, key, name));
            } finally {
                free.release();
            }
            fetch.done();
        } catch (UpstreamException | IOException | RuntimeException | InterruptedException e) {
            LOG.warn("{} blob {} could not be fetched: {}", key.repository, key.digest, e.getMessage());
            fetch.failed(e);
        } finally {
            running.remove(key, fetch);
        }
    }

    private long fetched(Fetch fetch, Key key, String name)
            throws UpstreamException, IOException, InterruptedException {
        BlobUpload upload = registry.store().begin(UUID.randomUUID());
        boolean kept = false;
        try {
            download(fetch, upload, key, name);
            long size = upload.size();
            registry.uploads()
                    .settle(upload, key.digest, all -> registry.mirrored().stored(key.repository, key.digest, all));
            kept = true;
            return size;
        } catch (DigestMismatchException e) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + ": " + e.getMessage(), 0, e);
        } finally {
            if (kept) {
                upload.close();
            } else {
                upload.abort();
            }
        }
    }

    private void download(Fetch fetch, BlobUpload upload, Key key, String name)
            throws UpstreamException, IOException, InterruptedException {
        long whole = -1;
        for (int attempt = 1; ; attempt++) {
            try (Upstream.Coming coming = upstream.blob(name, key.digest, upload.size())) {
                long most = most(key, coming.size());
                if (attempt > 1 && coming.size() != whole) {
                    throw new UpstreamException(Kind.WRONG, settings.prefix() + ": a blob's size changes");
                }
                if (attempt == 1) {
                    whole = coming.size();
                    fetch.coming(whole, upload);
                }
                coming.body().skipNBytes(upload.size() - coming.start());
                append(fetch, upload, coming, most);
                return;
            } catch (ReadFailedException | EOFException e) {
                if (attempt == ATTEMPTS) {
                    throw new UpstreamException(Kind.DOWN, settings.prefix() + ": a blob did not come whole", 0, e);
                }
                LOG.info("{} blob {} broke off after {} bytes", key.repository, key.digest, upload.size(), e);
            } catch (UpstreamException e) {
                if (attempt == 1 || attempt == ATTEMPTS || e.kind() != Kind.DOWN) {
                    throw e;
                }
                LOG.info("{} blob {} does not go on: {}", key.repository, key.digest, e.getMessage());
            }
        }
    }

    /** What may come: as much as is said, or as a manifest says, and never more than a blob may have. */
    private long most(Key key, long said) throws UpstreamException, IOException {
        long known = said >= 0 ? said : registry.mirrored().wanted(key.repository, key.digest);
        if (known > settings.blobBytes()) {
            throw new UpstreamException(
                    Kind.WRONG, settings.prefix() + ": a blob may have at most " + settings.blobBytes() + " bytes");
        }
        if (known > registry.store().room()) {
            throw new StoreFullException("the store has no room for " + known + " bytes");
        }
        return known >= 0 ? known : settings.blobBytes();
    }

    private void append(Fetch fetch, BlobUpload upload, Upstream.Coming coming, long most)
            throws IOException, UpstreamException {
        long come = upload.size();
        long looked = come;
        boolean more = true;
        while (more && come < most) {
            long asked = Math.min(SLICE_BYTES, most - come);
            long some = upload.append(coming.body(), asked);
            more = some == asked;
            come += some;
            fetch.come(come);
            if (come - looked >= ROOM_EVERY_BYTES) {
                looked = come;
                if (registry.store().room() <= 0) {
                    throw new StoreFullException("the store is full");
                }
            }
        }
        if (coming.size() >= 0 && come < coming.size()) {
            throw new ReadFailedException(new IOException("it ended after " + come + " bytes"));
        }
        if (more && coming.size() < 0 && coming.body().read() >= 0) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + ": a blob is longer than it may be");
        }
    }
}
