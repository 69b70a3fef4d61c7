package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.Descriptor;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Manifests and tags. Thread-safe. */
public final class ManifestCatalog {

    private final CatalogDatabase database;

    public ManifestCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /** A manifest as it was put. */
    public record Kept(Digest digest, String mediaType, byte[] body) {}

    /**
     * A manifest that is about another.
     *
     * @param size of its body, bytes
     */
    public record Referrer(
            Digest digest, String mediaType, long size, String artifactType, Map<String, String> annotations) {}

    /** A manifest refers to what the repository does not hold. */
    public static final class MissingException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String digest;

        MissingException(String digest) {
            super("the repository does not hold " + digest, null, false, false);
            this.digest = digest;
        }

        public String digest() {
            return digest;
        }
    }

    /** A manifest says another size of content than it has. */
    public static final class SizeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SizeException(String digest, long size) {
            super(digest + " has " + size + " bytes", null, false, false);
        }
    }

    /**
     * Keeps a manifest, and lets a tag mean it, in one step. All that it refers to is there when it is.
     *
     * @param tag absent: it is asked for by digest only
     * @return what the tag meant before, absent when nothing
     * @throws MissingException when the repository does not hold what it refers to
     * @throws SizeException when that has another size than it says
     * @throws ProblemException of kind QUOTA when the tenant has no room for it
     */
    public @Nullable Digest put(
            RepositoryName repository, Digest digest, Manifest manifest, byte[] body, Reference.@Nullable Tag tag) {
        String before = database.write(handle -> {
            long id = Repositories.ensured(handle, repository);
            List<String> blobs = requireBlobs(handle, id, manifest.blobs());
            requireManifests(handle, id, manifest.manifests());
            keep(handle, id, repository.tenant(), digest, manifest, body);
            refer(handle, "manifest_blob", "blob", id, digest, blobs);
            refer(
                    handle,
                    "manifest_child",
                    "child",
                    id,
                    digest,
                    manifest.manifests().stream()
                            .map(child -> child.digest().toString())
                            .distinct()
                            .toList());
            return tag == null ? "" : tag(handle, id, tag, digest);
        });
        return before.isEmpty() ? null : Digest.of(before);
    }

    /** The digests that are there to be referred to, now locked and young. In the order of digests, as everybody locks them. */
    private static List<String> requireBlobs(Handle handle, long repository, List<Descriptor> descriptors) {
        TreeMap<String, Descriptor> wanted = new TreeMap<>();
        for (Descriptor each : descriptors) {
            Descriptor other = wanted.putIfAbsent(each.digest().toString(), each);
            if (other != null && other.size() != each.size()) {
                throw new SizeException(each.digest().toString(), other.size());
            }
        }
        Map<String, Long> sizes = new HashMap<>();
        handle.createQuery("""
                        SELECT link.digest, blob.size FROM images.blob_link AS link
                            JOIN images.blob ON blob.digest = link.digest
                        WHERE link.repository = :repository AND link.digest = ANY (:digests)
                            AND NOT blob.condemned AND NOT blob.broken
                        ORDER BY link.digest FOR UPDATE OF link""")
                .bind("repository", repository)
                .bind("digests", CatalogDatabase.texts(wanted.keySet()))
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .forEach(each -> sizes.put(each.getKey(), each.getValue()));
        for (Descriptor each : wanted.values()) {
            Long size = sizes.get(each.digest().toString());
            if (size == null && !each.optional()) {
                throw new MissingException(each.digest().toString());
            }
            if (size != null && size != each.size()) {
                throw new SizeException(each.digest().toString(), size);
            }
        }
        // A collector that chose one of them before the lock looks at this again when it gets it.
        handle.createUpdate("""
                        UPDATE images.blob_link SET touched = clock_timestamp()
                        WHERE repository = :repository AND digest = ANY (:digests)""")
                .bind("repository", repository)
                .bind("digests", CatalogDatabase.texts(sizes.keySet()))
                .execute();
        return new ArrayList<>(new TreeSet<>(sizes.keySet()));
    }

    /** What an index lists is a manifest of the repository, or, as the specification allows, a blob of it. */
    private static void requireManifests(Handle handle, long repository, List<Descriptor> descriptors) {
        TreeMap<String, Descriptor> wanted = new TreeMap<>();
        descriptors.forEach(each -> wanted.put(each.digest().toString(), each));
        Map<String, Long> sizes = new HashMap<>();
        handle.createQuery("""
                        UPDATE images.manifest SET touched = clock_timestamp()
                        WHERE (repository, digest) IN (
                            SELECT repository, digest FROM images.manifest
                            WHERE repository = :repository AND digest = ANY (:digests) ORDER BY digest FOR UPDATE)
                        RETURNING digest, length(body)""")
                .bind("repository", repository)
                .bind("digests", CatalogDatabase.texts(wanted.keySet()))
                .map((row, context) -> Map.entry(row.getString(1), row.getLong(2)))
                .forEach(each -> sizes.put(each.getKey(), each.getValue()));
        List<Descriptor> others = new ArrayList<>();
        for (Descriptor each : wanted.values()) {
            Long size = sizes.get(each.digest().toString());
            if (size == null) {
                others.add(each);
            } else if (size != each.size()) {
                throw new SizeException(each.digest().toString(), size);
            }
        }
        if (!others.isEmpty()) {
            requireBlobs(handle, repository, others);
        }
    }

    static void keep(Handle handle, long repository, String tenant, Digest digest, Manifest manifest, byte[] body) {
        // One that is being collected just now: this waits, and makes it anew when it is gone.
        boolean made = handle.createQuery("""
                        INSERT INTO images.manifest
                            (repository, digest, media_type, artifact_type, annotations, subject, body, created, touched)
                        VALUES (:repository, :digest, :media, :artifact, :annotations, :subject, :body,
                            clock_timestamp(), clock_timestamp())
                        ON CONFLICT (repository, digest) DO UPDATE
                        SET touched = excluded.touched, media_type = excluded.media_type
                        RETURNING xmax = 0""")
                .bind("repository", repository)
                .bind("digest", digest.toString())
                .bind("media", manifest.mediaType())
                .bind("artifact", manifest.artifactType())
                .bind("annotations", Json.write(manifest.annotations()))
                .bind(
                        "subject",
                        manifest.subject() == null ? null : manifest.subject().toString())
                .bind("body", body)
                .mapTo(Boolean.class)
                .one();
        if (made) {
            Repositories.grow(handle, tenant, body.length);
        }
    }

    static void refer(
            Handle handle, String table, String column, long repository, Digest manifest, List<String> digests) {
        handle.createUpdate("INSERT INTO images." + table + " (repository, manifest, " + column + ")"
                        + " SELECT :repository, :manifest, unnest(:digests) ON CONFLICT DO NOTHING")
                .bind("repository", repository)
                .bind("manifest", manifest.toString())
                .bind("digests", CatalogDatabase.texts(digests))
                .execute();
    }

    /** Returns the digest that it meant before, empty when none. */
    static String tag(Handle handle, long repository, Reference.Tag tag, Digest digest) {
        return handle.createQuery("""
                        INSERT INTO images.tag (repository, name, manifest, updated)
                        VALUES (:repository, :name, :manifest, clock_timestamp())
                        ON CONFLICT (repository, name) DO UPDATE
                        SET manifest = excluded.manifest, updated = excluded.updated
                        RETURNING coalesce((SELECT before.manifest FROM images.tag AS before
                            WHERE before.repository = :repository AND before.name = :name), '')""")
                .bind("repository", repository)
                .bind("name", tag.name())
                .bind("manifest", digest.toString())
                .mapTo(String.class)
                .one();
    }

    /**
     * Lets a tag mean a manifest that is there.
     *
     * @return false when it is not
     */
    public boolean tag(RepositoryName repository, Reference.Tag tag, Digest digest) {
        return database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            if (id == null || !touched(handle, id, digest)) {
                return false;
            }
            tag(handle, id, tag, digest);
            return true;
        });
    }

    private static boolean touched(Handle handle, long repository, Digest digest) {
        return handle.createUpdate("""
                                UPDATE images.manifest SET touched = clock_timestamp()
                                WHERE repository = :repository AND digest = :digest""")
                        .bind("repository", repository)
                        .bind("digest", digest.toString())
                        .execute()
                == 1;
    }

    /** The manifest, or null. */
    public @Nullable Kept get(RepositoryName repository, Reference reference) {
        String sql = "SELECT manifest.digest, manifest.media_type, manifest.body FROM images.manifest"
                + " JOIN images.repository ON repository.id = manifest.repository"
                + switch (reference) {
                    case Reference.Tag _ ->
                        " JOIN images.tag ON tag.repository = manifest.repository AND tag.manifest = manifest.digest"
                                + " WHERE repository.name = :name AND tag.name = :reference";
                    case Reference.ByDigest _ -> " WHERE repository.name = :name AND manifest.digest = :reference";
                };
        return database.read(handle -> handle.createQuery(sql)
                        .bind("name", repository.text())
                        .bind("reference", reference.toString())
                        .map((row, context) -> new Kept(Digest.of(row.getString(1)), row.getString(2), row.getBytes(3)))
                        .findOne())
                .orElse(null);
    }

    /** Takes a tag away, or a manifest with all its tags; false when it is not there. */
    public boolean delete(RepositoryName repository, Reference reference) {
        return database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            if (id == null) {
                return false;
            }
            return switch (reference) {
                case Reference.Tag tag ->
                    handle.createUpdate("DELETE FROM images.tag WHERE repository = :repository AND name = :name")
                                    .bind("repository", id)
                                    .bind("name", tag.name())
                                    .execute()
                            == 1;
                case Reference.ByDigest by -> deleteManifest(handle, id, repository.tenant(), by.digest());
            };
        });
    }

    private static boolean deleteManifest(Handle handle, long repository, String tenant, Digest digest) {
        Long bytes = handle.createQuery("""
                        DELETE FROM images.manifest WHERE repository = :repository AND digest = :digest
                        RETURNING length(body)""")
                .bind("repository", repository)
                .bind("digest", digest.toString())
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        if (bytes == null) {
            return false;
        }
        Repositories.shrink(handle, tenant, bytes);
        return true;
    }

    /** Whether the repository holds anything, or lately did. */
    public boolean exists(RepositoryName repository) {
        return database.read(handle -> Repositories.id(handle, repository) != null);
    }

    /**
     * Tags in their order, at most so many.
     *
     * @param after the last one that the caller has; empty: from the first
     */
    public List<String> tags(RepositoryName repository, String after, int most) {
        return database.read(handle -> handle.createQuery("""
                        SELECT tag.name FROM images.tag JOIN images.repository ON repository.id = tag.repository
                        WHERE repository.name = :name AND tag.name > :after ORDER BY tag.name LIMIT :most""")
                .bind("name", repository.text())
                .bind("after", after)
                .bind("most", most)
                .mapTo(String.class)
                .list());
    }

    /**
     * Manifests about that one, in the order of their digests.
     *
     * @param artifactType only those of that type; absent: all
     * @param after the last digest that the caller has; empty: from the first
     */
    public List<Referrer> referrers(
            RepositoryName repository, Digest subject, @Nullable String artifactType, String after, int most) {
        return database.read(handle -> handle.createQuery("""
                        SELECT digest, media_type, length(body), artifact_type, annotations
                        FROM images.manifest JOIN images.repository ON repository.id = manifest.repository
                        WHERE repository.name = :name AND subject = :subject AND digest > :after
                            AND (CAST(:type AS text) IS NULL OR artifact_type = :type)
                        ORDER BY digest LIMIT :most""")
                .bind("name", repository.text())
                .bind("subject", subject.toString())
                .bind("after", after)
                .bind("type", artifactType)
                .bind("most", most)
                .map((row, context) -> new Referrer(
                        Digest.of(row.getString(1)),
                        row.getString(2),
                        row.getLong(3),
                        row.getString(4),
                        annotations(row.getString(5))))
                .list());
    }

    private static Map<String, String> annotations(String json) {
        Map<String, String> read = new TreeMap<>();
        Json.mapper()
                .readTree(json)
                .properties()
                .forEach(each -> read.put(each.getKey(), each.getValue().asString()));
        return read;
    }

    /**
     * A tag and what it means.
     *
     * @param size of the manifest and the blobs that it refers to, bytes
     */
    public record Tagged(String repository, String tag, String digest, String mediaType, long size, Instant updated) {}

    /**
     * Tags of repositories, in the order of both.
     *
     * @param tenants whose; empty: all
     * @param repository only of that one; absent: of all
     * @param afterRepository and {@code afterTag}: the last one that the caller has; empty: from the first
     */
    public List<Tagged> tagged(
            List<String> tenants, @Nullable String repository, String afterRepository, String afterTag, int most) {
        return database.read(handle -> handle.createQuery("""
                        SELECT repository.name, tag.name, tag.manifest, manifest.media_type, tag.updated,
                            length(manifest.body) + coalesce((
                                SELECT sum(blob.size) FROM images.manifest_blob AS refers
                                    JOIN images.blob ON blob.digest = refers.blob
                                WHERE refers.repository = tag.repository AND refers.manifest = tag.manifest), 0)
                        FROM images.tag JOIN images.repository ON repository.id = tag.repository
                            JOIN images.manifest
                                ON manifest.repository = tag.repository AND manifest.digest = tag.manifest
                        WHERE (cardinality(:tenants) = 0 OR repository.tenant = ANY (:tenants))
                            AND (CAST(:repository AS text) IS NULL OR repository.name = :repository)
                            AND (repository.name, tag.name) > (:afterRepository, :afterTag)
                        ORDER BY repository.name, tag.name LIMIT :most""")
                .bind("tenants", CatalogDatabase.texts(tenants))
                .bind("repository", repository)
                .bind("afterRepository", afterRepository)
                .bind("afterTag", afterTag)
                .bind("most", most)
                .map((row, context) -> new Tagged(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getLong(6),
                        row.getTimestamp(5).toInstant()))
                .list());
    }

    /** Names of repositories that have tags, in their order. */
    public List<String> repositories(List<String> tenants, String after, int most) {
        return database.read(handle -> handle.createQuery("""
                        SELECT name FROM images.repository
                        WHERE (cardinality(:tenants) = 0 OR tenant = ANY (:tenants)) AND name > :after
                            AND EXISTS (SELECT FROM images.tag WHERE tag.repository = repository.id)
                        ORDER BY name LIMIT :most""")
                .bind("tenants", CatalogDatabase.texts(tenants))
                .bind("after", after)
                .bind("most", most)
                .mapTo(String.class)
                .list());
    }
}
