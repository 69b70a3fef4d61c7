package io.mosaic.images.blob.s3;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a bucket is and how it is called.
 *
 * @param endpoint {@code http://HOST} or {@code https://HOST}, with a port or without; the bucket comes in the path
 * @param region that calls are signed for
 * @param prefix of all names, empty or ending with a slash
 * @param authority PEM file of the CA that signed the endpoint's certificate; absent: those that the JDK trusts
 * @param patience for one call to be answered, and for more of an answer to come
 * @param attempts of a call, the first included
 * @param pause before the second attempt, about; each further one doubles it
 */
public record S3Settings(
        URI endpoint,
        String region,
        String bucket,
        String prefix,
        S3Credentials credentials,
        @Nullable Path authority,
        Duration patience,
        int attempts,
        Duration pause) {

    /** 16 MiB, the most that one call carries, come in it at 5 Mbit/s; who answers at all answers sooner. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** With the pauses between them an outage of some three seconds goes unnoticed. */
    public static final int ATTEMPTS = 5;

    public static final Duration PAUSE = Duration.ofMillis(200);

    private static final String BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";

    /** Such names need no escapes in a path or a header. */
    private static final String PREFIX = "([A-Za-z0-9._-]+/)*";

    private static final String REGION = "[a-zA-Z0-9-]{1,64}";
    private static final int PREFIX_MAX = 512;

    public S3Settings {
        require(endpoint(endpoint), "endpoint must be http://HOST or https://HOST, with no path");
        require(REGION, region, "region must be letters, digits and -");
        require(BUCKET, bucket, "bucket must be 3 to 63 small letters, digits, . and -");
        require(PREFIX, prefix, "prefix must be empty or names of letters, digits, . _ and -, each with a / after it");
        require(prefix.length() <= PREFIX_MAX, "prefix must be at most " + PREFIX_MAX + " characters");
        require(!("/" + prefix).contains("/../") && !("/" + prefix).contains("/./"), "prefix must not have . or ..");
        require(attempts > 0, "attempts must be at least 1");
    }

    private static void require(String pattern, String value, String rule) {
        require(value.matches(pattern), rule);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    private static boolean endpoint(URI uri) {
        return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                && uri.getHost() != null
                && uri.getRawPath().isEmpty()
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null
                && uri.getRawUserInfo() == null;
    }
}
