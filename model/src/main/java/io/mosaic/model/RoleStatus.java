package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The role that is in force in a set, as its agent has said: the files say so, and the command has ended. A standby of a
 * term was, and will be, primary in no term up to that one, but for the one that its fault names.
 *
 * @param fault why it is not primary in that term though it was to be; absent: it is what it was to be
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoleStatus(
        Placement.Part is, long term, @Nullable String fault) {

    @JsonIgnore
    public boolean primary() {
        return is == Placement.Part.PRIMARY;
    }
}
