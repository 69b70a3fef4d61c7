package io.mosaic.images.glance;

import io.mosaic.images.access.Action;
import io.mosaic.images.catalog.GlanceCatalog;
import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceImage.About;
import io.mosaic.images.catalog.GlanceImage.Status;
import io.mosaic.images.catalog.GlanceImage.Visibility;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.model.Json;
import io.mosaic.model.Names;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The calls on what is said of images, and on whom they are shared with. Thread-safe. */
final class ImageCalls {

    private static final Logger LOG = LoggerFactory.getLogger(ImageCalls.class);

    /** As Glance's own limit is. */
    private static final int MEMBERS_MAX = 128;

    /** Versions of UUID that are made from names: those of layers are of this one, and nobody else may take theirs. */
    private static final int NAMED_VERSION = 5;

    private final GlanceCatalog catalog;
    private final Access access;
    private final int tenantImages;

    ImageCalls(GlanceCatalog catalog, Access access, int tenantImages) {
        this.catalog = catalog;
        this.access = access;
        this.tenantImages = tenantImages;
    }

    private static Reply.Whole json(int status, JsonNode body) {
        return new Reply.Whole(status, Answer.JSON, Json.bytes(body), Map.of());
    }

    private static Reply.Whole nothing() {
        return Reply.bytes(204, "", new byte[0]);
    }

    /** The image, if the caller may see it. */
    GlanceImage find(Caller caller, GlancePath.Id id) {
        Access.require(caller, Action.PULL);
        UUID uuid = id.uuid();
        GlanceImage found = uuid == null ? null : catalog.find(Access.reader(caller), uuid);
        if (found == null) {
            throw GlanceError.notFound(id.text());
        }
        return found;
    }

    /** Whose the image is, as far as the caller may know; of one that is to be made, the tenant that the caller acts for alone. */
    @Nullable
    String owner(Caller caller, @Nullable UUID id) {
        GlanceImage found = id == null ? null : catalog.find(Access.reader(caller), id);
        if (found != null) {
            return found.tenant();
        }
        return caller.tenants().size() == 1 ? caller.tenants().getFirst() : null;
    }

    Reply create(Caller caller, JsonNode body) {
        Access.require(caller, Action.PUSH);
        if (!(body instanceof ObjectNode given)) {
            throw new GlanceError(400, "the body must be an object");
        }
        ObjectNode node = given.deepCopy();
        UUID id = id(node.remove("id"));
        JsonNode owner = node.remove("owner");
        String tenant = access.owner(caller, owner == null || owner.isNull() ? null : owner.asString(""));
        for (String name : node.propertyNames()) {
            if (ImageJson.READ_ONLY.contains(name) || ImageJson.found(name)) {
                throw new GlanceError(403, "Attribute '" + name + "' is read-only.");
            }
        }
        About about = ImageJson.read(node);
        requireAllowed(caller, null, about);
        try {
            catalog.create(id, tenant, about, tenantImages);
        } catch (GlanceCatalog.ExistsException e) {
            throw new GlanceError(409, "Image ID " + id + " already exists!");
        }
        LOG.info("{} made image {} of {}", caller.name(), id, tenant);
        GlanceImage made = find(caller, new GlancePath.Id(id.toString(), id));
        return json(201, ImageJson.write(made)).with("Location", "/v2/images/" + id);
    }

    private static UUID id(@Nullable JsonNode given) {
        if (given == null || given.isNull()) {
            return UUID.randomUUID();
        }
        UUID id = given.isString() ? GlancePath.Id.canonical(given.asString()) : null;
        if (id == null) {
            throw new GlanceError(400, "id must be a UUID, in lower case");
        }
        if (id.version() == NAMED_VERSION) {
            throw new GlanceError(400, "id must not be a UUID of version 5: those are of layers");
        }
        return id;
    }

    /** What is said of an image is allowed to be said, by that caller. */
    private void requireAllowed(Caller caller, @Nullable GlanceImage before, About next) {
        boolean published = before != null && before.about().visibility() == Visibility.PUBLIC;
        if (next.visibility() == Visibility.PUBLIC && !published) {
            Access.requirePublic(caller);
        }
        UUID parent = next.parent();
        if (parent != null && (before == null || !parent.equals(before.about().parent()))) {
            boolean itself = before != null && before.id().equals(parent);
            if (itself || catalog.find(Access.reader(caller), parent) == null) {
                throw new GlanceError(400, "parent_id: no image found with ID " + parent);
            }
        }
        String target = next.properties().get(ImageJson.REPOSITORY);
        if (target != null
                && (before == null || !target.equals(before.about().properties().get(ImageJson.REPOSITORY)))) {
            DockerImages.Target named = DockerImages.Target.parse(target);
            if (!caller.mayActFor(named.repository().tenant())) {
                throw new GlanceError(
                        403, "the token is not for tenant " + named.repository().tenant());
            }
        }
    }

    Reply list(Caller caller, Map<String, List<String>> given) {
        Access.require(caller, Action.PULL);
        GlanceImage.Reader reader = Access.reader(caller);
        ListQuery asked = new ListQuery(given, reader);
        List<GlanceImage> found = asked.limit() == 0 ? List.of() : catalog.list(reader, asked.query(), asked.limit());
        if (found == null) {
            throw new GlanceError(400, "marker: no image found with ID " + given.get("marker"));
        }
        ObjectNode node = Json.mapper().createObjectNode();
        ArrayNode images = node.putArray("images");
        found.forEach(each -> images.add(ImageJson.write(each)));
        node.put("first", asked.path(null));
        if (found.size() == asked.limit() && !found.isEmpty()) {
            node.put("next", asked.path(found.getLast().id()));
        }
        node.put("schema", "/v2/schemas/images");
        return json(200, node);
    }

    Reply show(Caller caller, GlancePath.Id id) {
        return json(200, ImageJson.write(find(caller, id)));
    }

    Reply patch(Caller caller, GlancePath.Id id, JsonNode body) {
        GlanceImage seen = find(caller, id);
        Access.requireOwn(caller, seen, Action.PUSH);
        ImagePatch patch = new ImagePatch(body);
        requireAllowed(caller, seen, patch.apply(seen));
        GlanceImage next = change(seen.id(), found -> with(found, found.status(), patch.apply(found)));
        return json(200, ImageJson.write(next));
    }

    private static GlanceImage with(GlanceImage image, Status status, About about) {
        return new GlanceImage(
                image.id(),
                image.tenant(),
                image.derived(),
                status,
                about,
                image.content(),
                image.created(),
                image.updated());
    }

    private GlanceImage change(UUID id, UnaryOperator<GlanceImage> change) {
        GlanceImage changed = catalog.change(id, change);
        if (changed == null) {
            throw GlanceError.notFound(id.toString());
        }
        return changed;
    }

    /** Developers delete what never had content; what others may use is deleted by operators, as in a registry. */
    Reply delete(Caller caller, GlancePath.Id id) {
        GlanceImage seen = find(caller, id);
        boolean empty = seen.status() == Status.QUEUED || seen.status() == Status.SAVING;
        Access.requireOwn(caller, seen, empty ? Action.PUSH : Action.DELETE);
        return switch (catalog.delete(seen.id())) {
            case DONE -> {
                LOG.info("{} deleted image {} of {}", caller.name(), seen.id(), seen.tenant());
                yield nothing();
            }
            case ABSENT -> throw GlanceError.notFound(id.text());
            case GUARDED -> throw new GlanceError(403, "Image " + id.text() + " is protected and cannot be deleted.");
            case PARENT -> throw new GlanceError(409, "Image " + id.text() + " is the parent of other images");
        };
    }

    Reply tag(Caller caller, GlancePath.Id id, String tag) {
        ImageJson.requireTag(tag);
        GlanceImage seen = find(caller, id);
        Access.requireOwn(caller, seen, Action.PUSH);
        change(
                seen.id(),
                found -> with(
                        found,
                        found.status(),
                        found.about().tagged(ImageJson.tagged(found.about().tags(), tag))));
        return nothing();
    }

    Reply untag(Caller caller, GlancePath.Id id, String tag) {
        GlanceImage seen = find(caller, id);
        Access.requireOwn(caller, seen, Action.PUSH);
        change(seen.id(), found -> {
            List<String> tags = found.about().tags();
            if (!tags.contains(tag)) {
                throw new GlanceError(404, "image " + id.text() + " has no tag " + tag);
            }
            List<String> fewer = tags.stream().filter(each -> !each.equals(tag)).toList();
            return with(found, found.status(), found.about().tagged(fewer));
        });
        return nothing();
    }

    Reply activate(Caller caller, GlancePath.Id id, boolean active) {
        GlanceImage seen = find(caller, id);
        Access.requireOwn(caller, seen, Action.DELETE);
        change(seen.id(), found -> {
            if (found.status() != Status.ACTIVE && found.status() != Status.DEACTIVATED) {
                throw new GlanceError(
                        403, "Not allowed: the image is " + found.status().word());
            }
            return with(found, active ? Status.ACTIVE : Status.DEACTIVATED, found.about());
        });
        return nothing();
    }

    Reply members(Caller caller, GlancePath.Id id) {
        GlanceImage image = find(caller, id);
        ObjectNode node = Json.mapper().createObjectNode();
        ArrayNode members = node.putArray("members");
        shown(caller, image).forEach(each -> members.add(ImageJson.write(each)));
        node.put("schema", "/v2/schemas/members");
        return json(200, node);
    }

    /** The owner sees all of them, a member itself. */
    private List<GlanceImage.Member> shown(Caller caller, GlanceImage image) {
        return catalog.members(image.id()).stream()
                .filter(each -> caller.mayActFor(image.tenant()) || caller.mayActFor(each.member()))
                .toList();
    }

    Reply member(Caller caller, GlancePath.Id id, String member) {
        return json(200, ImageJson.write(shown(caller, find(caller, id), member)));
    }

    private GlanceImage.Member shown(Caller caller, GlanceImage image, String member) {
        return shown(caller, image).stream()
                .filter(each -> each.member().equals(member))
                .findFirst()
                .orElseThrow(() -> new GlanceError(404, "image " + image.id() + " has no member " + member));
    }

    Reply share(Caller caller, GlancePath.Id id, JsonNode body) {
        GlanceImage image = find(caller, id);
        Access.requireOwn(caller, image, Action.PUSH);
        if (image.about().visibility() != Visibility.SHARED) {
            throw new GlanceError(403, "Only shared images have members.");
        }
        String member = body.path("member").asString("");
        if (!Names.valid(member)) {
            throw new GlanceError(400, "member must be the name of a tenant");
        }
        GlanceImage.Member made = catalog.share(image, member, MEMBERS_MAX);
        if (made == null) {
            throw new GlanceError(409, "image " + id.text() + " is shared with " + member + " already");
        }
        LOG.info("{} shares image {} of {} with {}", caller.name(), image.id(), image.tenant(), member);
        return json(200, ImageJson.write(made));
    }

    /** A member says whether it wants the image in its lists. */
    Reply answer(Caller caller, GlancePath.Id id, String member, JsonNode body) {
        GlanceImage image = find(caller, id);
        shown(caller, image, member);
        if (!caller.mayActFor(member)) {
            throw new GlanceError(403, "only the member itself accepts or rejects");
        }
        Access.require(caller, Action.PUSH);
        String status = body.path("status").asString("");
        if (!List.of("pending", "accepted", "rejected").contains(status)) {
            throw new GlanceError(400, "status must be pending, accepted or rejected");
        }
        if (!catalog.answer(image.id(), member, status)) {
            throw new GlanceError(404, "image " + id.text() + " has no member " + member);
        }
        return member(caller, id, member);
    }

    Reply unshare(Caller caller, GlancePath.Id id, String member) {
        GlanceImage image = find(caller, id);
        Access.requireOwn(caller, image, Action.PUSH);
        if (!catalog.unshare(image.id(), member)) {
            throw new GlanceError(404, "image " + id.text() + " has no member " + member);
        }
        return nothing();
    }

    /** The owner's repository that holds what comes by this API. */
    static RepositoryName repository(GlanceImage image) {
        return RepositoryName.ofGlance(image.tenant());
    }
}
