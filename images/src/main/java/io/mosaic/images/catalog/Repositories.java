package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Rows that several parts of the catalog need: repositories, and what a tenant has. */
final class Repositories {

    private Repositories() {}

    /** The repository's id; it is made when there is none. */
    static long ensured(Handle handle, RepositoryName name) {
        // Locked: one that is empty is not taken away while something is put into it.
        Long found = handle.createQuery("SELECT id FROM images.repository WHERE name = :name FOR KEY SHARE")
                .bind("name", name.text())
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        if (found != null) {
            handle.createUpdate("""
                            UPDATE images.repository SET touched = clock_timestamp()
                            WHERE id = :id AND touched < clock_timestamp() - interval '10 minutes'""").bind("id", found).execute();
            return found;
        }
        handle.createUpdate("INSERT INTO images.tenant (name) VALUES (:tenant) ON CONFLICT DO NOTHING")
                .bind("tenant", name.tenant())
                .execute();
        handle.createUpdate(
                        "INSERT INTO images.repository (name, tenant) VALUES (:name, :tenant) ON CONFLICT DO NOTHING")
                .bind("name", name.text())
                .bind("tenant", name.tenant())
                .execute();
        Long made = id(handle, name);
        if (made == null) {
            throw new IllegalStateException("the repository was just made: " + name);
        }
        return made;
    }

    /** The repository's id, or null. */
    static @Nullable Long id(Handle handle, RepositoryName name) {
        return handle.createQuery("SELECT id FROM images.repository WHERE name = :name")
                .bind("name", name.text())
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
    }

    /** Says that the repository holds the blob; the blob's row was touched in this transaction. */
    static void link(Handle handle, long repository, String tenant, Digest digest, long size) {
        int made = handle.createUpdate("""
                        INSERT INTO images.blob_link (repository, digest, touched)
                        VALUES (:repository, :digest, clock_timestamp()) ON CONFLICT DO NOTHING""")
                .bind("repository", repository)
                .bind("digest", digest.toString())
                .execute();
        if (made == 0) {
            handle.createUpdate("""
                            UPDATE images.blob_link SET touched = clock_timestamp()
                            WHERE repository = :repository AND digest = :digest""")
                    .bind("repository", repository)
                    .bind("digest", digest.toString())
                    .execute();
            return;
        }
        int links = handle.createQuery("""
                        INSERT INTO images.tenant_blob AS had (tenant, digest, links) VALUES (:tenant, :digest, 1)
                        ON CONFLICT (tenant, digest) DO UPDATE SET links = had.links + 1 RETURNING links""")
                .bind("tenant", tenant)
                .bind("digest", digest.toString())
                .mapTo(Integer.class)
                .one();
        if (links == 1) {
            grow(handle, tenant, size);
        }
    }

    /**
     * Counts bytes to a tenant.
     *
     * @throws ProblemException of kind QUOTA when there is no room for them
     */
    static void grow(Handle handle, String tenant, long bytes) {
        int counted = handle.createUpdate("""
                        UPDATE images.tenant SET bytes = bytes + :bytes
                        WHERE name = :tenant AND (quota IS NULL OR bytes + :bytes <= quota)""")
                .bind("tenant", tenant)
                .bind("bytes", bytes)
                .execute();
        if (counted == 0) {
            throw new ProblemException(
                    Problem.Kind.QUOTA, "the images of tenant " + tenant + " would be larger than its quota");
        }
    }

    /** Whether a manifest or an image of the repository needs the blob. Whoever holds its link's row keeps others from beginning to. */
    static boolean referred(Handle handle, long repository, String digest) {
        return handle.createQuery("""
                        SELECT EXISTS (SELECT FROM images.manifest_blob
                                WHERE repository = :repository AND blob = :digest)
                            OR EXISTS (SELECT FROM images.glance_image
                                WHERE repository = :repository AND digest = :digest)""")
                .bind("repository", repository)
                .bind("digest", digest)
                .mapTo(Boolean.class)
                .one();
    }

    static void shrink(Handle handle, String tenant, long bytes) {
        handle.createUpdate("UPDATE images.tenant SET bytes = bytes - :bytes WHERE name = :tenant")
                .bind("tenant", tenant)
                .bind("bytes", bytes)
                .execute();
    }

    /** One repository of the tenant holds the blob no longer. */
    static void unlinked(Handle handle, String tenant, String digest) {
        int gone = handle.createUpdate(
                        "DELETE FROM images.tenant_blob WHERE tenant = :tenant AND digest = :digest AND links = 1")
                .bind("tenant", tenant)
                .bind("digest", digest)
                .execute();
        if (gone == 0) {
            handle.createUpdate("""
                            UPDATE images.tenant_blob SET links = links - 1
                            WHERE tenant = :tenant AND digest = :digest""")
                    .bind("tenant", tenant)
                    .bind("digest", digest)
                    .execute();
            return;
        }
        long size = handle.createQuery("SELECT size FROM images.blob WHERE digest = :digest")
                .bind("digest", digest)
                .mapTo(Long.class)
                .one();
        shrink(handle, tenant, size);
    }
}
