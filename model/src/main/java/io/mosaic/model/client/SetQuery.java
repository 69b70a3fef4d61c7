package io.mosaic.model.client;

import io.mosaic.model.SetState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which sets to list or watch.
 *
 * @param labels {@code key=value} pairs, all of which must match
 * @param limit sets per page, 1 to 1000
 * @param page token of the page, from {@link io.mosaic.model.Page#next}
 * @param app only sets that this app owns
 * @param atLeast wait until the server knows this revision, so that a caller reads its own writes
 */
public record SetQuery(
        List<String> labels,
        @Nullable SetState state,
        @Nullable String host,
        @Nullable Integer limit,
        @Nullable String page,
        @Nullable Long atLeast,
        @Nullable String app) {

    /** Every set of the tenant. */
    public static final SetQuery ALL = new SetQuery(List.of(), null, null, null, null, null, null);

    public SetQuery {
        labels = List.copyOf(labels);
    }

    /** Of any app or none. */
    public SetQuery(
            List<String> labels,
            @Nullable SetState state,
            @Nullable String host,
            @Nullable Integer limit,
            @Nullable String page,
            @Nullable Long atLeast) {
        this(labels, state, host, limit, page, atLeast, null);
    }

    public SetQuery withApp(@Nullable String changed) {
        return new SetQuery(labels, state, host, limit, page, atLeast, changed);
    }

    public SetQuery withPage(@Nullable String changed) {
        return new SetQuery(labels, state, host, limit, changed, atLeast, app);
    }

    public SetQuery withLimit(int changed) {
        return new SetQuery(labels, state, host, changed, page, atLeast, app);
    }

    public SetQuery withAtLeast(long changed) {
        return new SetQuery(labels, state, host, limit, page, changed, app);
    }

    Query filters() {
        return new Query()
                .addAll("label", labels)
                .add("state", state)
                .add("host", host)
                .add("app", app);
    }

    Query text() {
        return filters().add("limit", limit).add("page", page).add("atLeast", atLeast);
    }
}
