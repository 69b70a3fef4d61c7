package io.mosaic.cli.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Digests as registries write them, {@code sha256:...}. */
public final class Digests {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

    private Digests() {}

    /** Whether it is one; such a text is safe in a path. */
    public static boolean valid(String text) {
        return text.length() <= 135 && DIGEST.matcher(text).matches();
    }

    /** @throws ImageFault when it is none */
    public static String require(String what, String text) throws ImageFault {
        if (!valid(text)) {
            throw new ImageFault(what + " has no digest of sha256 or sha512");
        }
        return text;
    }

    public static MessageDigest sha256() {
        return algorithm("SHA-256");
    }

    /** For comparing content with that digest. */
    public static MessageDigest of(String digest) {
        return algorithm(digest.startsWith("sha512:") ? "SHA-512" : "SHA-256");
    }

    private static MessageDigest algorithm(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + name, e);
        }
    }

    public static String of(byte[] content) {
        return text(sha256().digest(content));
    }

    /** A sum as it is written, with the algorithm told by its length. */
    public static String text(byte[] sum) {
        return (sum.length == 64 ? "sha512:" : "sha256:") + HexFormat.of().formatHex(sum);
    }
}
