package io.mosaic.model.client;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a cluster answers and how to speak to it.
 *
 * @param server base URL such as {@code https://127.0.0.1:8443}; a path in it is kept as a prefix
 * @param token API token, absent for calls that need none
 * @param authority PEM certificates to trust instead of the JDK's own; the server's name is checked either way
 * @param tenant tenant to act for, absent: the token's only one, or {@code default}
 * @param timeout longest wait for the first byte of an answer; logs, watches and exec have none after that
 * @param retryFor how long a call that may safely be repeated is repeated while the server cannot be reached or answers
 *     502, 503 or 504; zero turns repeats off
 */
public record ClientSettings(
        URI server,
        @Nullable String token,
        @Nullable String authority,
        @Nullable String tenant,
        Duration timeout,
        Duration retryFor) {

    /** Longer than the server's own deadlines, so that its problem document arrives rather than a timeout here. */
    public static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** Covers a change of the leading controller. */
    public static final Duration RETRY_FOR = Duration.ofSeconds(5);

    /**
     * @throws IllegalArgumentException when the server is not an absolute http or https URL, or the token cannot stand in
     *     a header
     */
    public ClientSettings {
        if (server.getHost() == null
                || !("https".equals(server.getScheme()) || "http".equals(server.getScheme()))
                || server.getRawQuery() != null
                || server.getRawFragment() != null) {
            throw new IllegalArgumentException("not the address of a server, such as https://host:8443: " + server);
        }
        if (token != null && !token.chars().allMatch(c -> c > 32 && c < 127)) {
            throw new IllegalArgumentException("the token holds characters that no token has");
        }
    }

    /** With the default times. */
    public static ClientSettings of(URI server, @Nullable String token, @Nullable String authority) {
        return new ClientSettings(server, token, authority, null, TIMEOUT, RETRY_FOR);
    }

    public ClientSettings withTenant(@Nullable String changed) {
        return new ClientSettings(server, token, authority, changed, timeout, retryFor);
    }

    public ClientSettings withTimes(Duration changedTimeout, Duration changedRetryFor) {
        return new ClientSettings(server, token, authority, tenant, changedTimeout, changedRetryFor);
    }

    /** Without the token, so that it never reaches a log. */
    @Override
    public String toString() {
        return server + (tenant == null ? "" : " as " + tenant);
    }
}
