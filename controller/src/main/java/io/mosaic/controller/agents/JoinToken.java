package io.mosaic.controller.agents;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.Names;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A join token as its bearer shows it: {@code mosjoin_<name>_<secret>_<fingerprint>}. The secret is base64url and may hold
 * an underscore itself; the name and the fingerprint cannot.
 */
record JoinToken(String name, String secret) {

    private static final Pattern TEXT =
            Pattern.compile("mosjoin_([a-z0-9-]{1,63})_([A-Za-z0-9_-]{20,128})_[0-9a-f]{32}");

    /** Null when the text is no join token. */
    static @Nullable JoinToken parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches() && Names.valid(matcher.group(1))
                ? new JoinToken(matcher.group(1), matcher.group(2))
                : null;
    }

    /** Whether a join token of that name with that secret is in the image. */
    boolean isIn(ClusterImage image) {
        TokenResource token = image.token(name);
        return token != null
                && token.spec().purpose() == TokenSpec.Purpose.JOIN
                && token.spec().secretHash() != null
                && MessageDigest.isEqual(bytes(hash(secret)), bytes(token.spec().secretHash()));
    }

    /** As {@link TokenSpec#secretHash()} keeps it. */
    static String hash(String secret) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes(secret)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "JoinToken[" + name + "]";
    }
}
