package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One line of what a host says while it fetches an image ahead: exactly one field is there, and one of the last two ends it.
 *
 * @param doing how far it is, in words
 * @param done the image is there
 * @param problem why it is not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PrefetchStep(
        @Nullable String doing,
        @Nullable PrefetchedImage done,
        @Nullable Problem problem) {

    /** How far it is. */
    public static PrefetchStep doing(String words) {
        return new PrefetchStep(words, null, null);
    }

    /** Its good end. */
    public static PrefetchStep done(PrefetchedImage image) {
        return new PrefetchStep(null, image, null);
    }

    /** Its bad end. */
    public static PrefetchStep failed(Problem problem) {
        return new PrefetchStep(null, null, problem);
    }

    /** Whether nothing follows. */
    public boolean last() {
        return done != null || problem != null;
    }
}
