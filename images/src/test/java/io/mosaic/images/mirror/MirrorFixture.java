package io.mosaic.images.mirror;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.RegistryClient;
import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.FileBlobStore;
import io.mosaic.images.catalog.CatalogDatabase;
import io.mosaic.images.catalog.ManifestCatalog;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.RegistryLimits;
import io.mosaic.kit.metrics.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** One mirror without a server before it, that has little patience and evicts at once. Its prefix is its own. */
final class MirrorFixture implements AutoCloseable {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final String prefix = "m" + NUMBERS.incrementAndGet() + ".example";
    private final Path directory = Files.createTempDirectory("mosaic-mirror");
    private final FileBlobStore store;
    private final CatalogDatabase database;
    private final Registry registry;
    private final Mirrors mirrors;

    MirrorFixture(ClusterFixture cluster, FakeUpstream upstream, long maxBytes) throws IOException {
        store = FileBlobStore.open(directory, 0);
        database = CatalogDatabase.open(cluster.settings());
        registry = new Registry(store, database, RegistryLimits.DEFAULT, Clock.systemUTC());
        mirrors = new Mirrors(
                List.of(new MirrorSettings(
                        prefix,
                        URI.create(upstream.url()),
                        null,
                        null,
                        Duration.ZERO,
                        maxBytes,
                        RegistryLimits.DEFAULT.blobBytes(),
                        Duration.ZERO,
                        new MirrorSettings.Patience(
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1)))),
                registry,
                Metrics.create());
    }

    private RepositoryName name(String name) {
        return new RepositoryName(prefix + "/" + name);
    }

    ManifestCatalog.Kept manifest(String name, String tag) throws UpstreamException, InterruptedException {
        return mirrors.manifest(name(name), new Reference.Tag(tag));
    }

    /** What comes of the blob of that content. */
    byte[] blob(String name, byte[] content) throws IOException, UpstreamException, InterruptedException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (BlobContent blob = mirrors.open(name(name), Digest.of(RegistryClient.digest(content)))) {
            blob.copy(0, blob.size(), read::write);
        }
        return read.toByteArray();
    }

    /** Returns when there is no more than that; it is made room for beside. */
    void awaitAtMost(long bytes) throws InterruptedException {
        for (int i = 0; i < 1000 && registry.mirrored().bytes(prefix) > bytes; i++) {
            Thread.sleep(10);
        }
        if (registry.mirrored().bytes(prefix) > bytes) {
            throw new AssertionError(prefix + " has " + registry.mirrored().bytes(prefix) + " bytes");
        }
    }

    long files() throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("blobs"))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        mirrors.close();
        registry.audit().close();
        database.close();
        store.close();
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
