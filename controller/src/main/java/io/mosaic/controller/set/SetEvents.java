package io.mosaic.controller.set;

import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.SetResource;
import java.time.Instant;

/** The lines that the control plane adds to a set's story. */
public final class SetEvents {

    private SetEvents() {}

    public static Event info(SetResource set, String type, String message, Instant now) {
        return new Event(0, now, set.tenant(), Kind.SET, set.name(), null, type, false, message);
    }

    /** One that a person should look at. */
    public static Event warning(SetResource set, String type, String message, Instant now) {
        return new Event(0, now, set.tenant(), Kind.SET, set.name(), null, type, true, message);
    }
}
