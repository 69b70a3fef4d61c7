package io.mosaic.images.glance;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.Gate;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.Uploads;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The Glance image API, version 2, beside the registry. Thread-safe. */
public final class GlanceApi implements Mount {

    private static final Logger LOG = LoggerFactory.getLogger(GlanceApi.class);

    private static final String PATCH = "application/openstack-images-v2.1-json-patch";

    /** Of a call that brings JSON; more than all that may be said of one image. */
    private static final int BODY_BYTES_MAX = 512 * 1024;

    private static final int AUDITED_PATH_CHARS_MAX = 300;

    /** What a Host header may be that goes into an answer. */
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.\\[\\]:-]{1,255}");

    private final Access access;
    private final ImageCalls images;
    private final DataCalls data;
    private final AuditTrail audit;
    private final Metrics metrics;
    private final @Nullable String address;

    /**
     * @param tenants whether there is a tenant of that name
     * @param address URL at which clients reach it; absent: as they call it
     */
    public GlanceApi(
            Registry registry,
            Gate gate,
            Predicate<String> tenants,
            Metrics metrics,
            GlanceSettings settings,
            @Nullable String address) {
        this.access = new Access(gate, tenants, settings.anonymousTenant());
        this.images = new ImageCalls(registry.glance(), access, settings.tenantImages());
        this.data = new DataCalls(registry, new DockerImages(registry, gate, tenants, settings.layerBytes()));
        this.audit = registry.audit();
        this.metrics = metrics;
        this.address = address;
    }

    /**
     * Lets go of what an earlier process was taking when it ended. Before the first call.
     *
     * @return images that wait for their content again
     */
    public int recover() throws IOException {
        return data.recover();
    }

    @Override
    public String prefix() {
        return "/v2/images";
    }

    @Override
    public boolean holds(String rawPath) {
        try {
            return GlancePath.parse(rawPath) != null;
        } catch (GlanceError e) {
            // A path that is not well-formed: the answer says so.
            return true;
        }
    }

    @Override
    public Reply.Whole refusal(Problem problem) {
        return GlanceError.of(problem);
    }

    @Override
    public Reply handle(StreamedRequest request) throws Exception {
        long began = System.nanoTime();
        String operation = "glance";
        Reply reply;
        try {
            GlancePath path = GlancePath.parse(request.rawPath());
            if (path == null) {
                throw new GlanceError(404, "no such path");
            }
            operation += path.getClass().getSimpleName();
            reply = answer(request, path);
        } catch (ProblemException e) {
            reply = GlanceError.of(e.problem());
        } catch (GlanceError e) {
            reply = e.reply();
        } catch (Uploads.RefusedException e) {
            reply = refused(e).reply();
        } catch (StoreUnavailableException e) {
            LOG.warn("request {}: {}", request.id(), e.getMessage());
            reply = new GlanceError(503, "the content store does not answer").reply();
        }
        metrics.call(operation, reply.status(), Duration.ofNanos(System.nanoTime() - began));
        return reply;
    }

    private Reply answer(StreamedRequest request, GlancePath path) throws Exception {
        // Which versions there are is asked before anybody has shown a token.
        if (path instanceof GlancePath.Versions) {
            allow(request, "GET", "HEAD");
            return versions(request);
        }
        Caller caller = access.enter(request);
        if (List.of("GET", "HEAD").contains(request.method())) {
            return answer(request, caller, path);
        }
        return audit.record(
                caller,
                images.owner(caller, path.image()),
                action(request),
                GlanceApi::status,
                details -> answer(request, caller, path));
    }

    /** Method and path, as the audit log has it. */
    private static String action(StreamedRequest request) {
        String path = request.rawPath();
        return request.method() + " "
                + (path.length() > AUDITED_PATH_CHARS_MAX ? path.substring(0, AUDITED_PATH_CHARS_MAX) : path);
    }

    private static int status(Exception thrown) {
        return switch (thrown) {
            case GlanceError e -> e.reply().status();
            case Uploads.RefusedException e -> refused(e).reply().status();
            default -> AuditTrail.PROBLEM.applyAsInt(thrown);
        };
    }

    private static GlanceError refused(Uploads.RefusedException e) {
        return new GlanceError(e.refusal() == Uploads.Refusal.SIZE ? 413 : 409, String.valueOf(e.getMessage()));
    }

    private Reply answer(StreamedRequest request, Caller caller, GlancePath path) throws Exception {
        return switch (path) {
            case GlancePath.Versions _ -> versions(request);
            case GlancePath.Schema schema -> schema(request, schema);
            case GlancePath.Discovery about -> discovery(request, about);
            case GlancePath.Images _ -> images(request, caller);
            case GlancePath.Image image -> image(request, caller, image.id());
            case GlancePath.Data file -> data(request, caller, file.id());
            case GlancePath.Members members -> members(request, caller, members.id());
            case GlancePath.Member member -> member(request, caller, member);
            case GlancePath.Tag tag -> tag(request, caller, tag);
            case GlancePath.Action action -> {
                allow(request, "POST");
                yield images.activate(caller, action.id(), action.active());
            }
        };
    }

    private Reply versions(StreamedRequest request) {
        String host = request.header("Host");
        String base = address != null
                ? address
                : (request.secure() ? "https://" : "http://")
                        + (host != null && HOST.matcher(host).matches() ? host : "localhost");
        ObjectNode node = Json.mapper().createObjectNode();
        ArrayNode versions = node.putArray("versions");
        // What is here is that of version 2.9: all of it but imports and stores, which came after.
        for (String id : List.of("v2.9", "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0")) {
            ObjectNode version = versions.addObject();
            version.put("id", id);
            version.put("status", id.equals("v2.9") ? "CURRENT" : "SUPPORTED");
            version.putArray("links").addObject().put("rel", "self").put("href", base + "/v2/");
        }
        return new Reply.Whole(300, Answer.JSON, Json.bytes(node), Map.of());
    }

    private static Reply schema(StreamedRequest request, GlancePath.Schema path) {
        allow(request, "GET", "HEAD");
        JsonNode schema = Schemas.named(path.name());
        if (schema == null) {
            throw new GlanceError(404, "no schema named " + path.name());
        }
        return new Reply.Whole(200, Answer.JSON, Json.bytes(schema), Map.of());
    }

    /** There is one way in, the upload, and one store. */
    private static Reply discovery(StreamedRequest request, GlancePath.Discovery path) {
        allow(request, "GET", "HEAD");
        ObjectNode node = Json.mapper().createObjectNode();
        if (!path.name().equals("import")) {
            throw new GlanceError(404, "there is one store");
        }
        ObjectNode methods = node.putObject("import-methods");
        methods.put("description", "Import methods available.");
        methods.put("type", "array");
        methods.putArray("value");
        return new Reply.Whole(200, Answer.JSON, Json.bytes(node), Map.of());
    }

    private Reply images(StreamedRequest request, Caller caller) throws IOException {
        allow(request, "GET", "HEAD", "POST");
        return request.method().equals("POST")
                ? images.create(caller, json(request, Answer.JSON))
                : images.list(caller, request.queries());
    }

    private Reply image(StreamedRequest request, Caller caller, GlancePath.Id id) throws IOException {
        allow(request, "GET", "HEAD", "PATCH", "DELETE");
        return switch (request.method()) {
            case "PATCH" -> images.patch(caller, id, json(request, PATCH));
            case "DELETE" -> images.delete(caller, id);
            default -> images.show(caller, id);
        };
    }

    private Reply data(StreamedRequest request, Caller caller, GlancePath.Id id)
            throws IOException, Uploads.RefusedException {
        allow(request, "GET", "PUT");
        return request.method().equals("PUT")
                ? data.put(caller, images.find(caller, id), request)
                : data.get(images.find(caller, id), request);
    }

    private Reply members(StreamedRequest request, Caller caller, GlancePath.Id id) throws IOException {
        allow(request, "GET", "HEAD", "POST");
        return request.method().equals("POST")
                ? images.share(caller, id, json(request, Answer.JSON))
                : images.members(caller, id);
    }

    private Reply member(StreamedRequest request, Caller caller, GlancePath.Member path) throws IOException {
        allow(request, "GET", "HEAD", "PUT", "DELETE");
        return switch (request.method()) {
            case "PUT" -> images.answer(caller, path.id(), path.member(), json(request, Answer.JSON));
            case "DELETE" -> images.unshare(caller, path.id(), path.member());
            default -> images.member(caller, path.id(), path.member());
        };
    }

    private Reply tag(StreamedRequest request, Caller caller, GlancePath.Tag path) {
        allow(request, "PUT", "DELETE");
        return request.method().equals("PUT")
                ? images.tag(caller, path.id(), path.tag())
                : images.untag(caller, path.id(), path.tag());
    }

    private static JsonNode json(StreamedRequest request, String type) throws IOException {
        String given = request.header("Content-Type");
        String bare = given == null ? "" : given.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!bare.equals(type)) {
            throw new GlanceError(415, "the body must be of type " + type);
        }
        try (InputStream in = request.body()) {
            byte[] body = in.readNBytes(BODY_BYTES_MAX + 1);
            if (body.length > BODY_BYTES_MAX) {
                throw new GlanceError(413, "the body may have at most " + BODY_BYTES_MAX + " bytes");
            }
            return Json.mapper().readTree(body);
        } catch (JacksonException e) {
            throw new GlanceError(400, "the body is not JSON: " + e.getOriginalMessage());
        }
    }

    private static void allow(StreamedRequest request, String... methods) {
        if (!List.of(methods).contains(request.method())) {
            String allowed = String.join(", ", methods);
            throw new GlanceError(405, "this path takes " + allowed, Map.of("Allow", allowed));
        }
    }
}
