package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An image as the Glance API has it.
 *
 * @param tenant its owner
 * @param derived whether it stands for a layer or an image of the owner's repositories; such a one is changed by nobody
 * @param content absent until it has come whole
 */
public record GlanceImage(
        UUID id,
        String tenant,
        boolean derived,
        Status status,
        About about,
        @Nullable Content content,
        Instant created,
        Instant updated) {

    /** Where it stands. */
    public enum Status {
        /** Its content is to come. */
        QUEUED,
        /** Its content is coming. */
        SAVING,
        ACTIVE,
        /** Its content is given to nobody for now. */
        DEACTIVATED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Who sees it. */
    public enum Visibility {
        /** Its owner. */
        PRIVATE,
        /** Its owner, and the tenants that are members of it. */
        SHARED,
        /** Everybody who asks for it; it is in the lists of its owner alone. */
        COMMUNITY,
        PUBLIC;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What people say of it.
     *
     * @param name empty: none
     * @param diskFormat of its content; empty: not said yet
     * @param containerFormat empty: not said yet
     * @param guarded whether it cannot be deleted
     * @param minDisk GiB that a machine made from it needs
     * @param minRam MiB that a machine made from it needs
     * @param hidden whether lists leave it out
     * @param parent the layer below it, or the image that it was made from
     */
    public record About(
            String name,
            Visibility visibility,
            String diskFormat,
            String containerFormat,
            boolean guarded,
            int minDisk,
            int minRam,
            boolean hidden,
            @Nullable UUID parent,
            SortedMap<String, String> properties,
            List<String> tags) {

        public About {
            properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
            tags = List.copyOf(tags);
        }

        /** The same with more properties. */
        public About with(Map<String, String> more) {
            SortedMap<String, String> all = new TreeMap<>(properties);
            all.putAll(more);
            return new About(
                    name, visibility, diskFormat, containerFormat, guarded, minDisk, minRam, hidden, parent, all, tags);
        }

        /** The same with other tags. */
        public About tagged(List<String> others) {
            return new About(
                    name,
                    visibility,
                    diskFormat,
                    containerFormat,
                    guarded,
                    minDisk,
                    minRam,
                    hidden,
                    parent,
                    properties,
                    others);
        }
    }

    /**
     * What it consists of.
     *
     * @param repository that holds it
     * @param size bytes
     * @param virtualSize bytes that a disk made from it has; absent where that is not known
     * @param checksum MD5, hex; empty where nobody asked for it
     */
    public record Content(
            RepositoryName repository,
            Digest digest,
            long size,
            @Nullable Long virtualSize,
            String checksum) {}

    /**
     * A tenant that an image is shared with.
     *
     * @param status pending, accepted or rejected, as the member says
     */
    public record Member(UUID image, String member, String status, Instant created, Instant updated) {}

    /**
     * Who looks.
     *
     * @param tenants that it may act for; empty: all
     */
    public record Reader(List<String> tenants) {
        public Reader {
            tenants = List.copyOf(tenants);
        }
    }
}
