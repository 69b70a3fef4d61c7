package io.mosaic.images.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which images of a reader are listed, and in which order. Built by one thread, then only read. */
public final class GlanceQuery {

    /** What may be asked of an image beside its properties, and its place in the select list that {@link GlanceCatalog} has. */
    public enum Field {
        ID("image.id::text"),
        NAME("image.name"),
        STATUS("image.status"),
        VISIBILITY("image.visibility"),
        OWNER("image.tenant"),
        DISK_FORMAT("image.disk_format"),
        CONTAINER_FORMAT("image.container_format"),
        CHECKSUM("image.checksum"),
        HASH("split_part(coalesce(image.digest, part.blob), ':', 2)"),
        PARENT("image.parent::text"),
        REPOSITORY("coalesce(part.name, image.properties ->> 'docker_repository', '')"),
        SIZE("coalesce(image.size, part.size, 0)"),
        MIN_DISK("image.min_disk"),
        MIN_RAM("image.min_ram"),
        PROTECTED("image.protected"),
        HIDDEN("image.hidden"),
        CREATED("image.created"),
        UPDATED("image.updated");

        private final String sql;

        Field(String sql) {
            this.sql = sql;
        }

        String sql() {
            return sql;
        }
    }

    /** How a value is compared. */
    public enum Comparison {
        EQUAL("="),
        LESS("<"),
        AT_MOST("<="),
        MORE(">"),
        AT_LEAST(">="),
        OTHER("<>");

        private final String sql;

        Comparison(String sql) {
            this.sql = sql;
        }

        String sql() {
            return sql;
        }
    }

    /** One column of the order. */
    public record Order(Field field, boolean ascending) {}

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private List<Order> orders = List.of(new Order(Field.CREATED, false), new Order(Field.ID, false));
    private @Nullable UUID marker;

    private String bind(Object value) {
        String name = "q" + values.size();
        values.put(name, value);
        return ":" + name;
    }

    /** Only those whose field compares so; the value has the field's type: text, Long, Boolean, Integer or OffsetDateTime. */
    public void where(Field field, Comparison comparison, Object value) {
        conditions.add(field.sql + " " + comparison.sql + " " + bind(value));
    }

    /** Only that one: found by the key, not by looking through all. */
    public void whereId(UUID id) {
        conditions.add("image.id = " + bind(id));
    }

    /** Only those above that layer. */
    public void whereParent(UUID parent) {
        conditions.add("image.parent = " + bind(parent));
    }

    /** Only those whose field is one of these texts. */
    public void whereAny(Field field, List<String> texts) {
        List<String> names = texts.stream().map(this::bind).toList();
        conditions.add(field.sql + " IN (" + String.join(", ", names) + ")");
    }

    public void whereProperty(String name, String value) {
        conditions.add("image.properties ->> " + bind(name) + " = " + bind(value));
    }

    public void whereTag(String tag) {
        conditions.add(bind(tag) + " = ANY (image.tags)");
    }

    /**
     * What a list shows that does not ask for a visibility: those of the reader, public ones, and what was shared with it and it has
     * said so of.
     *
     * @param memberStatus of those that are shared with the reader; all: whatever it said
     */
    public void usual(GlanceImage.Reader reader, String memberStatus) {
        if (reader.tenants().isEmpty()) {
            return;
        }
        conditions.add(
                "(" + own(reader) + " OR image.visibility = 'public' OR (image.visibility = 'shared' AND EXISTS ("
                        + "SELECT FROM images.glance_member AS member WHERE member.image = image.id AND member.tenant = image.tenant"
                        + " AND member.member IN " + tenants(reader)
                        + (memberStatus.equals("all") ? "" : " AND member.status = " + bind(memberStatus)) + ")))");
    }

    private String own(GlanceImage.Reader reader) {
        return "image.tenant IN " + tenants(reader);
    }

    private String tenants(GlanceImage.Reader reader) {
        return "(" + String.join(", ", reader.tenants().stream().map(this::bind).toList()) + ")";
    }

    /** What the reader may see at all. Of a derived image that several of its tenants have, it sees one. */
    void visible(GlanceImage.Reader reader) {
        boolean all = reader.tenants().isEmpty();
        if (!all) {
            conditions.add("(" + own(reader)
                    + " OR image.visibility IN ('public', 'community') OR (image.visibility = 'shared' AND EXISTS ("
                    + "SELECT FROM images.glance_member AS member WHERE member.image = image.id"
                    + " AND member.tenant = image.tenant AND member.member IN " + tenants(reader) + ")))");
        }
        if (reader.tenants().size() != 1) {
            conditions.add("NOT (image.derived AND EXISTS (SELECT FROM images.glance_image AS other"
                    + " WHERE other.id = image.id AND other.tenant < image.tenant"
                    + (all ? "" : " AND other.tenant IN " + tenants(reader))
                    + " AND EXISTS (SELECT FROM images.image_part AS had"
                    + " WHERE had.id = other.id AND had.tenant = other.tenant)))");
        }
    }

    /** The order; the id always is the last of it, so that no two are equal. */
    public void order(List<Order> asked) {
        List<Order> all = new ArrayList<>(asked);
        if (asked.stream().noneMatch(each -> each.field() == Field.ID)) {
            all.add(new Order(Field.ID, asked.getLast().ascending()));
        }
        orders = List.copyOf(all);
    }

    /** Only those behind that one. */
    public void after(UUID id) {
        marker = id;
    }

    @Nullable
    UUID marker() {
        return marker;
    }

    List<Order> orders() {
        return orders;
    }

    /** @param last what the marker has in each column of the order */
    void after(List<Object> last) {
        List<String> names = last.stream().map(this::bind).toList();
        List<String> ways = new ArrayList<>();
        String equal = "";
        for (int i = 0; i < names.size(); i++) {
            Order order = orders.get(i);
            ways.add("(" + equal + order.field().sql + (order.ascending() ? " > " : " < ") + names.get(i) + ")");
            equal += order.field().sql + " = " + names.get(i) + " AND ";
        }
        // Says again what follows from the rest, for the sake of an index.
        Order first = orders.getFirst();
        conditions.add(first.field().sql + (first.ascending() ? " >= " : " <= ") + names.getFirst());
        conditions.add("(" + String.join(" OR ", ways) + ")");
    }

    String conditions() {
        return conditions.isEmpty() ? "true" : String.join(" AND ", conditions);
    }

    String orderBy() {
        return String.join(
                ", ",
                orders.stream()
                        .map(each -> each.field().sql + (each.ascending() ? "" : " DESC"))
                        .toList());
    }

    Map<String, Object> values() {
        return values;
    }
}
