package io.mosaic.kit.http;

import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;

/** What a handler answers. */
public sealed interface Reply {

    int status();

    String contentType();

    Map<String, String> headers();

    /** A body that is there as a whole. */
    record Whole(int status, String contentType, byte[] body, Map<String, String> headers) implements Reply {
        /** The same with one more header. */
        public Whole with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Whole(status, contentType, body, more);
        }
    }

    /** A body that is written as it comes, until it ends or one of the two sides goes. */
    record Stream(int status, String contentType, StreamBody body, Map<String, String> headers) implements Reply {}

    /** Writes a streamed body. */
    @FunctionalInterface
    interface StreamBody {
        /**
         * Writes until the end. Runs on a virtual thread of its own.
         *
         * @throws IOException when the client is gone; that is no fault
         */
        void writeTo(StreamOutput out) throws IOException, InterruptedException;

        /** Called instead of {@link #writeTo} when the body is not asked for after all: gives back what it holds. */
        default void abandon() {}
    }

    static Whole json(int status, Object body) {
        return new Whole(status, Answer.JSON, Json.bytes(body), Map.of());
    }

    /** A page of that kind of item: what is written depends on the declared type, which a bare page does not carry. */
    static Whole page(Page<?> page, Class<?> item) {
        JavaType type = Json.mapper().getTypeFactory().constructParametricType(Page.class, item);
        return new Whole(200, Answer.JSON, Json.mapper().writerFor(type).writeValueAsBytes(page), Map.of());
    }

    static Whole text(int status, String contentType, String body) {
        return new Whole(status, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    static Whole bytes(int status, String contentType, byte[] body) {
        return new Whole(status, contentType, body, Map.of());
    }

    static Stream stream(String contentType, StreamBody body) {
        return new Stream(200, contentType, body, Map.of("Cache-Control", "no-store"));
    }

    static Whole problem(Problem problem) {
        return new Whole(problem.status(), "application/problem+json", Json.bytes(problem), Map.of());
    }

    /** The whole body's bytes, none for a stream. */
    default byte @Nullable [] bytes() {
        return this instanceof Whole whole ? whole.body() : null;
    }
}
