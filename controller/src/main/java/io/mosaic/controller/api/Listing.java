package io.mosaic.controller.api;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectWriter;

/** Lists resources of one kind and tenant from the image, page by page. */
final class Listing {

    /** How long a caller waits for the revision that it asked for. */
    static final Duration CATCH_UP = Duration.ofSeconds(10);

    /** What is gathered of a whole list before it is sent: some dozens of sets, a few TLS records. */
    private static final int STREAM_BYTES = 32 * 1024;

    private Listing() {}

    /** The image, at least at the revision that the caller asked for. */
    static ClusterImage image(ClusterLog log, Request request) throws InterruptedException {
        Long asked = request.find(Params.AT_LEAST);
        Long atLeast = asked == null ? request.find(Params.WRITTEN) : asked;
        return atLeast == null ? log.image() : log.imageAtLeast(atLeast, CATCH_UP);
    }

    /** @param shown what the caller sees of a resource */
    static Reply page(
            Request request,
            ClusterImage image,
            Kind kind,
            String tenant,
            Predicate<Resource> filter,
            Function<Resource, Resource> shown) {
        int limit = request.get(Params.LIMIT).intValue();
        Cursor cursor = cursor(request);
        SortedMap<ResourceKey, Resource> all = image.resources(kind, tenant);
        if (cursor != null) {
            // No name contains \0, so this is what follows the last item, whether that is still there or not.
            all = all.tailMap(new ResourceKey(kind, tenant, cursor.name() + "\0"));
        }
        long revision = cursor == null ? image.revision() : cursor.revision();
        List<Resource> items = new ArrayList<>();
        String next = null;
        for (Map.Entry<ResourceKey, Resource> entry : all.entrySet()) {
            if (!filter.test(entry.getValue())) {
                continue;
            }
            if (items.size() == limit) {
                next = new Cursor(revision, items.getLast().name()).token();
                break;
            }
            items.add(shown.apply(entry.getValue()));
        }
        return Reply.page(new Page<>(items, revision, next), Resource.class);
    }

    /**
     * Every resource that passes, of one revision: written while it is read from the image, so that a list of a hundred
     * thousand costs no memory but a buffer.
     */
    static Reply all(ClusterImage image, Kind kind, String tenant, Predicate<Resource> filter) {
        return Reply.stream(Answer.JSON, out -> {
            ObjectWriter writer = Json.mapper().writerFor(Resource.class);
            ByteArrayOutputStream buffer = new ByteArrayOutputStream(2 * STREAM_BYTES);
            buffer.writeBytes("{\"items\":[".getBytes(StandardCharsets.US_ASCII));
            boolean first = true;
            for (Resource resource : image.resources(kind, tenant).values()) {
                if (!filter.test(resource)) {
                    continue;
                }
                if (!first) {
                    buffer.write(',');
                }
                first = false;
                buffer.writeBytes(writer.writeValueAsBytes(resource));
                if (buffer.size() >= STREAM_BYTES) {
                    out.write(buffer.toByteArray());
                    buffer.reset();
                }
            }
            buffer.writeBytes(("],\"revision\":" + image.revision() + "}").getBytes(StandardCharsets.US_ASCII));
            out.write(buffer.toByteArray());
        });
    }

    private static @Nullable Cursor cursor(Request request) {
        String token = request.find(Params.PAGE);
        if (token == null) {
            return null;
        }
        Cursor cursor = Cursor.parse(token);
        if (cursor == null) {
            throw Params.PAGE.broken(token);
        }
        return cursor;
    }

    /** Whether a resource has all the labels that the caller named. */
    static Predicate<Resource> labelled(Request request) {
        List<String> wanted = request.all(Params.LABEL);
        if (wanted.isEmpty()) {
            return resource -> true;
        }
        return resource -> wanted.stream().allMatch(pair -> {
            int equals = pair.indexOf('=');
            return pair.substring(equals + 1).equals(resource.labels().get(pair.substring(0, equals)));
        });
    }
}
