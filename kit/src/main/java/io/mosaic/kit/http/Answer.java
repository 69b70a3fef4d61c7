package io.mosaic.kit.http;

import org.jspecify.annotations.Nullable;

/**
 * One way in which a route answers, for the OpenAPI document.
 *
 * @param type of the body, absent when the body is no JSON record
 * @param page whether the body is a page of that type
 */
public record Answer(
        int status,
        String description,
        String contentType,
        @Nullable Class<?> type,
        boolean page) {

    public static final String JSON = "application/json";
    public static final String EVENTS = "text/event-stream";
    /** One JSON value in each line. */
    public static final String JSON_LINES = "application/x-ndjson";

    public static final String TEXT = "text/plain; charset=utf-8";

    public static Answer json(int status, String description, Class<?> type) {
        return new Answer(status, description, JSON, type, false);
    }

    public static Answer page(String description, Class<?> item) {
        return new Answer(200, description, JSON, item, true);
    }

    public static Answer stream(String description, String contentType) {
        return new Answer(200, description, contentType, null, false);
    }

    /** An answer with another status and no body of its own. */
    public static Answer empty(int status, String description) {
        return new Answer(status, description, "", null, false);
    }
}
