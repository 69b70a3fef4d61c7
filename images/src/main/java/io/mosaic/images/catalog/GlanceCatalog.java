package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.GlanceImage.About;
import io.mosaic.images.catalog.GlanceImage.Content;
import io.mosaic.images.catalog.GlanceImage.Reader;
import io.mosaic.images.catalog.GlanceImage.Status;
import io.mosaic.images.catalog.GlanceImage.Visibility;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Images as the Glance API has them: those that came by it, and, derived from manifests, one for each layer and each image of a
 * tenant's repositories. What may be done by whom is not asked here, but for what a reader sees. Thread-safe.
 */
public final class GlanceCatalog {

    /** With a derived image comes the first of the owner's manifests that has it; without any it is not there for anybody. */
    private static final String SEEN = " " + """
            FROM images.glance_image AS image LEFT JOIN LATERAL (
                SELECT one.blob, one.size, one.media_type, repository.name
                FROM images.image_part AS one JOIN images.repository ON repository.id = one.repository
                WHERE one.id = image.id AND one.tenant = image.tenant
                ORDER BY one.repository, one.manifest LIMIT 1) AS part ON image.derived
            WHERE (NOT image.derived OR part.blob IS NOT NULL) AND\s""";

    private static final String COLUMNS = "SELECT image.*, part.blob AS part_blob, part.size AS part_size,"
            + " part.name AS part_name, part.media_type AS part_media";

    private final CatalogDatabase database;

    public GlanceCatalog(CatalogDatabase database) {
        this.database = database;
    }

    /** There is an image of that id. */
    public static final class ExistsException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ExistsException(UUID id) {
            super("there is an image " + id, null, false, false);
        }
    }

    private static GlanceImage image(ResultSet row) throws SQLException {
        boolean derived = row.getBoolean("derived");
        String tenant = row.getString("tenant");
        String partName = row.getString("part_name");
        SortedMap<String, String> properties = properties(row.getString("properties"));
        if (partName != null) {
            properties.put("docker_repository", partName);
            properties.put("docker_media_type", row.getString("part_media"));
        }
        About about = new About(
                row.getString("name"),
                Visibility.valueOf(row.getString("visibility").toUpperCase(Locale.ROOT)),
                row.getString("disk_format"),
                row.getString("container_format"),
                row.getBoolean("protected"),
                row.getInt("min_disk"),
                row.getInt("min_ram"),
                row.getBoolean("hidden"),
                row.getObject("parent", UUID.class),
                properties,
                List.of((String[]) row.getArray("tags").getArray()));
        return new GlanceImage(
                row.getObject("id", UUID.class),
                tenant,
                derived,
                Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
                about,
                content(row, tenant, derived, partName),
                instant(row, "created"),
                instant(row, "updated"));
    }

    private static @Nullable Content content(ResultSet row, String tenant, boolean derived, @Nullable String partName)
            throws SQLException {
        if (derived && partName != null) {
            return new Content(
                    new RepositoryName(partName),
                    Digest.of(row.getString("part_blob")),
                    row.getLong("part_size"),
                    null,
                    "");
        }
        String digest = row.getString("digest");
        return digest == null
                ? null
                : new Content(
                        RepositoryName.ofGlance(tenant),
                        Digest.of(digest),
                        row.getLong("size"),
                        row.getObject("virtual_size", Long.class),
                        row.getString("checksum"));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static SortedMap<String, String> properties(String json) {
        SortedMap<String, String> read = new TreeMap<>();
        Json.mapper()
                .readTree(json)
                .properties()
                .forEach(each -> read.put(each.getKey(), each.getValue().asString()));
        return read;
    }

    /**
     * Makes one whose content is to come.
     *
     * @param most images that the tenant may have, derived ones not counted
     * @throws ExistsException when there is one of that id
     * @throws ProblemException of kind QUOTA when the tenant has that many
     */
    public void create(UUID id, String tenant, About about, int most) {
        database.write(handle -> {
            handle.createUpdate("INSERT INTO images.tenant (name) VALUES (:tenant) ON CONFLICT DO NOTHING")
                    .bind("tenant", tenant)
                    .execute();
            long has = handle.createQuery(
                            "SELECT count(*) FROM images.glance_image WHERE tenant = :tenant AND NOT derived")
                    .bind("tenant", tenant)
                    .mapTo(Long.class)
                    .one();
            if (has >= most) {
                throw new ProblemException(
                        Problem.Kind.QUOTA, "tenant " + tenant + " has as many images as allowed: " + most);
            }
            int made = handle.createUpdate("""
                            INSERT INTO images.glance_image (id, tenant, derived, name, status, visibility, disk_format,
                                container_format, checksum, protected, min_disk, min_ram, hidden, parent, properties, tags,
                                created, updated)
                            SELECT :id, :tenant, false, :name, 'queued', :visibility, :disk, :container, '', :guarded,
                                :minDisk, :minRam, :hidden, CAST(:parent AS uuid), CAST(:properties AS jsonb), :tags,
                                clock_timestamp(), clock_timestamp()
                            WHERE NOT EXISTS (SELECT FROM images.glance_image WHERE id = :id)
                            ON CONFLICT DO NOTHING""")
                    .bind("id", id)
                    .bind("tenant", tenant)
                    .bindMap(columns(about))
                    .bind("parent", Objects.toString(about.parent(), null))
                    .bind("tags", CatalogDatabase.texts(about.tags()))
                    .execute();
            if (made == 0) {
                throw new ExistsException(id);
            }
            return made;
        });
    }

    private static Map<String, Object> columns(About about) {
        return Map.of(
                "name", about.name(),
                "visibility", about.visibility().word(),
                "disk", about.diskFormat(),
                "container", about.containerFormat(),
                "guarded", about.guarded(),
                "minDisk", about.minDisk(),
                "minRam", about.minRam(),
                "hidden", about.hidden(),
                "properties", Json.write(about.properties()));
    }

    /** The image of that id, if the reader may see it; else null. */
    public @Nullable GlanceImage find(Reader reader, UUID id) {
        GlanceQuery query = new GlanceQuery();
        query.whereId(id);
        query.visible(reader);
        List<GlanceImage> found = database.look(handle -> select(handle, query, 1));
        return found.isEmpty() ? null : found.getFirst();
    }

    private static List<GlanceImage> select(Handle handle, GlanceQuery query, int most) {
        return handle.createQuery(COLUMNS + SEEN + query.conditions() + " ORDER BY " + query.orderBy() + " LIMIT :most")
                .bindMap(query.values())
                .bind("most", most)
                .map((row, context) -> image(row))
                .list();
    }

    /**
     * Images that the reader may see and asks for, at most so many.
     *
     * @return null when the marker is none of them
     */
    public @Nullable List<GlanceImage> list(Reader reader, GlanceQuery query, int most) {
        UUID marker = query.marker();
        if (marker != null) {
            List<Object> last = position(reader, query, marker);
            if (last.isEmpty()) {
                return null;
            }
            query.after(last);
        }
        query.visible(reader);
        return database.look(handle -> select(handle, query, most));
    }

    /** What an image has in each column of the order; empty when the reader sees no such one. */
    private List<Object> position(Reader reader, GlanceQuery query, UUID id) {
        GlanceQuery one = new GlanceQuery();
        one.whereId(id);
        one.visible(reader);
        String columns = String.join(
                ", ", query.orders().stream().map(each -> each.field().sql()).toList());
        return database.look(handle -> handle.createQuery("SELECT " + columns + SEEN + one.conditions())
                .bindMap(one.values())
                .map((row, context) -> {
                    List<Object> read = new ArrayList<>();
                    for (int i = 1; i <= query.orders().size(); i++) {
                        read.add(value(row, i));
                    }
                    return read;
                })
                .findFirst()
                .orElse(List.of()));
    }

    private static Object value(ResultSet row, int column) throws SQLException {
        return row.getMetaData().getColumnTypeName(column).equals("timestamptz")
                ? row.getObject(column, OffsetDateTime.class)
                : row.getObject(column);
    }

    /**
     * Changes what is said of an image that came by the API.
     *
     * @param change may be asked more than once, and may throw
     * @return null when there is none
     */
    public @Nullable GlanceImage change(UUID id, UnaryOperator<GlanceImage> change) {
        Optional<GlanceImage> changed = database.write(handle -> {
            GlanceImage found = locked(handle, id);
            if (found == null) {
                return Optional.empty();
            }
            GlanceImage next = change.apply(found);
            About about = next.about();
            handle.createUpdate("""
                            UPDATE images.glance_image SET name = :name, status = :status, visibility = :visibility,
                                disk_format = :disk, container_format = :container, protected = :guarded,
                                min_disk = :minDisk, min_ram = :minRam, hidden = :hidden, parent = CAST(:parent AS uuid),
                                properties = CAST(:properties AS jsonb), tags = :tags, updated = clock_timestamp()
                            WHERE id = :id AND NOT derived""")
                    .bind("id", id)
                    .bind("status", next.status().word())
                    .bindMap(columns(about))
                    .bind("parent", Objects.toString(about.parent(), null))
                    .bind("tags", CatalogDatabase.texts(about.tags()))
                    .execute();
            return Optional.ofNullable(locked(handle, id));
        });
        return changed.orElse(null);
    }

    private static @Nullable GlanceImage locked(Handle handle, UUID id) {
        boolean there = handle.createQuery(
                        "SELECT true FROM images.glance_image WHERE id = :id AND NOT derived FOR UPDATE")
                .bind("id", id)
                .mapTo(Boolean.class)
                .findOne()
                .isPresent();
        if (!there) {
            return null;
        }
        GlanceQuery one = new GlanceQuery();
        one.whereId(id);
        return select(handle, one, 1).getFirst();
    }

    /**
     * An upload begins to bring an image's content.
     *
     * @return false when it is not waiting for any
     */
    public boolean begin(UUID id, UUID upload) {
        return 1
                == database.write(handle -> handle.createUpdate("""
                                UPDATE images.glance_image SET status = 'saving', upload = :upload,
                                    updated = clock_timestamp()
                                WHERE id = :id AND NOT derived AND status IN ('queued', 'saving')
                                    AND (status = 'queued' OR upload = :upload)""")
                        .bind("id", id)
                        .bind("upload", upload)
                        .execute());
    }

    /**
     * What is known of an image's content once it has come whole.
     *
     * @param checksum MD5, hex
     * @param ready whether the image can be used; else it is saved on, until {@link #ready}
     */
    public record Come(@Nullable Long virtualSize, String checksum, boolean ready) {}

    /** The rows by which an image has the content that an upload brought. */
    public Referral has(UUID id, UUID upload, Come come) {
        return new Referral((handle, repository, digest, size) -> {
            int kept = handle.createUpdate("""
                            UPDATE images.glance_image SET repository = :repository, digest = :digest, size = :size,
                                virtual_size = :virtual, checksum = :checksum, status = :status,
                                updated = clock_timestamp()
                            WHERE id = :id AND NOT derived AND status = 'saving' AND upload = :upload""")
                    .bind("id", id)
                    .bind("upload", upload)
                    .bind("repository", repository)
                    .bind("digest", digest.toString())
                    .bind("size", size)
                    .bind("virtual", come.virtualSize())
                    .bind("checksum", come.checksum())
                    .bind("status", come.ready() ? Status.ACTIVE.word() : Status.SAVING.word())
                    .execute();
            if (kept == 0) {
                throw new Referral.GoneException("the image was deleted while its content came");
            }
        });
    }

    /**
     * An image whose content is there can be used from now on.
     *
     * @param more properties that say what was found of it
     */
    public void ready(UUID id, UUID upload, Map<String, String> more) {
        int kept = database.write(handle -> handle.createUpdate("""
                        UPDATE images.glance_image SET status = 'active', updated = clock_timestamp(),
                            properties = properties || CAST(:more AS jsonb)
                        WHERE id = :id AND NOT derived AND status IN ('saving', 'active') AND upload = :upload""")
                .bind("id", id)
                .bind("upload", upload)
                .bind("more", Json.write(more))
                .execute());
        if (kept == 0) {
            throw new Referral.GoneException("the image was deleted while its content came");
        }
    }

    private record Held(long repository, String digest) {}

    /** An image whose content did not come after all waits for it again. */
    public void failed(UUID id, UUID upload) {
        database.write(handle -> {
            List<Held> held = held(handle, "id = :id AND upload = :id2 AND status = 'saving'", id, upload);
            handle.createUpdate("""
                            UPDATE images.glance_image SET status = 'queued', repository = NULL, digest = NULL, size = NULL,
                                virtual_size = NULL, checksum = '', upload = NULL, updated = clock_timestamp()
                            WHERE id = :id AND upload = :upload AND status = 'saving'""").bind("id", id).bind("upload", upload).execute();
            held.forEach(each -> release(handle, each));
            return held.size();
        });
    }

    /** An image whose content comes by an upload. */
    public record Saving(UUID image, String tenant, UUID upload) {}

    /** Those that are saved now, or were when an earlier process ended. */
    public List<Saving> saving() {
        return database.look(handle -> handle.createQuery("""
                        SELECT id, tenant, upload FROM images.glance_image
                        WHERE status = 'saving' AND upload IS NOT NULL ORDER BY id""")
                .map((row, context) ->
                        new Saving(row.getObject(1, UUID.class), row.getString(2), row.getObject(3, UUID.class)))
                .list());
    }

    private static List<Held> held(Handle handle, String where, UUID id, UUID other) {
        return handle.createQuery(
                        "SELECT repository, digest FROM images.glance_image WHERE NOT derived AND digest IS NOT NULL AND "
                                + where + " FOR UPDATE")
                .bind("id", id)
                .bind("id2", other)
                .map((row, context) -> new Held(row.getLong(1), row.getString(2)))
                .list();
    }

    /** The owner's repository lets go of a blob that none of its images needs any more. */
    private static void release(Handle handle, Held held) {
        boolean there = handle.createQuery(
                        "SELECT true FROM images.blob_link WHERE repository = :repository AND digest = :digest FOR UPDATE")
                .bind("repository", held.repository)
                .bind("digest", held.digest)
                .mapTo(Boolean.class)
                .findOne()
                .isPresent();
        if (!there || Repositories.referred(handle, held.repository, held.digest)) {
            return;
        }
        String tenant = handle.createQuery("SELECT tenant FROM images.repository WHERE id = :repository")
                .bind("repository", held.repository)
                .mapTo(String.class)
                .one();
        handle.createUpdate("DELETE FROM images.blob_link WHERE repository = :repository AND digest = :digest")
                .bind("repository", held.repository)
                .bind("digest", held.digest)
                .execute();
        Repositories.unlinked(handle, tenant, held.digest);
    }

    /** What came of deleting an image. */
    public enum Deleted {
        DONE,
        ABSENT,
        /** It is protected. */
        GUARDED,
        /** Images of the same owner lie on top of it. */
        PARENT
    }

    /** Deletes one that came by the API. */
    public Deleted delete(UUID id) {
        return database.write(handle -> {
            GlanceImage found = locked(handle, id);
            if (found == null) {
                return Deleted.ABSENT;
            }
            if (found.about().guarded()) {
                return Deleted.GUARDED;
            }
            boolean parent = handle.createQuery("""
                            SELECT EXISTS (SELECT FROM images.glance_image
                            WHERE parent = :id AND tenant = :tenant AND NOT derived)""")
                    .bind("id", id)
                    .bind("tenant", found.tenant())
                    .mapTo(Boolean.class)
                    .one();
            if (parent) {
                return Deleted.PARENT;
            }
            List<Held> held = held(handle, "id = :id AND id = :id2", id, id);
            handle.createUpdate("DELETE FROM images.glance_image WHERE id = :id AND NOT derived")
                    .bind("id", id)
                    .execute();
            held.forEach(each -> release(handle, each));
            return Deleted.DONE;
        });
    }

    /**
     * Shares an image with a tenant.
     *
     * @param most members that it may have
     * @return null when it is shared with that one already
     * @throws ProblemException of kind QUOTA when it has that many
     */
    public GlanceImage.@Nullable Member share(GlanceImage image, String member, int most) {
        Optional<GlanceImage.Member> shared = database.write(handle -> {
            if (locked(handle, image.id()) == null) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "no image " + image.id());
            }
            if (members(handle, image.id()).size() >= most) {
                throw new ProblemException(Problem.Kind.QUOTA, "an image has at most " + most + " members");
            }
            int made = handle.createUpdate("""
                            INSERT INTO images.glance_member (image, tenant, member, status, created, updated)
                            VALUES (:image, :tenant, :member, 'pending', clock_timestamp(), clock_timestamp())
                            ON CONFLICT DO NOTHING""")
                    .bind("image", image.id())
                    .bind("tenant", image.tenant())
                    .bind("member", member)
                    .execute();
            return members(handle, image.id()).stream()
                    .filter(each -> made == 1 && each.member().equals(member))
                    .findFirst();
        });
        return shared.orElse(null);
    }

    /** With whom an image is shared. */
    public List<GlanceImage.Member> members(UUID image) {
        return database.look(handle -> members(handle, image));
    }

    private static List<GlanceImage.Member> members(Handle handle, UUID image) {
        return handle.createQuery("""
                        SELECT image, member, status, created, updated FROM images.glance_member
                        WHERE image = :image ORDER BY member""")
                .bind("image", image)
                .map((row, context) -> new GlanceImage.Member(
                        row.getObject("image", UUID.class),
                        row.getString("member"),
                        row.getString("status"),
                        instant(row, "created"),
                        instant(row, "updated")))
                .list();
    }

    /** What a member says of being one; false when it is none. */
    public boolean answer(UUID image, String member, String status) {
        return 1
                == database.write(handle -> handle.createUpdate("""
                                UPDATE images.glance_member SET status = :status, updated = clock_timestamp()
                                WHERE image = :image AND member = :member""")
                        .bind("image", image)
                        .bind("member", member)
                        .bind("status", status)
                        .execute());
    }

    /** Shares an image with a tenant no longer; false when it was not. */
    public boolean unshare(UUID image, String member) {
        return 1
                == database.write(handle -> handle.createUpdate(
                                "DELETE FROM images.glance_member WHERE image = :image AND member = :member")
                        .bind("image", image)
                        .bind("member", member)
                        .execute());
    }
}
