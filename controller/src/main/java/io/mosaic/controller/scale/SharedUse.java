package io.mosaic.controller.scale;

import io.mosaic.model.ResourceKey;
import io.mosaic.scale.Recommendations;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What controllers tell each other beside the log: what the apps' instances use, each of the hosts that it holds, and what the
 * leader has recommended of late, so that the next one need not begin anew. All of it may be late or lost.
 *
 * <p>Thread-safe.
 */
public interface SharedUse {

    /** Nobody tells anything: nothing is scaled by use. */
    SharedUse NONE = new SharedUse() {
        @Override
        public @Nullable AppUse use(ResourceKey app) {
            return null;
        }

        @Override
        public Recommendations left(ResourceKey app) {
            return Recommendations.NONE;
        }

        @Override
        public void leave(long epoch, Map<ResourceKey, Recommendations> memory) {
            // There is nobody who could read it.
        }
    };

    /** What the app's instances use, as all controllers together know it; null when none does. */
    @Nullable
    AppUse use(ResourceKey app);

    /** What the leaders before this one recommended for the app, as far as it is known. */
    Recommendations left(ResourceKey app);

    /** Tells the next leader what this one, of that epoch, recommended. */
    void leave(long epoch, Map<ResourceKey, Recommendations> memory);
}
