package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How one container of a set is.
 *
 * @param index 0 is the infra container
 * @param id Docker's id, absent before it is created
 * @param restarts how often Mosaic started it again after it ended
 * @param exitCode of the last run that ended, absent when none has
 * @param reason why it is in this state, such as {@code killed by the OOM killer at its limit of 64Mi}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ContainerStatus(
        String name,
        int index,
        String image,
        State state,
        @Nullable String id,
        int restarts,
        @Nullable Integer exitCode,
        @Nullable String reason) {

    /** Name of the infra container in every set; no business container may take it. */
    public static final String INFRA = "infra";

    /** Where a container is. */
    public enum State {
        WAITING,
        CREATED,
        STARTED,
        /** Running, and healthy where it has a health check. */
        UP,
        UNHEALTHY,
        BACKOFF,
        EXITED;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
