package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Which repository holds which blob, and whose the open uploads are. Thread-safe. */
public final class BlobCatalog {

    /** How exact the time is at which a blob was last asked for; far below any grace that a collector gives. */
    private static final Duration TOUCH_EVERY = Duration.ofMinutes(10);

    private final CatalogDatabase database;

    public BlobCatalog(CatalogDatabase database) {
        this.database = database;
    }

    private record Seen(long size, boolean old) {}

    /**
     * The size of a blob that the repository holds, bytes; -1 when it holds none of that digest. Who is told so may go on
     * without uploading it, so the collector leaves it for a while.
     */
    public long size(RepositoryName repository, Digest digest) {
        Seen seen = database.read(handle -> handle.createQuery("""
                        SELECT blob.size, link.touched < clock_timestamp() - :every * interval '1 second'
                        FROM images.blob_link AS link JOIN images.repository ON repository.id = link.repository
                            JOIN images.blob ON blob.digest = link.digest
                        WHERE repository.name = :name AND link.digest = :digest
                            AND NOT blob.condemned AND NOT blob.broken""")
                .bind("every", TOUCH_EVERY.toSeconds())
                .bind("name", repository.text())
                .bind("digest", digest.toString())
                .map((row, context) -> new Seen(row.getLong(1), row.getBoolean(2)))
                .findOne()
                .orElse(new Seen(-1, false)));
        if (!seen.old) {
            return seen.size;
        }
        return database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            return id != null && touched(handle, id, digest) ? seen.size : -1L;
        });
    }

    private static boolean touched(Handle handle, long repository, Digest digest) {
        return handle.createUpdate("""
                                UPDATE images.blob_link SET touched = clock_timestamp()
                                WHERE repository = :repository AND digest = :digest""")
                        .bind("repository", repository)
                        .bind("digest", digest.toString())
                        .execute()
                == 1;
    }

    /**
     * The blob is in the store, whole and durable: from now on the repository holds it, and the upload is over. The caller
     * keeps others from deleting it meanwhile.
     *
     * @param upload by which it came
     * @throws ProblemException of kind QUOTA when the tenant has no room for it
     */
    public void stored(RepositoryName repository, Digest digest, long size, UUID upload) {
        stored(repository, digest, size, upload, Referral.NONE);
    }

    /**
     * The same, and something refers to it from now on.
     *
     * @throws ProblemException of kind QUOTA when the tenant has no room for it
     * @throws Referral.GoneException when that is gone
     */
    public void stored(RepositoryName repository, Digest digest, long size, UUID upload, Referral referral) {
        database.write(handle -> {
            present(handle, digest, size);
            long id = Repositories.ensured(handle, repository);
            Repositories.link(handle, id, repository.tenant(), digest, size);
            referral.write(handle, id, digest, size);
            return endUpload(handle, upload);
        });
    }

    /** The blob is in the store: nobody deletes it now, and if it was broken it is mended. */
    static void present(Handle handle, Digest digest, long size) {
        handle.createUpdate("""
                        INSERT INTO images.blob (digest, size, touched) VALUES (:digest, :size, clock_timestamp())
                        ON CONFLICT (digest) DO UPDATE
                        SET touched = excluded.touched, condemned = false, broken = false""")
                .bind("digest", digest.toString())
                .bind("size", size)
                .execute();
    }

    /**
     * Makes one repository hold what another does, without a copy.
     *
     * @return false when the other does not hold it
     * @throws ProblemException of kind QUOTA when the tenant has no room for it
     */
    public boolean mount(RepositoryName from, RepositoryName to, Digest digest) {
        return database.write(handle -> {
            Long size = handle.createQuery("""
                            UPDATE images.blob SET touched = clock_timestamp()
                            WHERE digest = :digest AND NOT condemned AND NOT broken AND EXISTS (
                                SELECT FROM images.blob_link AS link
                                    JOIN images.repository ON repository.id = link.repository
                                WHERE repository.name = :from AND link.digest = :digest)
                            RETURNING size""")
                    .bind("digest", digest.toString())
                    .bind("from", from.text())
                    .mapTo(Long.class)
                    .findOne()
                    .orElse(null);
            if (size == null) {
                return false;
            }
            Repositories.link(handle, Repositories.ensured(handle, to), to.tenant(), digest, size);
            return true;
        });
    }

    /** What came of taking a blob from a repository. */
    public enum Unlinked {
        DONE,
        ABSENT,
        /** A manifest of the repository refers to it. */
        REFERRED
    }

    /** The repository holds the blob no longer; its content goes when nobody does, with the next collection. */
    public Unlinked unlink(RepositoryName repository, Digest digest) {
        return database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            if (id == null || !locked(handle, id, digest)) {
                return Unlinked.ABSENT;
            }
            // With the link's row locked no manifest can begin to refer to it.
            if (Repositories.referred(handle, id, digest.toString())) {
                return Unlinked.REFERRED;
            }
            handle.createUpdate("DELETE FROM images.blob_link WHERE repository = :repository AND digest = :digest")
                    .bind("repository", id)
                    .bind("digest", digest.toString())
                    .execute();
            Repositories.unlinked(handle, repository.tenant(), digest.toString());
            return Unlinked.DONE;
        });
    }

    private static boolean locked(Handle handle, long repository, Digest digest) {
        return handle.createQuery("""
                        SELECT true FROM images.blob_link
                        WHERE repository = :repository AND digest = :digest FOR UPDATE""")
                .bind("repository", repository)
                .bind("digest", digest.toString())
                .mapTo(Boolean.class)
                .findOne()
                .isPresent();
    }

    /**
     * Begins an upload into a repository.
     *
     * @param most open ones that the tenant may have
     * @throws ProblemException of kind TOO_MANY when it has that many, QUOTA when it has used up its quota
     */
    public void beginUpload(UUID upload, RepositoryName repository, int most) {
        database.write(handle -> {
            long id = Repositories.ensured(handle, repository);
            Repositories.grow(handle, repository.tenant(), 0);
            int begun = handle.createUpdate("""
                            INSERT INTO images.upload (id, repository, tenant, begun)
                            SELECT :id, :repository, :tenant, clock_timestamp()
                            WHERE (SELECT count(*) FROM images.upload WHERE tenant = :tenant) < :most""")
                    .bind("id", upload)
                    .bind("repository", id)
                    .bind("tenant", repository.tenant())
                    .bind("most", most)
                    .execute();
            if (begun == 0) {
                throw new ProblemException(
                        Problem.Kind.TOO_MANY, "as many uploads are open for the tenant as allowed: " + most);
            }
            return begun;
        });
    }

    /** The repository that an open upload is for, or null. */
    public @Nullable RepositoryName uploadOf(UUID upload) {
        return database.read(handle -> handle.createQuery("""
                        SELECT repository.name FROM images.upload
                            JOIN images.repository ON repository.id = upload.repository
                        WHERE upload.id = :id""")
                        .bind("id", upload)
                        .mapTo(String.class)
                        .findOne())
                .map(RepositoryName::new)
                .orElse(null);
    }

    /** Whether anybody, or the collector, knows of such a blob. */
    public boolean knows(Digest digest) {
        return database.read(
                handle -> handle.createQuery("SELECT EXISTS (SELECT FROM images.blob WHERE digest = :digest)")
                        .bind("digest", digest.toString())
                        .mapTo(Boolean.class)
                        .one());
    }

    /** Open uploads that were begun longer ago than that. */
    public List<UUID> uploadsBegunBefore(Duration age) {
        return database.read(handle -> handle.createQuery("""
                        SELECT id FROM images.upload WHERE begun < clock_timestamp() - :age * interval '1 second'""")
                .bind("age", age.toSeconds())
                .mapTo(UUID.class)
                .list());
    }

    public void endUpload(UUID upload) {
        database.write(handle -> endUpload(handle, upload));
    }

    private static int endUpload(Handle handle, UUID upload) {
        return handle.createUpdate("DELETE FROM images.upload WHERE id = :id")
                .bind("id", upload)
                .execute();
    }
}
