package io.mosaic.agent.images;

import java.util.regex.Pattern;

/**
 * A piece of an image by what it is.
 *
 * @param digest {@code sha256:} and 64 hex digits, of the bytes as they travel
 * @param size bytes
 */
public record Blob(String digest, long size) {

    private static final Pattern SHA256 = Pattern.compile("sha256:[0-9a-f]{64}");

    /** @throws IllegalArgumentException when the digest is of another kind, or the size none */
    public Blob {
        if (digest == null || !SHA256.matcher(digest).matches() || size < 0) {
            throw new IllegalArgumentException("a blob has a sha256 digest and a size");
        }
    }

    /** The digest's 64 hex digits. */
    String hex() {
        return digest.substring("sha256:".length());
    }

    static boolean isDigest(String text) {
        return SHA256.matcher(text).matches();
    }
}
