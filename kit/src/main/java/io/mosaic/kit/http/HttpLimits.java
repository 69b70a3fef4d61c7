package io.mosaic.kit.http;

import java.time.Duration;

/**
 * What one server takes on.
 *
 * @param bodyBytes largest request body
 * @param headerBytes largest request head
 * @param requests calls answered at the same time; more get 429
 * @param connections open at the same time, with and without a call; more wait, unanswered, until one ends
 * @param streams logs, watches and sockets open at the same time; more get 429
 * @param readTimeout within which a whole request body must have come
 * @param writeTimeout after which a client that takes nothing of a stream is cut off
 * @param pingInterval between pings on a WebSocket, which also tell that the other end is gone
 */
public record HttpLimits(
        int bodyBytes,
        int headerBytes,
        int requests,
        int connections,
        int streams,
        Duration readTimeout,
        Duration writeTimeout,
        Duration pingInterval) {

    /** A set's JSON is some KiB; 10,000 streams of a virtual thread each fit a heap of some 100 MiB. */
    public static final HttpLimits DEFAULT = new HttpLimits(
            1024 * 1024,
            16 * 1024,
            1024,
            16_384,
            10_000,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));

    /** The same with so many connections. */
    public HttpLimits withConnections(int changed) {
        return new HttpLimits(
                bodyBytes, headerBytes, requests, changed, streams, readTimeout, writeTimeout, pingInterval);
    }
}
