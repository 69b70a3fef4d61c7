package io.mosaic.images.registry;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.ContentDamagedException;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.catalog.GarbageCatalog;
import io.mosaic.model.Bytes;
import io.mosaic.model.ImageWork;
import io.mosaic.model.StoreCheck;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all content again and holds it against its digests. What is broken is marked, so that nobody gets wrong bytes and whoever
 * pushes it again mends it. Thread-safe; one check at a time.
 */
public final class Checker {

    private static final Logger LOG = LoggerFactory.getLogger(Checker.class);

    private static final int REPORTED_MAX = 1000;
    private static final int IMAGES_MAX = 10;

    private final BlobStore store;
    private final GarbageCatalog catalog;
    private final DigestLocks locks;
    private final WorkMeter meter = new WorkMeter();

    Checker(BlobStore store, GarbageCatalog catalog, DigestLocks locks) {
        this.store = store;
        this.catalog = catalog;
        this.locks = locks;
    }

    /**
     * Checks every blob that the catalog knows, and looks for content that it does not.
     *
     * @param source what is broken is asked for there; absent: it stays broken
     */
    public synchronized StoreCheck check(@Nullable BlobSource source) throws IOException, InterruptedException {
        try (meter) {
            GarbageCatalog.Counts all = catalog.toCheck();
            meter.begin("reading", all.blobs(), all.bytes());
            Tally tally = new Tally();
            List<GarbageCatalog.Known> page = catalog.known("");
            while (!page.isEmpty()) {
                for (GarbageCatalog.Known blob : page) {
                    check(blob, tally, source);
                    meter.done(1, blob.size());
                }
                page = catalog.known(page.getLast().digest().toString());
            }
            meter.begin("looking for files of no blob", 0, 0);
            AtomicLong orphans = new AtomicLong();
            store.each(stored -> orphans.addAndGet(catalog.knows(stored.digest()) ? 0 : 1));
            return new StoreCheck(
                    tally.blobs, new Bytes(tally.bytes), tally.broken, tally.mended, tally.repaired, orphans.get());
        }
    }

    /** How far a check is that is under way; null when none is. */
    public ImageWork.@Nullable Work progress() {
        return meter.now();
    }

    private static final class Tally {
        private final List<StoreCheck.Broken> broken = new ArrayList<>();
        private final List<StoreCheck.Repaired> repaired = new ArrayList<>();
        private long blobs;
        private long bytes;
        private long mended;
    }

    private void check(GarbageCatalog.Known blob, Tally tally, @Nullable BlobSource source)
            throws IOException, InterruptedException {
        tally.blobs++;
        tally.bytes += blob.size();
        String fault = fault(blob);
        if (fault == null && !blob.broken()) {
            return;
        }
        // Once more with nobody storing or deleting it: it may just have been.
        try (DigestLocks.Held _ = locks.hold(blob.digest())) {
            if (!catalog.knows(blob.digest()) || catalog.stillCondemned(blob.digest())) {
                return;
            }
            fault = fault(blob);
            catalog.mark(blob.digest(), fault != null);
        }
        if (fault == null) {
            tally.mended++;
            return;
        }
        LOG.error("blob {}: {}", blob.digest(), fault);
        String digest = blob.digest().toString();
        BlobSource.Outcome outcome = source == null ? null : source.restore(blob.digest());
        if (outcome != null && outcome.restored()) {
            LOG.info("blob {} is good again, from {}", digest, outcome.words());
            if (tally.repaired.size() < REPORTED_MAX) {
                tally.repaired.add(new StoreCheck.Repaired(digest, fault, outcome.words()));
            }
        } else if (tally.broken.size() < REPORTED_MAX) {
            tally.broken.add(new StoreCheck.Broken(
                    digest,
                    fault,
                    catalog.needing(blob.digest(), IMAGES_MAX),
                    outcome == null ? null : outcome.words()));
        }
    }

    private @Nullable String fault(GarbageCatalog.Known blob) throws IOException {
        try (BlobContent content = store.open(blob.digest())) {
            if (content == null) {
                return "its content is not there";
            }
            if (content.size() != blob.size()) {
                return "it has " + content.size() + " bytes instead of " + blob.size();
            }
            MessageDigest hash = blob.digest().algorithm().start();
            try {
                content.copy(0, content.size(), hash::update);
            } catch (ContentDamagedException e) {
                return String.valueOf(e.getMessage());
            } catch (StoreUnavailableException e) {
                // That says nothing of the blob: the check breaks off.
                throw e;
            } catch (IOException e) {
                LOG.warn("blob {} cannot be read", blob.digest(), e);
                return "it cannot be read";
            }
            Digest found = Digest.of(blob.digest().algorithm(), hash);
            return found.equals(blob.digest()) ? null : "its content is " + found;
        }
    }
}
