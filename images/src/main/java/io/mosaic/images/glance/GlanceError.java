package io.mosaic.images.glance;

import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import java.util.Map;

/** A refusal in the shape that Glance's clients read, for the handlers to throw. Holds no stack trace: it reports input, not a fault. */
final class GlanceError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    GlanceError(int status, String message) {
        this(status, message, Map.of());
    }

    GlanceError(int status, String message, Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    static GlanceError notFound(String id) {
        return new GlanceError(404, "No image found with ID " + id);
    }

    private record Body(One error) {}

    private record One(int code, String title, String message) {}

    Reply.Whole reply() {
        return reply(status, String.valueOf(getMessage()), headers);
    }

    private static Reply.Whole reply(int status, String message, Map<String, String> headers) {
        byte[] body = Json.bytes(new Body(new One(status, title(status), message)));
        return new Reply.Whole(status, Answer.JSON, body, headers);
    }

    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 413 -> "Request Entity Too Large";
            case 415 -> "Unsupported Media Type";
            case 416 -> "Requested Range Not Satisfiable";
            case 429 -> "Too Many Requests";
            case 503 -> "Service Unavailable";
            case 507 -> "Insufficient Storage";
            default -> "Internal Server Error";
        };
    }

    /** A problem of Mosaic's own in this shape. */
    static Reply.Whole of(Problem problem) {
        String message = problem.detail() == null ? problem.title() : problem.detail();
        // Glance says 413 for quotas: its clients tell their users that the image is too large.
        int status = problem.type().equals(Problem.Kind.QUOTA.type())
                ? 413
                : problem.status() == 422 ? 400 : problem.status();
        Map<String, String> headers = switch (status) {
            case 401 -> Map.of("WWW-Authenticate", "Bearer realm=\"mosaic\"");
            case 429, 503 -> Map.of("Retry-After", "1");
            default -> Map.of();
        };
        return reply(status, message, headers);
    }
}
