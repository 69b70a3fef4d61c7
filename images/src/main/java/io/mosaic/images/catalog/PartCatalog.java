package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The images of the Glance API that are derived from manifests. Thread-safe. */
public final class PartCatalog {

    private static final int BATCH = 200;

    private final CatalogDatabase database;

    public PartCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /**
     * A layer of a manifest, or its configuration.
     *
     * @param id of the derived image
     * @param parent the one below it
     * @param size of the blob, bytes
     */
    public record Part(
            UUID id,
            @Nullable UUID parent,
            String name,
            Digest blob,
            long size,
            String mediaType,
            Map<String, String> properties) {
        public Part {
            properties = Map.copyOf(properties);
        }
    }

    /** A manifest whose parts were not looked at yet. */
    public record Unparted(RepositoryName repository, Digest manifest, String mediaType, byte[] body) {}

    /** Some of those, in their order, behind that one. */
    public List<Unparted> unparted(String afterRepository, String afterManifest) {
        return database.read(handle -> handle.createQuery("""
                        SELECT repository.name, manifest.digest, manifest.media_type, manifest.body
                        FROM images.manifest JOIN images.repository ON repository.id = manifest.repository
                        -- What is mirrored refers to content that its repository may not hold, so it may not be read.
                        WHERE NOT manifest.parted AND position('.' IN repository.tenant) = 0
                            AND (repository.name, manifest.digest) > (:afterRepository, :afterManifest)
                        ORDER BY repository.name, manifest.digest LIMIT :batch""")
                .bind("afterRepository", afterRepository)
                .bind("afterManifest", afterManifest)
                .bind("batch", BATCH)
                .map((row, context) -> new Unparted(
                        new RepositoryName(row.getString(1)),
                        Digest.of(row.getString(2)),
                        row.getString(3),
                        row.getBytes(4)))
                .list());
    }

    /**
     * Keeps what a manifest consists of; nothing when the manifest is gone.
     *
     * @param parts from the lowest layer up, the configuration last; none: it is no container image
     */
    public void put(RepositoryName repository, Digest manifest, List<Part> parts) {
        database.write(handle -> {
            Long id = Repositories.id(handle, repository);
            if (id == null) {
                return 0;
            }
            int there = handle.createUpdate("""
                            UPDATE images.manifest SET parted = true
                            WHERE repository = :repository AND digest = :manifest AND NOT parted""")
                    .bind("repository", id)
                    .bind("manifest", manifest.toString())
                    .execute();
            return there == 0 ? 0 : put(handle, id, repository.tenant(), manifest, parts);
        });
    }

    private static int put(Handle handle, long repository, String tenant, Digest manifest, List<Part> parts) {
        // In the order of ids, as everybody locks them: layers are shared by many images. A row that is there is
        // written all the
        // same, so that a collector which found it unused leaves it.
        for (Part each : parts.stream()
                .sorted((one, other) -> one.id().toString().compareTo(other.id().toString()))
                .toList()) {
            handle.createUpdate("""
                            INSERT INTO images.glance_image (id, tenant, derived, name, status, visibility, disk_format,
                                container_format, checksum, protected, min_disk, min_ram, hidden, parent, properties,
                                tags, created, updated)
                            VALUES (:id, :tenant, true, :name, 'active', 'private', 'raw', 'docker', '', true, 0, 0, false,
                                CAST(:parent AS uuid), CAST(:properties AS jsonb), '{}', clock_timestamp(), clock_timestamp())
                            ON CONFLICT (id, tenant) DO UPDATE SET derived = true""")
                    .bind("id", each.id)
                    .bind("tenant", tenant)
                    .bind("name", each.name)
                    .bind("parent", Objects.toString(each.parent, null))
                    .bind("properties", Json.write(each.properties))
                    .execute();
        }
        int place = 0;
        for (Part each : parts) {
            handle.createUpdate("""
                            INSERT INTO images.image_part
                                (repository, manifest, place, id, tenant, blob, size, media_type)
                            VALUES (:repository, :manifest, :place, :id, :tenant, :blob, :size, :media)""")
                    .bind("repository", repository)
                    .bind("manifest", manifest.toString())
                    .bind("place", place++)
                    .bind("id", each.id)
                    .bind("tenant", tenant)
                    .bind("blob", each.blob.toString())
                    .bind("size", each.size)
                    .bind("media", each.mediaType)
                    .execute();
        }
        return place;
    }
}
