package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Sends images to a repository: what it has already stays here. */
public final class ImagePush {
    private final RegistryCalls registry;
    private final Transfers transfers;

    public ImagePush(RegistryCalls registry, Transfers transfers) {
        this.registry = registry;
        this.transfers = transfers;
    }

    /**
     * What a push came to.
     *
     * @param digest of the image
     * @param blobs that it has, each counted once
     * @param sent how many of them travelled
     * @param bytes that travelled
     */
    public record Outcome(String digest, int blobs, int sent, long bytes) {}

    /** @param tag that is to mean the image from then on */
    public Outcome push(Image image, String repository, String tag) throws IOException, InterruptedException {
        Map<String, Blob> blobs = new LinkedHashMap<>();
        image.allBlobs().forEach(blob -> blobs.putIfAbsent(blob.digest(), blob));
        AtomicInteger sent = new AtomicInteger();
        List<Transfers.Task> tasks = new ArrayList<>();
        for (Blob blob : blobs.values()) {
            tasks.add(() -> {
                if (!there(repository, blob)) {
                    registry.upload(repository, blob.digest(), blob.size(), blob.content(), transfers::moved);
                    sent.incrementAndGet();
                }
            });
        }
        transfers.run(tasks, blobs.values().stream().mapToLong(Blob::size).sum());
        // An index may name only what is there.
        for (Image part : image.parts()) {
            put(part, repository);
        }
        registry.putManifest(repository, tag, image.mediaType(), image.manifest());
        return new Outcome(image.digest(), blobs.size(), sent.get(), transfers.bytes());
    }

    private boolean there(String repository, Blob blob) {
        String from = blob.from();
        return registry.hasBlob(repository, blob.digest())
                || (from != null && !from.equals(repository) && registry.mount(repository, blob.digest(), from));
    }

    private void put(Image image, String repository) {
        image.parts().forEach(part -> put(part, repository));
        registry.putManifest(repository, image.digest(), image.mediaType(), image.manifest());
    }
}
