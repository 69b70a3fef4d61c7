package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.Digest;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** AWS signature version 4 in a header. Thread-safe. */
final class S3Signer {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String MAC = "HmacSHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final int DATE_CHARS = 8;

    private final S3Credentials credentials;
    private final String region;

    S3Signer(S3Credentials credentials, String region) {
        this.credentials = credentials;
        this.region = region;
    }

    /**
     * Adds what makes the call authentic to its headers.
     *
     * @param path as it goes over the wire
     * @param query parameters, encoded as they go over the wire; no two of one name
     * @param headers all that shall be signed, names in small letters, {@code host} among them; {@code x-amz-date}, {@code authorization}
     *     and what else is needed come in
     * @param payload SHA-256 of the body, hex digits
     */
    void sign(
            String method,
            String path,
            SortedMap<String, String> query,
            SortedMap<String, String> headers,
            String payload,
            Instant now) {
        String time = TIME.format(now);
        headers.put("x-amz-date", time);
        headers.put("x-amz-content-sha256", payload);
        String session = credentials.sessionToken();
        if (session != null) {
            headers.put("x-amz-security-token", session);
        }
        String names = String.join(";", headers.keySet());
        StringBuilder canonical = new StringBuilder(method + "\n" + path + "\n" + text(query) + "\n");
        headers.forEach((name, value) ->
                canonical.append(name).append(':').append(value.strip()).append('\n'));
        canonical.append('\n').append(names).append('\n').append(payload);
        String date = time.substring(0, DATE_CHARS);
        String scope = date + "/" + region + "/s3/aws4_request";
        String toSign = ALGORITHM + "\n" + time + "\n" + scope + "\n" + sha256(canonical.toString());
        byte[] key = mac(("AWS4" + credentials.secretKey()).getBytes(StandardCharsets.UTF_8), date);
        for (String step : new String[] {region, "s3", "aws4_request"}) {
            key = mac(key, step);
        }
        headers.put(
                "authorization",
                ALGORITHM + " Credential=" + credentials.accessKey() + "/" + scope + ",SignedHeaders=" + names
                        + ",Signature=" + HexFormat.of().formatHex(mac(key, toSign)));
    }

    /** A query as it goes over the wire. */
    static String text(SortedMap<String, String> query) {
        return query.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .collect(Collectors.joining("&"));
    }

    /** Encodes what goes into a query: all but letters, digits and {@code -._~}. */
    static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if ((each >= 'A' && each <= 'Z')
                    || (each >= 'a' && each <= 'z')
                    || (each >= '0' && each <= '9')
                    || "-._~".indexOf(each) >= 0) {
                out.append((char) each);
            } else {
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(each));
            }
        }
        return out.toString();
    }

    static SortedMap<String, String> none() {
        return new TreeMap<>();
    }

    private static String sha256(String text) {
        return Digest.of(Digest.Algorithm.SHA256, text.getBytes(StandardCharsets.UTF_8))
                .hex();
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has " + MAC, e);
        }
    }
}
