package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.ManifestCatalog.Kept;
import io.mosaic.images.manifest.Descriptor;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Repositories of mirrors. They differ from others in that a manifest may be there before what it refers to: blobs come when they
 * are asked for. Who changes what a repository holds or wants has its row locked, so that no blob comes unseen by the manifest
 * that wants it. Thread-safe.
 */
public final class MirrorCatalog {

    /** How exact the time is at which a manifest was last asked for. */
    private static final Duration TOUCH_EVERY = Duration.ofMinutes(1);

    /** Manifests looked at in one transaction. */
    private static final int BATCH = 50;

    /** Where one of so many does not give a blob, another would not either. */
    private static final int KNOWING_MAX = 5;

    private final CatalogDatabase database;

    public MirrorCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /**
     * What a tag meant.
     *
     * @param fresh whether that was so at the other registry within the time asked for
     */
    public record Tagged(Kept manifest, boolean fresh) {}

    /** What the tag meant last, or null. */
    public @Nullable Tagged tagged(RepositoryName repository, Reference.Tag tag, Duration within) {
        return database.read(handle -> handle.createQuery("""
                        SELECT manifest.digest, manifest.media_type, manifest.body,
                            coalesce(tag.checked > clock_timestamp() - :within * interval '1 millisecond', false)
                        FROM images.tag JOIN images.repository ON repository.id = tag.repository
                            JOIN images.manifest
                                ON manifest.repository = tag.repository AND manifest.digest = tag.manifest
                        WHERE repository.name = :name AND tag.name = :tag""")
                        .bind("within", within.toMillis())
                        .bind("name", repository.text())
                        .bind("tag", tag.name())
                        .map((row, context) -> new Tagged(
                                new Kept(Digest.of(row.getString(1)), row.getString(2), row.getBytes(3)),
                                row.getBoolean(4)))
                        .findOne())
                .orElse(null);
    }

    /** Keeps a manifest that came from the other registry; what it refers to may come later. */
    public void put(
            RepositoryName repository, Digest digest, Manifest manifest, byte[] body, Reference.@Nullable Tag tag) {
        database.write(handle -> {
            long id = Repositories.ensured(handle, repository);
            lock(handle, id);
            Map<String, Long> named = new LinkedHashMap<>();
            manifest.blobs().stream()
                    .filter(each -> !each.optional())
                    .forEach(each -> named.put(each.digest().toString(), each.size()));
            ManifestCatalog.keep(handle, id, repository.tenant(), digest, manifest, body);
            List<String> held = handle.createQuery("""
                            UPDATE images.blob_link SET touched = clock_timestamp()
                            WHERE repository = :repository AND digest = ANY (:digests) RETURNING digest""")
                    .bind("repository", id)
                    .bind("digests", CatalogDatabase.texts(named.keySet()))
                    .mapTo(String.class)
                    .list();
            ManifestCatalog.refer(handle, "manifest_blob", "blob", id, digest, held);
            List<String> children = new ArrayList<>(new TreeSet<>(manifest.manifests().stream()
                    .map(Descriptor::digest)
                    .map(Digest::toString)
                    .toList()));
            ManifestCatalog.refer(handle, "manifest_child", "child", id, digest, children);
            held.forEach(named::remove);
            named.forEach((blob, size) -> want(handle, id, digest, blob, size));
            if (tag != null) {
                ManifestCatalog.tag(handle, id, tag, digest);
                check(handle, id, tag, digest);
            }
            return id;
        });
    }

    private static void lock(Handle handle, long repository) {
        handle.createQuery("SELECT id FROM images.repository WHERE id = :id FOR NO KEY UPDATE")
                .bind("id", repository)
                .mapTo(Long.class)
                .one();
    }

    private static void want(Handle handle, long repository, Digest manifest, String blob, long size) {
        handle.createUpdate("""
                        INSERT INTO images.manifest_wanted (repository, manifest, blob, size)
                        VALUES (:repository, :manifest, :blob, :size) ON CONFLICT DO NOTHING""")
                .bind("repository", repository)
                .bind("manifest", manifest.toString())
                .bind("blob", blob)
                .bind("size", size)
                .execute();
    }

    private static int check(Handle handle, long repository, Reference.Tag tag, Digest digest) {
        return handle.createUpdate("""
                        UPDATE images.tag SET checked = clock_timestamp()
                        WHERE repository = :repository AND name = :name AND manifest = :manifest""")
                .bind("repository", repository)
                .bind("name", tag.name())
                .bind("manifest", digest.toString())
                .execute();
    }

    /** The tag means that manifest at the other registry; it comes to mean it here too if the manifest is there. */
    public boolean confirm(RepositoryName repository, Reference.Tag tag, Digest digest) {
        return database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            if (id == null || !present(handle, id, digest)) {
                return false;
            }
            if (check(handle, id, tag, digest) == 1) {
                return true;
            }
            ManifestCatalog.tag(handle, id, tag, digest);
            return check(handle, id, tag, digest) == 1;
        });
    }

    private static boolean present(Handle handle, long repository, Digest digest) {
        return handle.createUpdate("""
                                UPDATE images.manifest SET touched = clock_timestamp()
                                WHERE repository = :repository AND digest = :digest""")
                        .bind("repository", repository)
                        .bind("digest", digest.toString())
                        .execute()
                == 1;
    }

    /** A manifest was asked for: it is among the last to go. */
    public void used(RepositoryName repository, Digest digest) {
        database.write(handle -> handle.createUpdate("""
                        UPDATE images.manifest SET touched = clock_timestamp()
                        WHERE repository = (SELECT id FROM images.repository WHERE name = :name) AND digest = :digest
                            AND touched < clock_timestamp() - :every * interval '1 second'""")
                .bind("name", repository.text())
                .bind("digest", digest.toString())
                .bind("every", TOUCH_EVERY.toSeconds())
                .execute());
    }

    /** The size that a manifest of the repository says of a blob that has not come yet; -1 when none wants it. */
    public long wanted(RepositoryName repository, Digest digest) {
        return database.read(handle -> handle.createQuery("""
                        SELECT max(size) FROM images.manifest_wanted AS wanted
                            JOIN images.repository ON repository.id = wanted.repository
                        WHERE repository.name = :name AND wanted.blob = :blob HAVING count(*) > 0""")
                .bind("name", repository.text())
                .bind("blob", digest.toString())
                .mapTo(Long.class)
                .findOne()
                .orElse(-1L));
    }

    /**
     * Lets the repository hold what another one of the same mirror does, if a manifest of it wants that: who may read the one may
     * read the other.
     *
     * @return false when it does not come to hold it
     */
    public boolean share(RepositoryName repository, Digest digest) {
        if (wanted(repository, digest) < 0) {
            return false;
        }
        return database.write(handle -> {
            Long size = handle.createQuery("""
                            UPDATE images.blob SET touched = clock_timestamp()
                            WHERE digest = :digest AND NOT condemned AND NOT broken AND EXISTS (
                                SELECT FROM images.tenant_blob
                                WHERE tenant_blob.tenant = :mirror AND tenant_blob.digest = :digest)
                            RETURNING size""")
                    .bind("digest", digest.toString())
                    .bind("mirror", repository.tenant())
                    .mapTo(Long.class)
                    .findOne()
                    .orElse(null);
            if (size == null) {
                return false;
            }
            hold(handle, repository, digest, size);
            return true;
        });
    }

    /** The blob is in the store, whole and durable; the caller keeps others from deleting it meanwhile. */
    public void stored(RepositoryName repository, Digest digest, long size) {
        database.write(handle -> {
            BlobCatalog.present(handle, digest, size);
            hold(handle, repository, digest, size);
            return size;
        });
    }

    private static void hold(Handle handle, RepositoryName repository, Digest digest, long size) {
        long id = Repositories.ensured(handle, repository);
        lock(handle, id);
        Repositories.link(handle, id, repository.tenant(), digest, size);
        handle.createUpdate("""
                        WITH come AS (
                            DELETE FROM images.manifest_wanted WHERE repository = :repository AND blob = :blob
                            RETURNING manifest)
                        INSERT INTO images.manifest_blob (repository, manifest, blob)
                        SELECT :repository, manifest, :blob FROM come ON CONFLICT DO NOTHING""")
                .bind("repository", id)
                .bind("blob", digest.toString())
                .execute();
    }

    /** Some repositories of mirrors that hold the blob or want it. */
    public List<RepositoryName> knowing(Digest digest) {
        return database
                .read(handle -> handle.createQuery("""
                        SELECT name FROM images.repository WHERE position('.' IN tenant) > 0 AND (
                            EXISTS (SELECT FROM images.blob_link AS link
                                WHERE link.repository = repository.id AND link.digest = :digest)
                            OR EXISTS (SELECT FROM images.manifest_wanted AS wanted
                                WHERE wanted.repository = repository.id AND wanted.blob = :digest))
                        ORDER BY name LIMIT :most""")
                        .bind("digest", digest.toString())
                        .bind("most", KNOWING_MAX)
                        .mapTo(String.class)
                        .list())
                .stream()
                .map(RepositoryName::new)
                .toList();
    }

    /**
     * Lets go of what a mirror has, the manifests that nobody asked for for longest first, until it has at most so many bytes. What
     * no repository holds then is condemned: the collector's sweep deletes it.
     *
     * @param recent what was asked for within that time stays
     * @return manifests that went
     */
    public int evict(String mirror, long most, Duration recent) {
        int all = 0;
        while (true) {
            int some = database.writeMuch(handle -> evictSome(handle, mirror, most, recent));
            all += some;
            if (some < BATCH) {
                return all;
            }
        }
    }

    private record Row(long repository, String digest) {}

    private static int evictSome(Handle handle, String mirror, long most, Duration recent) {
        if (bytes(handle, mirror) <= most) {
            return 0;
        }
        List<Row> oldest = handle.createQuery("""
                        SELECT manifest.repository, manifest.digest FROM images.manifest
                            JOIN images.repository ON repository.id = manifest.repository
                        WHERE repository.tenant = :mirror
                            AND manifest.touched < clock_timestamp() - :recent * interval '1 millisecond'
                        ORDER BY manifest.touched, manifest.digest LIMIT :batch FOR UPDATE OF manifest SKIP LOCKED""")
                .bind("mirror", mirror)
                .bind("recent", recent.toMillis())
                .bind("batch", BATCH)
                .map((row, context) -> new Row(row.getLong(1), row.getString(2)))
                .list();
        int gone = 0;
        for (Row each : oldest) {
            if (bytes(handle, mirror) <= most) {
                break;
            }
            evict(handle, mirror, each);
            gone++;
        }
        return gone;
    }

    private static long bytes(Handle handle, String mirror) {
        return handle.createQuery("SELECT bytes FROM images.tenant WHERE name = :name")
                .bind("name", mirror)
                .mapTo(Long.class)
                .findOne()
                .orElse(0L);
    }

    private static void evict(Handle handle, String mirror, Row manifest) {
        List<String> blobs = handle.createQuery("""
                        SELECT digest FROM images.blob_link WHERE repository = :repository AND digest IN (
                            SELECT blob FROM images.manifest_blob
                            WHERE repository = :repository AND manifest = :manifest)
                        ORDER BY digest FOR UPDATE""")
                .bind("repository", manifest.repository)
                .bind("manifest", manifest.digest)
                .mapTo(String.class)
                .list();
        long bytes = handle.createQuery("""
                        DELETE FROM images.manifest WHERE repository = :repository AND digest = :manifest
                        RETURNING length(body)""")
                .bind("repository", manifest.repository)
                .bind("manifest", manifest.digest)
                .mapTo(Long.class)
                .one();
        Repositories.shrink(handle, mirror, bytes);
        List<String> unlinked = handle.createQuery("""
                        DELETE FROM images.blob_link AS link
                        WHERE repository = :repository AND digest = ANY (:blobs) AND NOT EXISTS (
                            SELECT FROM images.manifest_blob AS refers
                            WHERE refers.repository = :repository AND refers.blob = link.digest)
                        RETURNING digest""")
                .bind("repository", manifest.repository)
                .bind("blobs", CatalogDatabase.texts(blobs))
                .mapTo(String.class)
                .list();
        unlinked.forEach(each -> Repositories.unlinked(handle, mirror, each));
        List<String> locked = handle.createQuery(
                        "SELECT digest FROM images.blob WHERE digest = ANY (:digests) ORDER BY digest FOR UPDATE")
                .bind("digests", CatalogDatabase.texts(unlinked))
                .mapTo(String.class)
                .list();
        // With the row locked nobody can begin to hold it; somebody who did before the lock is seen now.
        handle.createUpdate("""
                        UPDATE images.blob SET condemned = true WHERE digest = ANY (:digests)
                            AND NOT EXISTS (SELECT FROM images.blob_link WHERE blob_link.digest = blob.digest)""").bind("digests", CatalogDatabase.texts(locked)).execute();
    }

    /** What a mirror takes, bytes. */
    public long bytes(String mirror) {
        return database.read(handle -> bytes(handle, mirror));
    }
}
