package io.mosaic.images.mirror;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.ManifestCatalog.Kept;
import io.mosaic.images.catalog.MirrorCatalog;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.mirror.UpstreamException.Kind;
import io.mosaic.images.registry.Registry;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One mirrored registry: what is here of it, and how more comes. Thread-safe. */
final class Mirror implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

    /** Docker's own registry keeps what has no owner under that name. */
    private static final String DOCKER = "docker.io";

    private static final Duration STOP = Duration.ofSeconds(5);

    private static final String DOCKER_OWN = "library/";

    private record Key(RepositoryName repository, Reference reference) {}

    private final MirrorSettings settings;
    private final Registry registry;
    private final MirrorCatalog catalog;
    private final MirrorMetrics metrics;
    private final Upstream upstream;
    private final Fetches fetches;
    private final Map<Key, CompletableFuture<Optional<Kept>>> asking = new ConcurrentHashMap<>();
    private final AtomicBoolean trimming = new AtomicBoolean();
    private volatile @Nullable Thread trimmer;

    Mirror(MirrorSettings settings, Registry registry, MirrorMetrics metrics) {
        this.settings = settings;
        this.registry = registry;
        this.catalog = registry.mirrored();
        this.metrics = metrics;
        this.upstream = new Upstream(settings);
        this.fetches = new Fetches(settings, upstream, registry, this::fetched);
    }

    private void fetched(long bytes) {
        metrics.fetched(settings.prefix(), bytes);
        trim();
    }

    private String name(RepositoryName repository) {
        String rest = repository.rest();
        return settings.prefix().equals(DOCKER) && rest.indexOf('/') < 0 ? DOCKER_OWN + rest : rest;
    }

    /** The manifest; null when there is none, here or there. */
    @Nullable
    Kept manifest(RepositoryName repository, Reference reference) throws UpstreamException, InterruptedException {
        Kept here = here(repository, reference);
        if (here != null) {
            metrics.hit(settings.prefix());
            catalog.used(repository, here.digest());
            return here;
        }
        return alone(new Key(repository, reference));
    }

    /** What is here and need not be asked for. */
    private @Nullable Kept here(RepositoryName repository, Reference reference) {
        return switch (reference) {
            case Reference.ByDigest by -> registry.manifests().get(repository, by);
            case Reference.Tag tag -> {
                MirrorCatalog.Tagged known = catalog.tagged(repository, tag, settings.revalidate());
                yield known != null && known.fresh() ? known.manifest() : null;
            }
        };
    }

    /** One asks, all who want the same at that time wait for the answer. */
    private @Nullable Kept alone(Key key) throws UpstreamException, InterruptedException {
        CompletableFuture<Optional<Kept>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<Kept>> others = asking.putIfAbsent(key, mine);
        if (others == null) {
            try {
                mine.complete(Optional.ofNullable(asked(key.repository, key.reference)));
            } catch (UpstreamException | RuntimeException | InterruptedException e) {
                mine.completeExceptionally(e);
                throw e;
            } finally {
                asking.remove(key, mine);
            }
        }
        try {
            return (others == null ? mine : others).get().orElse(null);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case UpstreamException cause -> throw cause.again();
                case ProblemException cause -> throw new ProblemException(cause.problem());
                case null, default -> throw new IllegalStateException("a manifest could not be got", e);
            }
        }
    }

    private @Nullable Kept asked(RepositoryName repository, Reference reference)
            throws UpstreamException, InterruptedException {
        Kept meanwhile = here(repository, reference);
        if (meanwhile != null) {
            return meanwhile;
        }
        Kept last = reference instanceof Reference.Tag tag ? last(repository, tag) : null;
        if (last != null && upstream.resting()) {
            return stale(repository, reference, last, settings.prefix() + " did not answer a moment ago");
        }
        try {
            return current(repository, reference, last);
        } catch (UpstreamException e) {
            if (e.kind() == Kind.ABSENT) {
                if (last != null) {
                    LOG.info("{}:{} is no more", repository, reference);
                    registry.manifests().delete(repository, reference);
                }
                return null;
            }
            metrics.failed(settings.prefix());
            if (last == null) {
                LOG.warn("{} {} could not be got: {}", repository, reference, e.getMessage());
                throw e;
            }
            return stale(repository, reference, last, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Kept last(RepositoryName repository, Reference.Tag tag) {
        MirrorCatalog.Tagged known = catalog.tagged(repository, tag, settings.revalidate());
        return known == null ? null : known.manifest();
    }

    private Kept stale(RepositoryName repository, Reference reference, Kept last, String why) {
        LOG.warn("{}:{} is served as it was last: {}", repository, reference, why);
        metrics.stale(settings.prefix());
        catalog.used(repository, last.digest());
        return last;
    }

    private Kept current(RepositoryName repository, Reference reference, @Nullable Kept last)
            throws UpstreamException, InterruptedException {
        Reference asked = reference;
        Reference.Tag tag = reference instanceof Reference.Tag given ? given : null;
        if (tag != null && last != null) {
            Digest now = upstream.digest(name(repository), tag);
            if (now != null && catalog.confirm(repository, tag, now)) {
                Kept kept = registry.manifests().get(repository, new Reference.ByDigest(now));
                if (kept != null) {
                    metrics.hit(settings.prefix());
                    return kept;
                }
            }
            asked = now == null ? reference : new Reference.ByDigest(now);
        }
        Upstream.Found found = upstream.manifest(name(repository), asked);
        Manifest manifest;
        try {
            manifest = Manifest.read(found.mediaType(), found.body());
        } catch (ManifestException e) {
            throw new UpstreamException(
                    Kind.WRONG, settings.prefix() + ": what came is no manifest: " + e.reason(), 0, e);
        }
        metrics.missed(settings.prefix());
        catalog.put(repository, found.digest(), manifest, found.body(), tag);
        fetched(found.body().length);
        return new Kept(found.digest(), manifest.mediaType(), found.body());
    }

    /** The blob, as it comes when it is not here; null when there is none, here or there. */
    @Nullable
    BlobContent open(RepositoryName repository, Digest digest)
            throws IOException, UpstreamException, InterruptedException {
        BlobContent here = openHere(repository, digest);
        if (here != null) {
            return here;
        }
        metrics.missed(settings.prefix());
        try {
            return fetches.open(repository, name(repository), digest);
        } catch (UpstreamException e) {
            if (e.kind() == Kind.ABSENT) {
                return null;
            }
            metrics.failed(settings.prefix());
            throw e;
        }
    }

    private @Nullable BlobContent openHere(RepositoryName repository, Digest digest) throws IOException {
        BlobContent here = registry.open(repository, digest);
        if (here == null && catalog.share(repository, digest)) {
            here = registry.open(repository, digest);
        }
        if (here != null) {
            metrics.hit(settings.prefix());
        }
        return here;
    }

    /** The blob's size, bytes, without fetching it; -1 when there is none, or that is not known. */
    long size(RepositoryName repository, Digest digest) throws IOException, UpstreamException, InterruptedException {
        try (BlobContent here = openHere(repository, digest)) {
            return here != null ? here.size() : upstream.blobSize(name(repository), digest);
        } catch (UpstreamException e) {
            if (e.kind() == Kind.ABSENT) {
                return -1;
            }
            throw e;
        }
    }

    /** Fetches a blob anew, also when there is one. */
    void restore(RepositoryName repository, Digest digest) throws IOException, UpstreamException, InterruptedException {
        fetches.fetch(repository, name(repository), digest).await();
    }

    /** A page of the registry's tags, or of those that are here while it does not answer. */
    Upstream.Tags tags(RepositoryName repository, String after, int most)
            throws UpstreamException, InterruptedException {
        try {
            return upstream.tags(name(repository), after, most);
        } catch (UpstreamException e) {
            List<String> here = registry.manifests().tags(repository, after, most + 1);
            if (e.kind() == Kind.ABSENT || (here.isEmpty() && after.isEmpty())) {
                throw e;
            }
            LOG.warn("{}: only the tags that are here are listed: {}", repository, e.getMessage());
            return new Upstream.Tags(here.subList(0, Math.min(most, here.size())), here.size() > most);
        }
    }

    /** Makes room when there is more here than may be, beside all else. */
    void trim() {
        if (catalog.bytes(settings.prefix()) <= settings.maxBytes() || !trimming.compareAndSet(false, true)) {
            return;
        }
        trimmer = Thread.ofVirtual().name("mirror-trim").start(() -> {
            try {
                // Somewhat below, so that it is not done for each blob.
                long keep = settings.maxBytes() - settings.maxBytes() / 10;
                long bytes = registry.collector().trim(settings.prefix(), keep, settings.recent());
                metrics.freed(settings.prefix(), bytes);
                LOG.info("{}: {} bytes of what was not used for long went", settings.prefix(), bytes);
            } catch (IOException | RuntimeException e) {
                LOG.warn("{}: making room failed; it is tried again with the next fetch", settings.prefix(), e);
            } finally {
                trimming.set(false);
            }
        });
    }

    /** Also waits a while for room that is being made. */
    @Override
    public void close() throws InterruptedException {
        upstream.close();
        Thread running = trimmer;
        if (running != null && !running.join(STOP)) {
            LOG.warn("{}: making room does not end", settings.prefix());
        }
    }
}
