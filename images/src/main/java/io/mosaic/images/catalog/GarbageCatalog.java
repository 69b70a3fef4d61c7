package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.sql.SqlState;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * What nobody needs any more, found and let go of step by step: manifests, the blobs that repositories hold, and blobs that no
 * repository holds. Each step is a transaction, so it may stop between any two.
 *
 * <p>A step chooses rows and locks them, and then looks again with a statement of its own: what somebody began to need between the
 * choice and the lock is seen then, and nobody can begin to need a row that is locked, since all who would lock it first. Thread-safe.
 */
public final class GarbageCatalog {

    /** Rows in one transaction: short enough that a push does not wait for it. */
    private static final int BATCH = 500;

    /** Of repositories that hold nothing, and were not touched within the grace. */
    private static final String EMPTY = """
            touched < clock_timestamp() - :grace * interval '1 second'
                AND NOT EXISTS (SELECT FROM images.blob_link WHERE blob_link.repository = repository.id)
                AND NOT EXISTS (SELECT FROM images.manifest WHERE manifest.repository = repository.id)
                AND NOT EXISTS (SELECT FROM images.upload WHERE upload.repository = repository.id)""";

    /** SQLSTATE foreign_key_violation. */
    private static final String REFERRED = "23503";

    private final CatalogDatabase database;

    public GarbageCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /** What a collection would find or found. */
    public record Counts(long manifests, long links, long blobs, long bytes) {}

    private record Gone(String tenant, String digest, long bytes) {}

    /**
     * Lets go of manifests that no tag leads to: not tagged, not listed by an index that stays, and not about a manifest that
     * stays. Those put within the grace stay, with all that they lead to.
     *
     * @return how many
     */
    public long dropUntagged(Duration grace) {
        List<Long> repositories =
                database.read(handle -> handle.createQuery("SELECT id FROM images.repository ORDER BY id")
                        .mapTo(Long.class)
                        .list());
        long dropped = 0;
        for (long repository : repositories) {
            dropped += database.writeMuch(handle -> dropUntagged(handle, repository, grace));
        }
        return dropped;
    }

    private static int dropUntagged(Handle handle, long repository, Duration grace) {
        List<String> candidates = handle.createQuery("""
                        SELECT digest FROM images.manifest
                        WHERE repository = :repository AND touched < clock_timestamp() - :grace * interval '1 second'
                            AND NOT EXISTS (SELECT FROM images.tag
                                WHERE tag.repository = manifest.repository AND tag.manifest = manifest.digest)
                        ORDER BY digest FOR UPDATE""")
                .bind("repository", repository)
                .bind("grace", grace.toSeconds())
                .mapTo(String.class)
                .list();
        List<Gone> gone = handle.createQuery("""
                        WITH RECURSIVE stays AS (
                            SELECT manifest AS digest FROM images.tag WHERE repository = :repository
                            UNION
                            SELECT digest FROM images.manifest
                            WHERE repository = :repository AND digest <> ALL (:candidates)
                            UNION
                            SELECT leads.digest FROM stays CROSS JOIN LATERAL (
                                SELECT child AS digest FROM images.manifest_child
                                WHERE repository = :repository AND manifest = stays.digest
                                UNION ALL
                                SELECT about.digest FROM images.manifest AS about
                                WHERE about.repository = :repository AND about.subject = stays.digest) AS leads)
                        DELETE FROM images.manifest USING images.repository
                        WHERE manifest.repository = :repository AND repository.id = :repository
                            AND manifest.digest = ANY (:candidates)
                            AND manifest.digest NOT IN (SELECT digest FROM stays)
                        RETURNING repository.tenant, manifest.digest, length(manifest.body)""")
                .bind("repository", repository)
                .bind("candidates", CatalogDatabase.texts(candidates))
                .map((row, context) -> new Gone(row.getString(1), row.getString(2), row.getLong(3)))
                .list();
        for (Gone each : gone) {
            Repositories.shrink(handle, each.tenant, each.bytes);
        }
        return gone.size();
    }

    private static final String UNREFERRED = """
            link.touched < clock_timestamp() - :grace * interval '1 second' AND NOT EXISTS (
                SELECT FROM images.manifest_blob AS refers
                WHERE refers.repository = link.repository AND refers.blob = link.digest) AND NOT EXISTS (
                SELECT FROM images.glance_image AS image
                WHERE image.repository = link.repository AND image.digest = link.digest)""";

    /** What {@link #unlink} and {@link #condemn} would find now. */
    public Counts look(Duration grace) {
        return database.read(handle -> handle.createQuery("""
                        SELECT
                            (SELECT count(*) FROM images.blob_link AS link WHERE\s""" + UNREFERRED + """
                            ), count(*), coalesce(sum(size), 0)
                        FROM images.blob WHERE condemned OR (touched < clock_timestamp() - :grace * interval '1 second'
                            AND NOT EXISTS (SELECT FROM images.blob_link AS link
                                WHERE link.digest = blob.digest AND NOT (""" + UNREFERRED + ")))")
                .bind("grace", grace.toSeconds())
                .map((row, context) -> new Counts(0, row.getLong(1), row.getLong(2), row.getLong(3)))
                .one());
    }

    /**
     * Lets repositories go of blobs that none of their manifests refers to and that nobody asked for within the grace.
     *
     * @return how many
     */
    public long unlink(Duration grace) {
        long all = 0;
        while (true) {
            int some = database.writeMuch(handle -> unlink(handle, grace));
            all += some;
            if (some < BATCH) {
                return all;
            }
        }
    }

    private record Link(long repository, String digest) {}

    private static int unlink(Handle handle, Duration grace) {
        List<Link> candidates = handle.createQuery("SELECT repository, digest FROM images.blob_link AS link WHERE "
                        + UNREFERRED + " ORDER BY digest LIMIT :batch FOR UPDATE SKIP LOCKED")
                .bind("grace", grace.toSeconds())
                .bind("batch", BATCH)
                .map((row, context) -> new Link(row.getLong(1), row.getString(2)))
                .list();
        int gone = 0;
        for (Link each : candidates) {
            gone += unlink(handle, each);
        }
        return gone;
    }

    private static int unlink(Handle handle, Link link) {
        String tenant = handle.createQuery("""
                        DELETE FROM images.blob_link USING images.repository
                        WHERE repository.id = blob_link.repository
                            AND blob_link.repository = :repository AND blob_link.digest = :digest
                            AND NOT EXISTS (SELECT FROM images.manifest_blob AS refers
                                WHERE refers.repository = :repository AND refers.blob = :digest)
                            AND NOT EXISTS (SELECT FROM images.glance_image AS image
                                WHERE image.repository = :repository AND image.digest = :digest)
                        RETURNING repository.tenant""")
                .bind("repository", link.repository)
                .bind("digest", link.digest)
                .mapTo(String.class)
                .findOne()
                .orElse("");
        if (tenant.isEmpty()) {
            return 0;
        }
        Repositories.unlinked(handle, tenant, link.digest);
        return 1;
    }

    /** Takes away images of the Glance API that stand for layers and images which no manifest has any more. */
    public void dropDerived() {
        int dropped = BATCH;
        while (dropped == BATCH) {
            dropped = database.writeMuch(GarbageCatalog::dropSomeDerived);
        }
    }

    private record Derived(UUID id, String tenant) {}

    private static int dropSomeDerived(Handle handle) {
        List<Derived> candidates = handle.createQuery("""
                        SELECT id, tenant FROM images.glance_image AS image WHERE derived AND NOT EXISTS (
                            SELECT FROM images.image_part AS part
                            WHERE part.id = image.id AND part.tenant = image.tenant)
                        ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED""")
                .bind("batch", BATCH)
                .map((row, context) -> new Derived(row.getObject(1, UUID.class), row.getString(2)))
                .list();
        for (Derived each : candidates) {
            handle.createUpdate("""
                            DELETE FROM images.glance_image WHERE id = :id AND tenant = :tenant AND derived
                                AND NOT EXISTS (SELECT FROM images.image_part AS part
                                    WHERE part.id = :id AND part.tenant = :tenant)""")
                    .bind("id", each.id)
                    .bind("tenant", each.tenant)
                    .execute();
        }
        return candidates.size();
    }

    /** From now on blobs that no repository holds, and that nobody asked for within the grace, are not there for anybody. */
    public void condemn(Duration grace) {
        int chosen = BATCH;
        String after = "";
        while (chosen == BATCH) {
            String from = after;
            List<String> candidates = database.writeMuch(handle -> condemn(handle, grace, from));
            chosen = candidates.size();
            after = candidates.isEmpty() ? after : candidates.getLast();
        }
    }

    private static List<String> condemn(Handle handle, Duration grace, String after) {
        List<String> candidates = handle.createQuery("""
                        SELECT digest FROM images.blob
                        WHERE NOT condemned AND touched < clock_timestamp() - :grace * interval '1 second'
                            AND digest > :after
                            AND NOT EXISTS (SELECT FROM images.blob_link WHERE blob_link.digest = blob.digest)
                        ORDER BY digest LIMIT :batch FOR UPDATE SKIP LOCKED""")
                .bind("grace", grace.toSeconds())
                .bind("after", after)
                .bind("batch", BATCH)
                .mapTo(String.class)
                .list();
        handle.createUpdate("""
                        UPDATE images.blob SET condemned = true WHERE digest = ANY (:candidates)
                            AND NOT EXISTS (SELECT FROM images.blob_link WHERE blob_link.digest = blob.digest)""")
                .bind("candidates", CatalogDatabase.texts(candidates))
                .execute();
        return candidates;
    }

    /**
     * Takes away repositories that hold nothing, and that nothing was put into within the grace.
     *
     * @return how many
     */
    public int dropEmpty(Duration grace) {
        List<Long> candidates = database.read(
                handle -> handle.createQuery("SELECT id FROM images.repository WHERE " + EMPTY + " ORDER BY id")
                        .bind("grace", grace.toSeconds())
                        .mapTo(Long.class)
                        .list());
        int gone = 0;
        for (long id : candidates) {
            gone += dropEmpty(id, grace);
        }
        return gone;
    }

    private int dropEmpty(long repository, Duration grace) {
        try {
            return database.write(
                    handle -> handle.createUpdate("DELETE FROM images.repository WHERE id = :id AND " + EMPTY)
                            .bind("id", repository)
                            .bind("grace", grace.toSeconds())
                            .execute());
        } catch (IllegalStateException e) {
            if (SqlState.of(e).code().equals(REFERRED)) {
                // Something was put into it just now, or something else than what it holds refers to it.
                return 0;
            }
            throw e;
        }
    }

    /** Blobs to be deleted, in the order of their digests, after that one. */
    public List<Digest> condemned(String after) {
        return database.read(handle -> handle.createQuery("""
                        SELECT digest FROM images.blob WHERE condemned AND digest > :after
                        ORDER BY digest LIMIT :batch""")
                .bind("after", after)
                .bind("batch", BATCH)
                .map((row, context) -> Digest.of(row.getString(1)))
                .list());
    }

    /** How many blobs are to be deleted. */
    public Counts toSweep() {
        return counts("condemned");
    }

    /** How many blobs are there for somebody. */
    public Counts toCheck() {
        return counts("NOT condemned");
    }

    private Counts counts(String which) {
        return database.read(
                handle -> handle.createQuery("SELECT count(*), coalesce(sum(size), 0) FROM images.blob WHERE " + which)
                        .map((row, context) -> new Counts(0, 0, row.getLong(1), row.getLong(2)))
                        .one());
    }

    /** Whether the blob is still to be deleted. The caller keeps others from storing it until it is {@link #forget forgotten}. */
    public boolean stillCondemned(Digest digest) {
        return database.read(handle -> handle.createQuery("SELECT condemned FROM images.blob WHERE digest = :digest")
                .bind("digest", digest.toString())
                .mapTo(Boolean.class)
                .findOne()
                .orElse(false));
    }

    /**
     * The blob's content is gone.
     *
     * @return its size, bytes
     */
    public long forget(Digest digest) {
        return database.write(handle -> handle.createQuery(
                        "DELETE FROM images.blob WHERE digest = :digest AND condemned RETURNING size")
                .bind("digest", digest.toString())
                .mapTo(Long.class)
                .findOne()
                .orElse(0L));
    }

    /** Whether the catalog knows of such a blob, condemned or not. */
    public boolean knows(Digest digest) {
        return database.read(
                handle -> handle.createQuery("SELECT EXISTS (SELECT FROM images.blob WHERE digest = :digest)")
                        .bind("digest", digest.toString())
                        .mapTo(Boolean.class)
                        .one());
    }

    /**
     * A blob as the catalog has it.
     *
     * @param size in bytes
     */
    public record Known(Digest digest, long size, boolean broken) {}

    /** Blobs that are there for somebody, in the order of their digests, after that one. */
    public List<Known> known(String after) {
        return database.read(handle -> handle.createQuery("""
                        SELECT digest, size, broken FROM images.blob WHERE NOT condemned AND digest > :after
                        ORDER BY digest LIMIT :batch""")
                .bind("after", after)
                .bind("batch", BATCH)
                .map((row, context) -> new Known(Digest.of(row.getString(1)), row.getLong(2), row.getBoolean(3)))
                .list());
    }

    /** Marks what was found of a blob's content: a broken one is there for nobody until it is pushed again. */
    public void mark(Digest digest, boolean broken) {
        database.write(handle -> handle.createUpdate("UPDATE images.blob SET broken = :broken WHERE digest = :digest")
                .bind("broken", broken)
                .bind("digest", digest.toString())
                .execute());
    }

    /** Images by repository and digest, at most so many, that need that blob. */
    public List<String> needing(Digest digest, int most) {
        return database.read(handle -> handle.createQuery("""
                        SELECT repository.name || '@' || manifest FROM images.manifest_blob
                            JOIN images.repository ON repository.id = manifest_blob.repository
                        WHERE blob = :digest
                        UNION
                        SELECT tenant || '/' || id FROM images.glance_image WHERE digest = :digest
                        ORDER BY 1 LIMIT :most""")
                .bind("digest", digest.toString())
                .bind("most", most)
                .mapTo(String.class)
                .list());
    }
}
