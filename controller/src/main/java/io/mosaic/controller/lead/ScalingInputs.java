package io.mosaic.controller.lead;

import io.mosaic.controller.scale.Queries;
import io.mosaic.controller.scale.SharedUse;

/** What the leader scales by, beside the image and the clock. */
public record ScalingInputs(SharedUse use, Queries queries) {

    /** Nothing: apps are scaled by windows alone. */
    public static final ScalingInputs NONE = new ScalingInputs(SharedUse.NONE, Queries.NONE);
}
