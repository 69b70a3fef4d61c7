package io.mosaic.images.registry;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.catalog.BlobCatalog;
import io.mosaic.images.catalog.CallCatalog;
import io.mosaic.images.catalog.CatalogDatabase;
import io.mosaic.images.catalog.GarbageCatalog;
import io.mosaic.images.catalog.GlanceCatalog;
import io.mosaic.images.catalog.ManifestCatalog;
import io.mosaic.images.catalog.MirrorCatalog;
import io.mosaic.images.catalog.PartCatalog;
import io.mosaic.images.catalog.TenantCatalog;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import java.io.IOException;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The repository's parts over one content store and one catalog. What may be done by whom is not asked here. Thread-safe. */
public final class Registry {

    private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

    private final BlobStore store;
    private final BlobCatalog blobs;
    private final ManifestCatalog manifests;
    private final TenantCatalog tenants;
    private final MirrorCatalog mirrored;
    private final Uploads uploads;
    private final Collector collector;
    private final Checker checker;
    private final AuditTrail audit;
    private final ImageParts parts;
    private final GlanceCatalog glance;

    public Registry(BlobStore store, CatalogDatabase database, RegistryLimits limits, InstantSource clock) {
        DigestLocks locks = new DigestLocks();
        GarbageCatalog garbage = new GarbageCatalog(database);
        this.store = store;
        this.blobs = new BlobCatalog(database);
        this.manifests = new ManifestCatalog(database);
        this.tenants = new TenantCatalog(database);
        this.mirrored = new MirrorCatalog(database);
        this.uploads = new Uploads(store, blobs, locks, limits);
        this.collector = new Collector(store, garbage, mirrored, locks, uploads, clock);
        this.checker = new Checker(store, garbage, locks);
        this.audit = new AuditTrail(new CallCatalog(database, UUID.randomUUID()), clock);
        this.parts = new ImageParts(store, new PartCatalog(database));
        this.glance = new GlanceCatalog(database);
    }

    public BlobCatalog blobs() {
        return blobs;
    }

    public ManifestCatalog manifests() {
        return manifests;
    }

    public TenantCatalog tenants() {
        return tenants;
    }

    /** The rows of mirrors' repositories. */
    public MirrorCatalog mirrored() {
        return mirrored;
    }

    /** Where content is. What is put there by hand is in nobody's sight before a row says so; see {@link Uploads#settle}. */
    public BlobStore store() {
        return store;
    }

    public Uploads uploads() {
        return uploads;
    }

    public GlanceCatalog glance() {
        return glance;
    }

    /** The images that are derived from manifests. */
    public ImageParts parts() {
        return parts;
    }

    public Collector collector() {
        return collector;
    }

    public Checker checker() {
        return checker;
    }

    /** Runs from now on: to be closed. */
    public AuditTrail audit() {
        return audit;
    }

    /**
     * Opens a blob that the repository holds; null when it holds none of that digest, or what is in the store is not it.
     */
    public @Nullable BlobContent open(RepositoryName repository, Digest digest) throws IOException {
        long size = blobs.size(repository, digest);
        BlobContent content = size < 0 ? null : store.open(digest);
        if (content != null && content.size() == size) {
            return content;
        }
        if (size >= 0) {
            LOG.error("blob {} is not in the store as the catalog has it: run a check", digest);
        }
        if (content != null) {
            content.close();
        }
        return null;
    }

    /**
     * Keeps a manifest; see {@link ManifestCatalog#put} for what else it throws.
     *
     * @param reference the tag that shall mean it, or the digest that it must have
     * @return what it was read as
     * @throws DigestMismatchException when it has another digest
     */
    public Put put(RepositoryName repository, Reference reference, String mediaType, byte[] body)
            throws ManifestException, DigestMismatchException {
        Digest.Algorithm algorithm =
                reference instanceof Reference.ByDigest by ? by.digest().algorithm() : Digest.Algorithm.SHA256;
        Digest digest = Digest.of(algorithm, body);
        if (reference instanceof Reference.ByDigest by && !by.digest().equals(digest)) {
            throw new DigestMismatchException(by.digest(), digest);
        }
        Manifest manifest = Manifest.read(mediaType, body);
        Digest before =
                manifests.put(repository, digest, manifest, body, reference instanceof Reference.Tag tag ? tag : null);
        parts.put(repository, digest, manifest);
        return new Put(digest, manifest, before);
    }

    /**
     * A manifest that was put.
     *
     * @param before what the tag meant until now, absent when nothing
     */
    public record Put(
            Digest digest, Manifest manifest, @Nullable Digest before) {}
}
