package io.mosaic.images.access;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads the short-lived tokens that a registry client shows with its calls: whose Mosaic token they were made from,
 * until when they are good, and for what. Signed with HMAC-SHA256; clients take them for opaque. Thread-safe.
 */
public final class ScopeTokens {

    /** A push of many large layers asks for new ones on the way; Docker takes nothing below a minute. */
    public static final Duration LIFE = Duration.ofMinutes(5);

    /** So that no other text that the key may come to sign is taken for one. */
    private static final String PREFIX = "mosreg_";

    private static final int CHARS_MAX = 8192;

    /**
     * What a token says.
     *
     * @param token name of the Mosaic token that it was made from
     * @param expires seconds since 1970
     * @param scopes each as {@link Scope} writes it
     */
    private record Claims(String token, String proof, long expires, List<String> scopes) {}

    /**
     * A token that was read and is good.
     *
     * @param token name of the Mosaic token that it was made from
     * @param proof of that token's secret, so that one made anew under its name is another
     */
    public record Read(String token, String proof, List<Scope> scopes) {
        /** Whether it is for that. */
        public boolean covers(Scope asked) {
            return scopes.stream()
                    .anyMatch(scope -> scope.repository().equals(asked.repository())
                            && scope.actions().containsAll(asked.actions()));
        }
    }

    private final SecretKeySpec key;

    /** @param key 32 random bytes */
    public ScopeTokens(byte[] key) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
    }

    /**
     * Makes one.
     *
     * @param secretHash of the Mosaic token's secret
     */
    public String make(String token, String secretHash, List<Scope> scopes, Instant now) {
        Claims claims = new Claims(
                token,
                proof(secretHash),
                now.plus(LIFE).getEpochSecond(),
                scopes.stream().map(Scope::toString).toList());
        String payload = Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(claims));
        return PREFIX + payload + "." + signature(payload);
    }

    /** What of a secret's hash may be shown: enough to tell it from another, too little to be of use. */
    public String proof(String secretHash) {
        return signature("proof:" + secretHash).substring(0, 16);
    }

    private String signature(String payload) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(payload.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /** Reads one; null when it was not made with this key, or its time is over. */
    public @Nullable Read read(String text, Instant now) {
        int dot = text.indexOf('.');
        if (!text.startsWith(PREFIX) || dot < 0 || text.length() > CHARS_MAX) {
            return null;
        }
        String payload = text.substring(PREFIX.length(), dot);
        byte[] shown = text.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(signature(payload).getBytes(StandardCharsets.US_ASCII), shown)) {
            return null;
        }
        Claims claims;
        try {
            claims = Json.read(Base64.getUrlDecoder().decode(payload), Claims.class);
        } catch (IllegalArgumentException | ProblemException e) {
            // Signed by us and not to be read: made by another version.
            return null;
        }
        if (now.getEpochSecond() >= claims.expires()) {
            return null;
        }
        List<Scope> scopes = new ArrayList<>();
        for (String each : Set.copyOf(claims.scopes())) {
            Scope scope = Scope.parse(each);
            if (scope != null) {
                scopes.add(scope);
            }
        }
        return new Read(claims.token(), claims.proof(), scopes);
    }
}
