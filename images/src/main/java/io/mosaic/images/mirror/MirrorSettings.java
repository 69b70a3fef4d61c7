package io.mosaic.images.mirror;

import java.net.URI;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One registry that is mirrored.
 *
 * @param prefix first part of its repositories' names here
 * @param upstream where it is: scheme, host and port
 * @param credentials absent: what anybody may pull
 * @param trust whom its certificate must be signed by; absent: those whom the JDK trusts
 * @param revalidate how long a tag means what it meant there when it was asked last
 * @param maxBytes that are kept; what was not used for longest goes
 * @param blobBytes largest blob
 * @param recent what was used within that time does not go, also when there is more than may be kept
 * @param patience with the registry
 */
public record MirrorSettings(
        String prefix,
        URI upstream,
        @Nullable Login credentials,
        @Nullable SSLContext trust,
        Duration revalidate,
        long maxBytes,
        long blobBytes,
        Duration recent,
        Patience patience) {

    /** Who has a manifest asks for its blobs within that time. */
    public static final Duration RECENT = Duration.ofMinutes(10);

    /** A user of the registry. */
    public record Login(String user, String password) {
        /** Without the password: records end up in logs. */
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }
    }

    /**
     * How long is waited.
     *
     * @param connect for a connection
     * @param answer for an answer, with its body where that is small
     * @param stall for the next bytes of a blob
     * @param rest before a registry that did not answer is asked again what a tag means that is here; no longer than tags are
     *     taken for good
     */
    public record Patience(Duration connect, Duration answer, Duration stall, Duration rest) {
        public static final Patience USUAL = new Patience(
                Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(10));
    }
}
