package io.mosaic.kit.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears how every call ended. Must not block and must not throw. */
@FunctionalInterface
public interface CallObserver {

    void finished(Outcome outcome);

    /**
     * How a call ended.
     *
     * @param method and {@code path} as called, without the query
     * @param caller absent when nobody proved who calls
     * @param took until the answer was written; for a stream, until it ended
     */
    record Outcome(
            Route route,
            String method,
            String path,
            @Nullable Caller caller,
            int status,
            @Nullable String detail,
            Request.Notes notes,
            Duration took) {}
}
