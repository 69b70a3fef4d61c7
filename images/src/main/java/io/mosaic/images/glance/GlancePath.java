package io.mosaic.images.glance;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a path means to the Glance API. It shares {@code /v2/} with the registry; the two never mean the same path. A path of
 * the registry that begins with {@code images} has {@code manifests}, {@code blobs} or {@code referrers} behind its
 * repository's name, or ends with {@code tags/list}, and none of Glance's does: so an image cannot have the tag {@code list}.
 */
sealed interface GlancePath {

    /** {@code /}, {@code /versions}. */
    record Versions() implements GlancePath {}

    record Schema(String name) implements GlancePath {}

    /** {@code /v2/info/import} and {@code /v2/info/stores}. */
    record Discovery(String name) implements GlancePath {}

    record Images() implements GlancePath {}

    record Image(Id id) implements GlancePath {}

    record Data(Id id) implements GlancePath {}

    record Members(Id id) implements GlancePath {}

    record Member(Id id, String member) implements GlancePath {}

    record Tag(Id id, String tag) implements GlancePath {}

    record Action(Id id, boolean active) implements GlancePath {}

    /**
     * An image's id as it came.
     *
     * @param uuid absent when it is none, and so no image has it
     */
    record Id(String text, @Nullable UUID uuid) {
        static Id of(String text) {
            return new Id(text, canonical(text));
        }

        /** The UUID of that text, if it is written as UUIDs are; another text for the same one would be two names for one thing. */
        static @Nullable UUID canonical(String text) {
            try {
                UUID uuid = UUID.fromString(text);
                return uuid.toString().equals(text) ? uuid : null;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
    }

    /** The image that it is about; absent when it is about none. */
    default @Nullable UUID image() {
        return switch (this) {
            case Image path -> path.id().uuid();
            case Data path -> path.id().uuid();
            case Members path -> path.id().uuid();
            case Member path -> path.id().uuid();
            case Tag path -> path.id().uuid();
            case Action path -> path.id().uuid();
            case Versions _, Schema _, Discovery _, Images _ -> null;
        };
    }

    /** Reads one; null when it is not Glance's. */
    static @Nullable GlancePath parse(String rawPath) {
        String path =
                rawPath.length() > 1 && rawPath.endsWith("/") ? rawPath.substring(0, rawPath.length() - 1) : rawPath;
        if (path.equals("/") || path.equals("/versions")) {
            return new Versions();
        }
        List<String> parts = Arrays.asList(path.split("/", 8));
        if (parts.size() < 3 || !parts.get(1).equals("v2")) {
            return null;
        }
        List<String> rest = parts.subList(3, parts.size());
        return switch (parts.get(2)) {
            case "images" -> images(rest);
            case "schemas" -> rest.size() == 1 ? new Schema(rest.getFirst()) : null;
            case "info" -> rest.size() == 1 ? new Discovery(rest.getFirst()) : null;
            default -> null;
        };
    }

    private static @Nullable GlancePath images(List<String> rest) {
        if (rest.isEmpty()) {
            return new Images();
        }
        Id id = Id.of(decoded(rest.getFirst()));
        String what = rest.size() > 1 ? rest.get(1) : "";
        if (rest.size() == 1) {
            return new Image(id);
        }
        if (rest.size() == 2) {
            return switch (what) {
                case "file" -> new Data(id);
                case "members" -> new Members(id);
                default -> null;
            };
        }
        String last = rest.get(2);
        return rest.size() > 3
                ? null
                : switch (what) {
                    case "members" -> new Member(id, decoded(last));
                    case "tags" -> last.equals("list") ? null : new Tag(id, decoded(last));
                    case "actions" -> action(id, last);
                    default -> null;
                };
    }

    private static @Nullable GlancePath action(Id id, String word) {
        return switch (word) {
            case "deactivate" -> new Action(id, false);
            case "reactivate" -> new Action(id, true);
            default -> null;
        };
    }

    private static String decoded(String raw) {
        try {
            return URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new GlanceError(400, "the path is not well-formed");
        }
    }
}
