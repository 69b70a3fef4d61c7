package io.mosaic.agent.docker;

import java.time.Duration;

/**
 * How long each kind of call to the daemon may take before it counts as hung. Each is several times the slowest answer
 * that a healthy but busy daemon (fifty starts at once on two cores) was seen to give.
 */
final class Deadlines {

    /** Answered from the daemon's memory. */
    static final Duration VERSION = Duration.ofSeconds(5);

    static final Duration INFO = Duration.ofSeconds(5);

    /** Takes the container's lock, which a start or stop holds for a moment. */
    static final Duration INSPECT = Duration.ofSeconds(5);

    /** Takes the lock of every container in turn. */
    static final Duration LIST = Duration.ofSeconds(10);

    /** Reads the image's configuration from the disk. */
    static final Duration IMAGE = Duration.ofSeconds(5);

    /** Makes a layer and a mount; waits for the disk. */
    static final Duration CREATE = Duration.ofSeconds(20);

    /** Runs containerd and runc, and the network's set-up. */
    static final Duration START = Duration.ofSeconds(30);

    /** On top of the grace period: the daemon waits 10 s more after the kill for the process to be reaped. */
    static final Duration STOP_EXTRA = Duration.ofSeconds(20);

    static final Duration KILL = Duration.ofSeconds(15);

    /** Deletes the container's layer: a million files take a while. */
    static final Duration REMOVE = Duration.ofSeconds(60);

    /** Changes the daemon's books, and the network's where the container has one of its own. */
    static final Duration RENAME = Duration.ofSeconds(10);

    /** Runs {@code runc update}. */
    static final Duration UPDATE = Duration.ofSeconds(10);

    /** Looks into the container's file system, mounting its volumes for that. */
    static final Duration PATH = Duration.ofSeconds(5);

    /** Up to the first byte of a stream of logs or events. */
    static final Duration STREAM = Duration.ofSeconds(10);

    /** Between two pieces of logs that are only being read back, not followed. */
    static final Duration LOG_PAUSE = Duration.ofSeconds(30);

    /** Creating an exec, and reading how it stands. */
    static final Duration EXEC = Duration.ofSeconds(10);

    /** Runs runc, as a start does. */
    static final Duration EXEC_START = Duration.ofSeconds(30);

    /** From the end of a command's output to its exit code: the daemon handles the exit event in between. */
    static final Duration EXIT_CODE = Duration.ofSeconds(10);

    static final Duration RESIZE = Duration.ofSeconds(5);

    /** Unpacks a whole root file system. */
    static final Duration IMPORT = Duration.ofMinutes(10);

    private Deadlines() {}
}
