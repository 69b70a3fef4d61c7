package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An RFC 9457 problem document: the one shape in which every refusal reaches a user.
 *
 * @param type a stable URI reference a program can switch on, such as {@code /problems/invalid-field}
 * @param title the kind of problem in a few words
 * @param status the HTTP status
 * @param detail this occurrence, for a person; never holds a secret
 * @param errors the fields at fault, empty when the problem is not about fields
 */
public record Problem(
        String type,
        String title,
        int status,
        @Nullable String detail,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors) {

    /** A body that lists more faults than this is cut: the first ones tell enough. */
    public static final int ERRORS_MAX = 50;

    public Problem {
        errors = errors == null
                ? List.of()
                : List.copyOf(errors.size() > ERRORS_MAX ? errors.subList(0, ERRORS_MAX) : errors);
    }

    /**
     * One field at fault.
     *
     * @param field JSON pointer (RFC 6901) into the body, such as {@code /containers/0/options/CPU}; "" is the whole
     * @param rule what the field must satisfy
     * @param value what was given, shortened to at most 80 characters
     */
    public record FieldError(
            String field, String rule, @Nullable String value) {
        private static final int VALUE_CHARS_MAX = 80;

        public FieldError {
            value = value == null || value.length() <= VALUE_CHARS_MAX
                    ? value
                    : value.substring(0, VALUE_CHARS_MAX) + "...";
        }
    }

    /** The kinds of problem; the name in the type URI is the stable part. */
    public enum Kind {
        MALFORMED("malformed", "The body is not well-formed", 400),
        INVALID("invalid-field", "A field breaks a rule", 422),
        IMMUTABLE("immutable-field", "A field cannot change after creation", 422),
        UNAUTHENTICATED("unauthenticated", "A valid bearer token is needed", 401),
        FORBIDDEN("forbidden", "The token's role does not allow this", 403),
        NOT_FOUND("not-found", "No such resource", 404),
        METHOD_NOT_ALLOWED("method-not-allowed", "The path does not take this method", 405),
        EXISTS("already-exists", "A resource of that name exists", 409),
        CONFLICT("conflict", "The resource's state does not allow this", 409),
        STALE("precondition-failed", "The resource changed since it was read", 412),
        KEY_REUSED("idempotency-key-reused", "The idempotency key was used for another request", 422),
        QUOTA("quota-exceeded", "The tenant's quota is exhausted", 403),
        TOO_LARGE("too-large", "The body is larger than allowed", 413),
        UNSUPPORTED_MEDIA("unsupported-media-type", "The content type is not supported", 415),
        TOO_MANY("too-many-requests", "Too many requests at once", 429),
        COMPACTED("compacted", "That revision is no longer in the change log", 410),
        UNAVAILABLE("unavailable", "The part that serves this is not available now", 503),
        TIMEOUT("timeout", "The part that serves this did not answer in time", 504),
        INTERNAL("internal", "An unexpected fault, logged by the server", 500);

        private final String slug;
        private final String title;
        private final int status;

        Kind(String slug, String title, int status) {
            this.slug = slug;
            this.title = title;
            this.status = status;
        }

        public int status() {
            return status;
        }

        /** The URI reference that stands in {@link Problem#type()}. */
        public String type() {
            return "/problems/" + slug;
        }

        public Problem with(String detail) {
            return new Problem(type(), title, status, detail, List.of());
        }

        public Problem with(String detail, List<FieldError> errors) {
            return new Problem(type(), title, status, detail, errors);
        }
    }
}
