package io.mosaic.images.registry;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.PartCatalog;
import io.mosaic.images.catalog.PartCatalog.Part;
import io.mosaic.images.catalog.PartCatalog.Unparted;
import io.mosaic.images.manifest.Descriptor;
import io.mosaic.images.manifest.LayerChain;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of each manifest that is put which layers it has, each of which is an image of the Glance API too. What could not be
 * said at once, or was put by an earlier version, is said by {@link #catchUp}. Thread-safe.
 */
public final class ImageParts {

    private static final Logger LOG = LoggerFactory.getLogger(ImageParts.class);

    /** As many hex digits as people know layers and images by. */
    private static final int SHORT_CHARS = 12;

    private final BlobStore store;
    private final PartCatalog catalog;

    ImageParts(BlobStore store, PartCatalog catalog) {
        this.store = store;
        this.catalog = catalog;
    }

    /** The manifest was put. It is there whatever becomes of this. */
    void put(RepositoryName repository, Digest digest, Manifest manifest) {
        try {
            catalog.put(repository, digest, parts(manifest));
        } catch (IOException | ProblemException e) {
            LOG.warn("the layers of {}@{} are not images of the Glance API yet", repository, digest, e);
        }
    }

    /**
     * Looks at the manifests that nobody looked at yet. One whose configuration cannot be read is looked at again the next time.
     *
     * @return how many it looked at
     */
    public int catchUp() throws InterruptedException {
        int done = 0;
        List<Unparted> some = catalog.unparted("", "");
        while (!some.isEmpty()) {
            for (Unparted each : some) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                put(each.repository(), each.manifest(), read(each));
                done++;
            }
            Unparted last = some.getLast();
            some = catalog.unparted(last.repository().text(), last.manifest().toString());
        }
        return done;
    }

    private static Manifest read(Unparted kept) {
        try {
            return Manifest.read(kept.mediaType(), kept.body());
        } catch (ManifestException e) {
            throw new IllegalStateException("a manifest that was taken is none: " + kept.manifest(), e);
        }
    }

    /** None for an index, and for what only looks like a container image. */
    private List<Part> parts(Manifest manifest) throws IOException {
        List<Descriptor> blobs = manifest.blobs();
        if (blobs.isEmpty()
                || !LayerChain.configuration(blobs.getFirst().mediaType())
                || blobs.getFirst().digest().algorithm() != Digest.Algorithm.SHA256) {
            return List.of();
        }
        Descriptor config = blobs.getFirst();
        List<Descriptor> layers = blobs.subList(1, blobs.size());
        List<Digest> diffs;
        try {
            diffs = LayerChain.diffs(body(config));
        } catch (ManifestException e) {
            LOG.debug("configuration {}: {}", config.digest(), e.reason());
            return List.of();
        }
        return diffs.size() == layers.size() ? parts(config, layers, diffs) : List.of();
    }

    private static List<Part> parts(Descriptor config, List<Descriptor> layers, List<Digest> diffs) {
        List<Part> parts = new ArrayList<>();
        Digest chain = null;
        UUID below = null;
        for (int i = 0; i < layers.size(); i++) {
            chain = LayerChain.above(chain, diffs.get(i));
            Map<String, String> facts = Map.of(
                    "docker_chain_id", chain.toString(),
                    "docker_diff_id", diffs.get(i).toString());
            UUID id = LayerChain.uuid(chain);
            parts.add(part(id, below, "layer-" + shortened(chain), layers.get(i), facts));
            below = id;
        }
        parts.add(part(
                LayerChain.uuid(config.digest()),
                below,
                "image-" + shortened(config.digest()),
                config,
                Map.of("docker_image_id", config.digest().toString())));
        return parts;
    }

    private static Part part(
            UUID id, @Nullable UUID below, String name, Descriptor blob, Map<String, String> properties) {
        return new Part(id, below, name, blob.digest(), blob.size(), blob.mediaType(), properties);
    }

    private static String shortened(Digest digest) {
        return digest.hex().substring(0, SHORT_CHARS);
    }

    private byte[] body(Descriptor config) throws IOException, ManifestException {
        if (config.size() > Manifest.BYTES_MAX) {
            throw new ManifestException("larger than any configuration");
        }
        try (BlobContent content = store.open(config.digest())) {
            if (content == null || content.size() != config.size()) {
                throw new IOException("configuration " + config.digest() + " is not in the store as it should be");
            }
            ByteArrayOutputStream body = new ByteArrayOutputStream((int) config.size());
            content.copy(0, content.size(), body::write);
            return body.toByteArray();
        }
    }
}
