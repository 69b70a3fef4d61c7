package io.mosaic.model.client;

import org.jspecify.annotations.Nullable;

/**
 * Which part of a container's output to read.
 *
 * @param container name in the set; absent: the only business container, or the one with the lowest index
 * @param follow whether to go on as it writes more
 * @param tail how many of the last lines to begin with; absent: all
 * @param since an RFC 3339 time or an age such as {@code 10m}
 * @param timestamps whether each line begins with its time
 */
public record LogsQuery(
        @Nullable String container,
        boolean follow,
        @Nullable Integer tail,
        @Nullable String since,
        boolean timestamps) {

    public static final LogsQuery ALL = new LogsQuery(null, false, null, null, false);

    Query text() {
        return new Query()
                .add("container", container)
                .flag("follow", follow)
                .add("tail", tail)
                .add("since", since)
                .flag("timestamps", timestamps);
    }
}
