package io.mosaic.model.client;

import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageReport;
import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImageQuota;
import io.mosaic.model.ImageTag;
import io.mosaic.model.ImageTagRequest;
import io.mosaic.model.ImageTokenKey;
import io.mosaic.model.ImageWork;
import io.mosaic.model.Json;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.StoreCheck;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The calls on the image repository, which is a server of its own. All throw {@link io.mosaic.model.ProblemException} when it
 * refuses and {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class ImageCalls {
    private static final String PATH = "/v1/images";
    private static final int PAGE_MAX = 1000;

    private final Transport transport;

    ImageCalls(Transport transport) {
        this.transport = transport;
    }

    /**
     * All tags, by repository.
     *
     * @param tenant only of that one; absent: of all that the token may act for
     * @param repository only of that one
     */
    public List<ImageTag> list(@Nullable String tenant, @Nullable String repository) {
        List<ImageTag> all = new ArrayList<>();
        String next = null;
        do {
            Query query = new Query()
                    .add("tenant", tenant)
                    .add("repository", repository)
                    .add("limit", PAGE_MAX)
                    .add("page", next);
            Page<ImageTag> page = transport.page(Transport.Call.get(PATH + query), ImageTag.class);
            all.addAll(page.items());
            next = page.next();
        } while (next != null);
        return all;
    }

    /** @param reference a tag or a digest */
    public ImageDetail get(String repository, String reference) {
        return transport.call(Transport.Call.get(path(repository, reference)), ImageDetail.class);
    }

    /** Lets a tag mean what the reference does. */
    public void tag(String repository, String reference, String tag) {
        transport.send(Transport.Call.post(path(repository, "tags"), new ImageTagRequest(tag, reference)));
    }

    /** Takes a tag away, or an image with all its tags. */
    public void delete(String repository, String reference) {
        transport.send(Transport.Call.delete(path(repository, reference)));
    }

    /** Answers when the collection is done, which may take as long as there is much to delete. */
    public GarbageReport collect(GarbageRequest request) {
        return transport.call(Transport.Call.post("/v1/image-garbage", request).once(), GarbageReport.class);
    }

    /**
     * Answers when all content was read.
     *
     * @param repair whether what is broken is fetched again from mirrored registries
     */
    public StoreCheck check(boolean repair) {
        String path = "/v1/image-check" + new Query().add("repair", repair ? "true" : null);
        return transport.call(Transport.Call.post(path, null).once(), StoreCheck.class);
    }

    /** How far checks and collections are that are under way. */
    public ImageWork work() {
        return transport.call(Transport.Call.get("/v1/image-work"), ImageWork.class);
    }

    /** Lets tokens of registry clients be signed with a new key; those that were given stay good until they expire. */
    public ImageTokenKey rotateTokenKey() {
        return transport.call(Transport.Call.post("/v1/image-token-keys", null).once(), ImageTokenKey.class);
    }

    /** @param tenant or the host of a registry that is mirrored */
    public ImageQuota quota(String tenant) {
        return transport.call(Transport.Call.get(quotaPath(tenant)), ImageQuota.class);
    }

    /** @param limit absent: none */
    public ImageQuota limit(String tenant, @Nullable Bytes limit) {
        ObjectNode body = Json.mapper().createObjectNode();
        body.set("limit", Json.mapper().valueToTree(limit));
        return transport.call(
                new Transport.Call("PATCH", quotaPath(tenant), Json.bytes(body), "application/json", null, null),
                ImageQuota.class);
    }

    private static String quotaPath(String tenant) {
        return "/v1/image-quotas/" + (Names.validRegistry(tenant) ? tenant : Names.require("/tenant", tenant));
    }

    private static String path(String repository, String last) {
        return PATH + "/" + encode(repository) + "/" + encode(last);
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
