package io.mosaic.images.glance;

import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceQuery;
import io.mosaic.images.catalog.GlanceQuery.Comparison;
import io.mosaic.images.catalog.GlanceQuery.Field;
import io.mosaic.images.catalog.GlanceQuery.Order;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a list is asked for: filters, order, page. */
final class ListQuery {

    /** As Glance has them. */
    private static final int LIMIT_USUAL = 25;

    private static final int LIMIT_MAX = 1000;

    private static final int FILTERS_MAX = 64;

    private static final Map<String, Field> TEXTS = Map.of(
            "name", Field.NAME,
            "status", Field.STATUS,
            "owner", Field.OWNER,
            "disk_format", Field.DISK_FORMAT,
            "container_format", Field.CONTAINER_FORMAT,
            "checksum", Field.CHECKSUM,
            "os_hash_value", Field.HASH,
            "docker_repository", Field.REPOSITORY,
            "id", Field.ID);

    private static final Map<String, Field> SORTED = Map.of(
            "name", Field.NAME,
            "status", Field.STATUS,
            "container_format", Field.CONTAINER_FORMAT,
            "disk_format", Field.DISK_FORMAT,
            "size", Field.SIZE,
            "id", Field.ID,
            "created_at", Field.CREATED,
            "updated_at", Field.UPDATED);

    private static final Set<String> PAGING =
            Set.of("limit", "marker", "sort", "sort_key", "sort_dir", "member_status");

    private final GlanceQuery query = new GlanceQuery();
    private final int limit;
    private final Map<String, List<String>> given;

    /**
     * Reads one.
     *
     * @param given the call's query
     * @throws GlanceError naming what is wrong
     */
    ListQuery(Map<String, List<String>> given, GlanceImage.Reader reader) {
        this.given = given;
        if (given.values().stream().mapToInt(List::size).sum() > FILTERS_MAX) {
            throw new GlanceError(400, "at most " + FILTERS_MAX + " filters");
        }
        this.limit = Math.min(LIMIT_MAX, number("limit", first("limit"), LIMIT_USUAL));
        String marker = first("marker");
        if (marker != null) {
            query.after(uuid("marker", marker));
        }
        visibility(reader);
        if (!given.containsKey("os_hidden")) {
            query.where(Field.HIDDEN, Comparison.EQUAL, false);
        }
        given.forEach((name, values) -> values.forEach(value -> filter(name, value)));
        order();
    }

    private @Nullable String first(String name) {
        List<String> values = given.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.getFirst();
    }

    private void visibility(GlanceImage.Reader reader) {
        String visibility = first("visibility");
        String member = first("member_status");
        String status = member == null ? "accepted" : member;
        if (!Set.of("accepted", "pending", "rejected", "all").contains(status)) {
            throw new GlanceError(400, "member_status must be accepted, pending, rejected or all");
        }
        if (visibility == null || visibility.equals("shared") || visibility.equals("private")) {
            query.usual(reader, status);
        }
        if (visibility != null && !visibility.equals("all")) {
            if (!Set.of("public", "private", "shared", "community").contains(visibility)) {
                throw new GlanceError(400, "visibility must be public, private, shared, community or all");
            }
            query.where(Field.VISIBILITY, Comparison.EQUAL, visibility);
        }
    }

    private void filter(String name, String value) {
        if (PAGING.contains(name) || name.equals("visibility")) {
            return;
        }
        Field text = TEXTS.get(name);
        if (text != null) {
            text(name, text, value);
            return;
        }
        switch (name) {
            case "min_ram" -> query.where(Field.MIN_RAM, Comparison.EQUAL, number(name, value, 0));
            case "min_disk" -> query.where(Field.MIN_DISK, Comparison.EQUAL, number(name, value, 0));
            case "size_min" -> query.where(Field.SIZE, Comparison.AT_LEAST, size(name, value));
            case "size_max" -> query.where(Field.SIZE, Comparison.AT_MOST, size(name, value));
            case "protected" -> query.where(Field.PROTECTED, Comparison.EQUAL, flag(name, value));
            case "os_hidden" -> query.where(Field.HIDDEN, Comparison.EQUAL, flag(name, value));
            case "tag" -> query.whereTag(value);
            case "parent_id" -> query.whereParent(uuid(name, value));
            case "created_at" -> time(Field.CREATED, value);
            case "updated_at" -> time(Field.UPDATED, value);
            default -> query.whereProperty(name, value);
        }
    }

    private void text(String name, Field field, String value) {
        if (value.startsWith("in:")) {
            query.whereAny(field, Arrays.asList(value.substring("in:".length()).split(",", FILTERS_MAX)));
        } else if (field == Field.ID) {
            query.whereId(uuid(name, value));
        } else {
            query.where(field, Comparison.EQUAL, value);
        }
    }

    /** {@code gt:2026-01-01T00:00:00Z}, or with no word before it. */
    private void time(Field field, String value) {
        int colon = value.indexOf(':');
        Comparison comparison = colon < 0 ? null : comparison(value.substring(0, colon));
        String time = comparison == null ? value : value.substring(colon + 1);
        query.where(field, comparison == null ? Comparison.EQUAL : comparison, time(time));
    }

    private static @Nullable Comparison comparison(String word) {
        return switch (word) {
            case "eq" -> Comparison.EQUAL;
            case "neq" -> Comparison.OTHER;
            case "lt" -> Comparison.LESS;
            case "lte" -> Comparison.AT_MOST;
            case "gt" -> Comparison.MORE;
            case "gte" -> Comparison.AT_LEAST;
            default -> null;
        };
    }

    private static OffsetDateTime time(String text) {
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeParseException e) {
            try {
                return LocalDateTime.parse(text).atOffset(ZoneOffset.UTC);
            } catch (DateTimeParseException again) {
                throw new GlanceError(400, "a time is written as 2026-01-31T12:00:00Z");
            }
        }
    }

    private static UUID uuid(String name, String text) {
        UUID uuid = GlancePath.Id.canonical(text);
        if (uuid == null) {
            throw new GlanceError(400, name + " must be the UUID of an image");
        }
        return uuid;
    }

    private static int number(String name, @Nullable String text, int usual) {
        if (text == null) {
            return usual;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw new GlanceError(400, name + " must be a number of at most 9 digits");
        }
        return Integer.parseInt(text);
    }

    private static long size(String name, String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new GlanceError(400, name + " must be a number of at most 18 digits");
        }
        return Long.parseLong(text);
    }

    private static boolean flag(String name, String text) {
        return switch (text) {
            case "true", "True" -> true;
            case "false", "False" -> false;
            default -> throw new GlanceError(400, name + " must be true or false");
        };
    }

    private void order() {
        List<Order> orders = new ArrayList<>();
        String sort = first("sort");
        if (sort != null) {
            for (String each : sort.split(",", SORTED.size() + 1)) {
                String[] pair = each.split(":", 2);
                orders.add(order(pair[0], pair.length < 2 ? "desc" : pair[1]));
            }
        } else {
            List<String> keys = given.getOrDefault("sort_key", List.of("created_at"));
            List<String> ways = given.getOrDefault("sort_dir", List.of("desc"));
            if (ways.size() > 1 && ways.size() != keys.size()) {
                throw new GlanceError(400, "there must be one sort_dir, or one for each sort_key");
            }
            for (int i = 0; i < keys.size(); i++) {
                orders.add(order(keys.get(i), ways.get(ways.size() == 1 ? 0 : i)));
            }
        }
        if (orders.stream().map(Order::field).distinct().count() < orders.size()) {
            throw new GlanceError(400, "a list is sorted by a field once");
        }
        query.order(orders);
    }

    private static Order order(String key, String way) {
        Field field = SORTED.get(key);
        if (field == null || !Set.of("asc", "desc").contains(way)) {
            throw new GlanceError(
                    400,
                    "sort must be asc or desc of one of "
                            + SORTED.keySet().stream().sorted().toList());
        }
        return new Order(field, way.equals("asc"));
    }

    GlanceQuery query() {
        return query;
    }

    int limit() {
        return limit;
    }

    /** The path of this list from its beginning, or behind that image. */
    String path(@Nullable UUID after) {
        List<String> pairs = new ArrayList<>();
        given.forEach((name, values) -> {
            if (!name.equals("marker")) {
                values.forEach(value -> pairs.add(encoded(name) + "=" + encoded(value)));
            }
        });
        if (after != null) {
            pairs.add("marker=" + after);
        }
        return "/v2/images" + (pairs.isEmpty() ? "" : "?" + String.join("&", pairs));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
