package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Asks that another instance of an app be its primary.
 *
 * @param to name of the instance; absent: the best standby
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSwitchover(@Nullable String to) {

    /** @throws ProblemException when the name is none */
    public static AppSwitchover require(AppSwitchover asked) {
        if (asked.to() != null) {
            Names.require("/to", asked.to());
        }
        return asked;
    }
}
