package io.mosaic.images.registry;

import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.GarbageCatalog;
import io.mosaic.images.catalog.MirrorCatalog;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageReport;
import io.mosaic.model.ImageWork;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets go of what nobody needs: mark and sweep with a grace time, beside pushes and pulls. A blob is first condemned, which
 * takes it from everybody's sight in the database, and then deleted; a collection that is broken off anywhere is finished by
 * the next. The reasons are in docs/decisions/0019. Thread-safe; one collection at a time.
 */
public final class Collector {

    private final BlobStore store;
    private final GarbageCatalog catalog;
    private final MirrorCatalog mirrors;
    private final DigestLocks locks;
    private final Uploads uploads;
    private final InstantSource clock;
    private final WorkMeter meter = new WorkMeter();

    Collector(
            BlobStore store,
            GarbageCatalog catalog,
            MirrorCatalog mirrors,
            DigestLocks locks,
            Uploads uploads,
            InstantSource clock) {
        this.store = store;
        this.catalog = catalog;
        this.mirrors = mirrors;
        this.locks = locks;
        this.uploads = uploads;
        this.clock = clock;
    }

    /**
     * Looks and changes nothing.
     *
     * @param grace what was asked for within that time stays
     */
    public GarbageReport look(Duration grace) throws IOException {
        GarbageCatalog.Counts counts = catalog.look(grace);
        return new GarbageReport(
                true,
                0,
                counts.links(),
                counts.blobs(),
                new Bytes(counts.bytes()),
                orphans(grace).size(),
                0);
    }

    /**
     * Collects.
     *
     * @param grace what was put or asked for within that time stays
     * @param untagged whether manifests that no tag leads to go too
     */
    public synchronized GarbageReport collect(Duration grace, boolean untagged) throws IOException {
        try (meter) {
            meter.begin("looking for what nobody needs", 0, 0);
            int expired = uploads.expire(clock.instant());
            long manifests = untagged ? catalog.dropUntagged(grace) : 0;
            catalog.dropDerived();
            long links = catalog.unlink(grace);
            catalog.condemn(grace);
            GarbageCatalog.Counts swept = sweepCondemned(meter);
            catalog.dropEmpty(grace);
            meter.begin("looking for files of no blob", 0, 0);
            long gone = 0;
            for (Digest orphan : orphans(grace)) {
                gone += sweepOrphan(orphan) ? 1 : 0;
            }
            return new GarbageReport(false, manifests, links, swept.blobs(), new Bytes(swept.bytes()), gone, expired);
        }
    }

    /** How far a collection is that is under way; null when none is. */
    public ImageWork.@Nullable Work progress() {
        return meter.now();
    }

    /**
     * Lets go of what a mirror has above its limit, what was used last longest ago first, also while a collection is under way.
     *
     * @param most bytes that it may keep
     * @param recent what was asked for within that time stays
     * @return bytes that were freed
     */
    public long trim(String mirror, long most, Duration recent) throws IOException {
        return mirrors.evict(mirror, most, recent) == 0
                ? 0
                : sweepCondemned(new WorkMeter()).bytes();
    }

    private GarbageCatalog.Counts sweepCondemned(WorkMeter progress) throws IOException {
        GarbageCatalog.Counts all = catalog.toSweep();
        progress.begin("deleting", all.blobs(), all.bytes());
        long blobs = 0;
        long bytes = 0;
        List<Digest> condemned = catalog.condemned("");
        while (!condemned.isEmpty()) {
            for (Digest digest : condemned) {
                long size = sweep(digest);
                bytes += Math.max(size, 0);
                blobs += size < 0 ? 0 : 1;
                progress.done(1, Math.max(size, 0));
            }
            condemned = catalog.condemned(condemned.getLast().toString());
        }
        return new GarbageCatalog.Counts(0, 0, blobs, bytes);
    }

    /** Deletes a condemned blob, the content first: were the row gone first, a crash between would leave it for ever. */
    private long sweep(Digest digest) throws IOException {
        try (DigestLocks.Held _ = locks.hold(digest)) {
            if (!catalog.stillCondemned(digest)) {
                // Pushed again since it was condemned.
                return -1;
            }
            store.delete(digest);
            return catalog.forget(digest);
        }
    }

    /** Content that no row knows of: a process ended between storing it and saying so. */
    private List<Digest> orphans(Duration grace) throws IOException {
        Instant before = clock.instant().minus(grace);
        List<Digest> old = new ArrayList<>();
        store.each(stored -> {
            if (stored.modified().isBefore(before) && !catalog.knows(stored.digest())) {
                old.add(stored.digest());
            }
        });
        return old;
    }

    private boolean sweepOrphan(Digest digest) throws IOException {
        try (DigestLocks.Held _ = locks.hold(digest)) {
            if (catalog.knows(digest)) {
                return false;
            }
            store.delete(digest);
            return true;
        }
    }
}
