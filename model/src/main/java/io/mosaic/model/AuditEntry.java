package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One mutating call: who, what and the outcome.
 *
 * @param id grows with time, assigned when it is stored; 0 before
 * @param actor name of the token, {@code anonymous}, or {@code mosaic/images} for what the repository does by itself
 * @param action method and path, such as {@code DELETE /v1/sets/web}
 * @param status HTTP status of the answer; 0 when the process that was called was killed before it could say
 * @param revision of the change it made, absent when it made none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AuditEntry(
        long id,
        Instant at,
        String actor,
        @Nullable String tenant,
        String action,
        int status,
        @Nullable Long revision,
        @Nullable String detail) {

    /** The same under the id that it is stored by. */
    public AuditEntry numbered(long stored) {
        return new AuditEntry(stored, at, actor, tenant, action, status, revision, detail);
    }
}
