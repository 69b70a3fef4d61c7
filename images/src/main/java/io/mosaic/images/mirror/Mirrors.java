package io.mosaic.images.mirror;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.ManifestCatalog.Kept;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.BlobSource;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All registries that are mirrored, by the first part of their repositories' names here. Who may pull from which is not asked here.
 * Thread-safe.
 */
public final class Mirrors implements BlobSource, AutoCloseable {

    private final Registry registry;
    private final Map<String, Mirror> mirrors = new LinkedHashMap<>();

    public Mirrors(List<MirrorSettings> all, Registry registry, Metrics metrics) {
        this.registry = registry;
        MirrorMetrics counts = new MirrorMetrics(metrics);
        for (MirrorSettings each : all) {
            Mirror mirror = new Mirror(each, registry, counts);
            mirrors.put(each.prefix(), mirror);
            mirror.trim();
        }
    }

    private @Nullable Mirror of(RepositoryName repository) {
        return mirrors.get(repository.tenant());
    }

    /**
     * The manifest, from here or from the other registry; a tag means what it did when the registry was asked last, if that is not
     * long ago or it does not answer. Null when there is none.
     *
     * @throws UpstreamException when it is not here and the registry does not give it
     */
    public @Nullable Kept manifest(RepositoryName repository, Reference reference)
            throws UpstreamException, InterruptedException {
        Mirror mirror = of(repository);
        return mirror == null ? null : mirror.manifest(repository, reference);
    }

    /**
     * Opens a blob. One that is not here is fetched, once for all who ask for it, and may be read as it comes: its last bytes only
     * when all of it is proven, so a copy of it fails when it is not what its digest says. Null when there is none.
     *
     * @throws UpstreamException when it is not here and the registry does not give it
     */
    public @Nullable BlobContent open(RepositoryName repository, Digest digest)
            throws IOException, UpstreamException, InterruptedException {
        Mirror mirror = of(repository);
        return mirror == null ? null : mirror.open(repository, digest);
    }

    /** The size of a blob, bytes, which is not fetched for that; -1 when there is none, or nobody says. */
    public long size(RepositoryName repository, Digest digest)
            throws IOException, UpstreamException, InterruptedException {
        Mirror mirror = of(repository);
        return mirror == null ? -1 : mirror.size(repository, digest);
    }

    /** A page of tags; null when there is no such repository. */
    public @Nullable TagPage tags(RepositoryName repository, String after, int most)
            throws UpstreamException, InterruptedException {
        Mirror mirror = of(repository);
        if (mirror == null) {
            return null;
        }
        try {
            Upstream.Tags tags = mirror.tags(repository, after, most);
            return new TagPage(tags.names(), tags.more());
        } catch (UpstreamException e) {
            if (e.kind() == UpstreamException.Kind.ABSENT) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Tags of a repository.
     *
     * @param more whether there are more behind the last
     */
    public record TagPage(List<String> names, boolean more) {
        public TagPage {
            names = List.copyOf(names);
        }
    }

    @Override
    public Outcome restore(Digest digest) throws InterruptedException {
        String why = "no mirror knows of it";
        for (RepositoryName repository : registry.mirrored().knowing(digest)) {
            Mirror mirror = of(repository);
            if (mirror == null) {
                why = "nothing mirrors " + repository.tenant() + " any more";
                continue;
            }
            try {
                mirror.restore(repository, digest);
                return new Outcome(true, repository.text());
            } catch (UpstreamException | IOException e) {
                why = String.valueOf(e.getMessage());
            } catch (ProblemException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        return new Outcome(false, why);
    }

    @Override
    public void close() throws InterruptedException {
        for (Mirror each : mirrors.values()) {
            each.close();
        }
    }
}
