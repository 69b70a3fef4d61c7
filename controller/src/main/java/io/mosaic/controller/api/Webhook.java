package io.mosaic.controller.api;

import io.mosaic.model.AppResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ScalingPolicy;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Proves that a load call comes from who was given the app's secret, and of late. */
final class Webhook {

    static final String TIMESTAMP = "Mosaic-Timestamp";
    static final String SIGNATURE = "Mosaic-Signature";
    static final String PREFIX = "sha256=";

    /** How far the caller's clock may be off; within it, a call that is repeated has its effect once. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    private static final String ALGORITHM = "HmacSHA256";

    private Webhook() {}

    /** The app's present secret; null when it takes no such calls. */
    static @Nullable String secret(AppResource app, UnaryOperator<String> secrets) {
        ScalingPolicy policy = app.spec().scaling();
        ScalingPolicy.Webhook webhook = policy == null ? null : policy.webhook();
        return webhook == null || app.deleting() ? null : secrets.apply("webhook/" + app.uid() + "/" + webhook.key());
    }

    /**
     * Lets the call through, or not.
     *
     * @param secret null: there is no such app, or it takes no calls; refused as a wrong signature is, and as slowly
     * @param timestamp in seconds since 1970
     * @param signature with its prefix
     * @throws ProblemException of kind UNAUTHENTICATED
     */
    static void require(@Nullable String secret, long timestamp, String signature, byte[] body, Instant now) {
        byte[] wanted = sign(secret == null ? "nobody" : secret, timestamp, body);
        byte[] given = signature.getBytes(StandardCharsets.US_ASCII);
        boolean same = MessageDigest.isEqual(
                (PREFIX + HexFormat.of().formatHex(wanted)).getBytes(StandardCharsets.US_ASCII), given);
        if (!same || secret == null) {
            throw new ProblemException(
                    Problem.Kind.UNAUTHENTICATED, "the signature is not the app's, or the app takes no such calls");
        }
        if (Math.abs(now.getEpochSecond() - timestamp) > WINDOW.toSeconds()) {
            throw new ProblemException(
                    Problem.Kind.UNAUTHENTICATED,
                    "the call's timestamp is more than " + WINDOW.toMinutes()
                            + " minutes off: it was sent then, or a clock is wrong");
        }
    }

    static byte[] sign(String secret, long timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.US_ASCII), ALGORITHM));
            mac.update((timestamp + ".").getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
