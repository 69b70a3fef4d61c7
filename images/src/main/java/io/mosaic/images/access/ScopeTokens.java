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
 * until when they are good, and for what. Signed with HMAC-SHA256 by one of the {@link TokenKeys}, whose id is in front; clients take
 * them for opaque. Thread-safe.
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
     * @param key id of the one that signed it
     * @param token name of the Mosaic token that it was made from
     * @param proof of that token's secret, so that one made anew under its name is another
     */
    public record Read(String key, String token, String proof, List<Scope> scopes) {
        /** Whether it is for that. */
        public boolean covers(Scope asked) {
            return scopes.stream()
                    .anyMatch(scope -> scope.repository().equals(asked.repository())
                            && scope.actions().containsAll(asked.actions()));
        }
    }

    private final TokenKeys keys;

    public ScopeTokens(TokenKeys keys) {
        this.keys = keys;
    }

    /**
     * Makes one.
     *
     * @param secretHash of the Mosaic token's secret
     */
    public String make(String token, String secretHash, List<Scope> scopes, Instant now) {
        TokenKeys.Key key = keys.current();
        Claims claims = new Claims(
                token,
                proof(key, secretHash),
                now.plus(LIFE).getEpochSecond(),
                scopes.stream().map(Scope::toString).toList());
        String payload = Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(claims));
        return PREFIX + key.id() + payload + "." + signature(key, key.id() + payload);
    }

    /** What of a secret's hash may be shown: enough to tell it from another, too little to be of use. */
    private static String proof(TokenKeys.Key key, String secretHash) {
        return signature(key, "proof:" + secretHash).substring(0, 16);
    }

    /** Whether the token was made from a Mosaic token with that secret; never, once its key is gone. */
    public boolean proves(Read read, String secretHash, Instant now) {
        TokenKeys.Key key = keys.find(read.key(), now);
        return key != null
                && MessageDigest.isEqual(
                        proof(key, secretHash).getBytes(StandardCharsets.US_ASCII),
                        read.proof().getBytes(StandardCharsets.UTF_8));
    }

    private static String signature(TokenKeys.Key key, String payload) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.bytes(), "HmacSHA256"));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(payload.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    /** Reads one; null when no key that is still good made it, or its time is over. */
    public @Nullable Read read(String text, Instant now) {
        int dot = text.indexOf('.');
        int begin = PREFIX.length() + TokenKeys.ID_CHARS;
        if (!text.startsWith(PREFIX) || dot < begin || text.length() > CHARS_MAX) {
            return null;
        }
        TokenKeys.Key key = keys.find(text.substring(PREFIX.length(), begin), now);
        if (key == null) {
            return null;
        }
        String payload = text.substring(begin, dot);
        byte[] shown = text.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(signature(key, key.id() + payload).getBytes(StandardCharsets.US_ASCII), shown)) {
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
        return new Read(key.id(), claims.token(), claims.proof(), scopes);
    }
}
