package io.mosaic.images.oci;

import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import java.util.List;
import java.util.Map;

/** A refusal in the protocol's shape, for the handlers to throw. Holds no stack trace: it reports input, not a fault. */
final class OciError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Header that tells agents what kind of problem it is, by its type. */
    private static final String PROBLEM = "Mosaic-Problem";

    /** The specification's codes, with the status that each mostly has, and three of Docker's own. */
    enum Code {
        BLOB_UNKNOWN(404),
        BLOB_UPLOAD_INVALID(400),
        BLOB_UPLOAD_UNKNOWN(404),
        DIGEST_INVALID(400),
        MANIFEST_BLOB_UNKNOWN(404),
        MANIFEST_INVALID(400),
        MANIFEST_UNKNOWN(404),
        NAME_INVALID(400),
        NAME_UNKNOWN(404),
        PAGINATION_NUMBER_INVALID(400),
        SIZE_INVALID(400),
        UNAUTHORIZED(401),
        DENIED(403),
        UNSUPPORTED(405),
        TOOMANYREQUESTS(429),
        UNAVAILABLE(503),
        UNKNOWN(500);

        private final int status;

        Code(int status) {
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    private final Code code;
    private final int status;
    private final transient Map<String, String> headers;

    OciError(Code code, String message) {
        this(code, code.status, message, Map.of());
    }

    OciError(Code code, int status, String message, Map<String, String> headers) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    private record Body(List<One> errors) {}

    private record One(Code code, String message) {}

    Reply.Whole reply() {
        return reply(code, status, String.valueOf(getMessage()), headers);
    }

    private static Reply.Whole reply(Code code, int status, String message, Map<String, String> headers) {
        byte[] body = Json.bytes(new Body(List.of(new One(code, message))));
        return new Reply.Whole(status, Answer.JSON, body, headers);
    }

    /** A problem of Mosaic's own in the protocol's shape. */
    static Reply.Whole of(Problem problem) {
        String message = problem.detail() == null ? problem.title() : problem.detail();
        Code code = switch (problem.status()) {
            case 400, 422 -> Code.UNSUPPORTED;
            case 401 -> Code.UNAUTHORIZED;
            case 403 -> Code.DENIED;
            case 404 -> Code.NAME_UNKNOWN;
            case 405 -> Code.UNSUPPORTED;
            case 429 -> Code.TOOMANYREQUESTS;
            case 503 -> Code.UNAVAILABLE;
            default -> Code.UNKNOWN;
        };
        boolean later = problem.status() == 429 || problem.status() == 503;
        Reply.Whole reply = reply(code, problem.status(), message, later ? Map.of("Retry-After", "1") : Map.of());
        // The protocol has one word for a quota and for a right.
        return reply.with(PROBLEM, problem.type());
    }
}
