package io.mosaic.agent.share;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a host shares blobs.
 *
 * @param directory of its own, for the blobs
 * @param bind address that it serves others at
 * @param port 0 takes a free one
 * @param address host or IP by which others reach it
 * @param uplinkBytes a second that it sends at most; 0: no limit
 * @param uploads pieces that it sends at once
 * @param keepBytes of blobs that it serves after it has fetched them
 * @param keep how long it does
 * @param keepFree bytes of the directory's file system below which it keeps nothing for others
 * @param picker how much it asks for at once
 */
public record ShareSettings(
        Path directory,
        String bind,
        int port,
        String address,
        long uplinkBytes,
        int uploads,
        long keepBytes,
        Duration keep,
        long keepFree,
        Picker.Settings picker) {

    /** Few at once: a host then has whole pieces to pass on early. */
    public static final Picker.Settings PICKER =
            new Picker.Settings(8, 2, 4, Duration.ofSeconds(3), Duration.ofSeconds(2));

    public static final int UPLOADS = 4;

    /** As long as a ticket lets a host be told of. */
    public static final Duration KEEP = Duration.ofMinutes(10);

    /** Smaller blobs are not worth the talk about them. */
    public static final long SHARED_MIN_BYTES = 8L << 20;
}
