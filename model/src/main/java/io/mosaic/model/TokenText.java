package io.mosaic.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A token as its bearer shows it: {@code mos_<name>_<secret>} for the API, {@code mosjoin_<name>_<secret>_<fingerprint>}
 * for a host. Never logged: {@link #toString} leaves the secret out.
 *
 * @param secret 43 characters of base64url: 256 random bits
 */
public record TokenText(String name, String secret) {

    private static final int SECRET_BYTES = 32;
    private static final int TEXT_CHARS_MAX = 128;
    private static final Pattern API = Pattern.compile("mos_([a-z0-9-]{1,63})_([A-Za-z0-9_-]{43})");

    /** Hex digits of the CA's fingerprint in a join token: 128 bits, enough against a second preimage. */
    private static final int FINGERPRINT_CHARS = 32;

    /** Reads an API token; null when the text is none. */
    public static @Nullable TokenText parse(String text) {
        if (text.length() > TEXT_CHARS_MAX) {
            return null;
        }
        Matcher matcher = API.matcher(text);
        return matcher.matches() && Names.valid(matcher.group(1))
                ? new TokenText(matcher.group(1), matcher.group(2))
                : null;
    }

    /** A new one of that name. */
    public static TokenText random(String name, SecureRandom random) {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return new TokenText(name, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** As an API caller shows it. A secret. */
    public String api() {
        return "mos_" + name + "_" + secret;
    }

    /**
     * As a host that joins shows it. A secret.
     *
     * @param fingerprint SHA-256 of the CA's certificate, hex, so that the host knows its cluster when it sees it
     */
    public String join(String fingerprint) {
        return "mosjoin_" + name + "_" + secret + "_" + fingerprint.substring(0, FINGERPRINT_CHARS);
    }

    /** What is kept of it: SHA-256 of the secret's characters, hex. */
    public String hash() {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Whether that is its hash; takes as long for any hash. */
    public boolean hasHash(String hash) {
        return MessageDigest.isEqual(
                hash().getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return "TokenText[" + name + "]";
    }
}
