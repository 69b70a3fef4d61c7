package io.mosaic.images.blob;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Names content by what it is.
 *
 * @param hex lower case, as many digits as the algorithm has
 */
public record Digest(Algorithm algorithm, String hex) implements Comparable<Digest> {

    /** The algorithms that the image specification registers. */
    public enum Algorithm {
        SHA256("sha256", "SHA-256", 64),
        SHA512("sha512", "SHA-512", 128);

        private final String word;
        private final String jdkName;
        private final int hexChars;

        Algorithm(String word, String jdkName, int hexChars) {
            this.word = word;
            this.jdkName = jdkName;
            this.hexChars = hexChars;
        }

        /** As it stands before the colon. */
        public String word() {
            return word;
        }

        /** A new hash function of that kind. */
        public MessageDigest start() {
            try {
                return MessageDigest.getInstance(jdkName);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has " + jdkName, e);
            }
        }

        /** The algorithm of that word, or null. */
        public static @Nullable Algorithm of(String word) {
            return Arrays.stream(values())
                    .filter(each -> each.word.equals(word))
                    .findFirst()
                    .orElse(null);
        }
    }

    public Digest {
        if (hex.length() != algorithm.hexChars || !hex.chars().allMatch(Digest::hexDigit)) {
            throw new IllegalArgumentException("not the hex digits of a " + algorithm.word);
        }
    }

    private static boolean hexDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** Reads {@code sha256:...} or {@code sha512:...}; null when the text is neither. */
    public static @Nullable Digest parse(String text) {
        int colon = text.indexOf(':');
        Algorithm algorithm = colon < 0 ? null : Algorithm.of(text.substring(0, colon));
        if (algorithm == null
                || text.length() - colon - 1 != algorithm.hexChars
                || !text.chars().skip(colon + 1).allMatch(Digest::hexDigit)) {
            return null;
        }
        return new Digest(algorithm, text.substring(colon + 1));
    }

    /** Reads one that was written by {@link #toString}. */
    public static Digest of(String written) {
        Digest digest = parse(written);
        if (digest == null) {
            throw new IllegalArgumentException("not a digest: " + written);
        }
        return digest;
    }

    /** What the hash function came to; it starts anew. */
    public static Digest of(Algorithm algorithm, MessageDigest hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash.digest()));
    }

    /** Of those bytes. */
    public static Digest of(Algorithm algorithm, byte[] content) {
        MessageDigest hash = algorithm.start();
        hash.update(content);
        return of(algorithm, hash);
    }

    @Override
    public int compareTo(Digest other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return algorithm.word + ":" + hex;
    }
}
