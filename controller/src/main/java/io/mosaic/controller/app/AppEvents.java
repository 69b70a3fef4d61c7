package io.mosaic.controller.app;

import io.mosaic.model.AppResource;
import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import java.time.Instant;

/** The lines of an app's story. */
final class AppEvents {

    private AppEvents() {}

    static Event info(AppResource app, String type, String message, Instant now) {
        return new Event(0, now, app.tenant(), Kind.APP, app.name(), null, type, false, message);
    }

    /** One that a person should look at. */
    static Event warning(AppResource app, String type, String message, Instant now) {
        return new Event(0, now, app.tenant(), Kind.APP, app.name(), null, type, true, message);
    }
}
