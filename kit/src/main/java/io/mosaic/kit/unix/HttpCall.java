package io.mosaic.kit.unix;

import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request.
 *
 * @param target path and query, percent-encoded
 * @param contentType of the body, absent when there is none
 * @param body whole in memory, or absent
 * @param stream a body sent in chunks as it is read, or absent; not both
 */
public record HttpCall(
        String method,
        String target,
        Map<String, String> headers,
        @Nullable String contentType,
        byte @Nullable [] body,
        @Nullable InputStream stream) {

    /** Nothing that could end the request line or a header. */
    private static final Pattern TARGET = Pattern.compile("/[\\x21-\\x7e]*");

    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{0,8192}");

    public HttpCall {
        if (!TARGET.matcher(target).matches()) {
            throw new IllegalArgumentException("a target is a percent-encoded path that begins with /");
        }
        headers = Map.copyOf(headers);
        headers.forEach((name, value) -> {
            if (!HEADER_NAME.matcher(name).matches()
                    || !HEADER_VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException("header " + name + " has characters that a header may not have");
            }
        });
    }

    public static HttpCall of(String method, String target) {
        return new HttpCall(method, target, Map.of(), null, null, null);
    }

    public static HttpCall get(String target) {
        return of("GET", target);
    }

    public static HttpCall post(String target) {
        return of("POST", target);
    }

    public static HttpCall json(String method, String target, byte[] body) {
        return new HttpCall(method, target, Map.of(), "application/json", body, null);
    }

    public static HttpCall upload(String target, String contentType, InputStream body) {
        return new HttpCall("POST", target, Map.of(), contentType, null, body);
    }

    /** The same call with that in front of its target. */
    public HttpCall under(String prefix) {
        return new HttpCall(method, prefix + target, headers, contentType, body, stream);
    }

    /** The same call with one more header. */
    public HttpCall with(String name, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(name, value);
        return new HttpCall(method, target, more, contentType, body, stream);
    }

    /** Whether doing it twice is doing it once (RFC 9110, 9.2.2). */
    boolean idempotent() {
        return switch (method) {
            case "GET", "HEAD", "DELETE", "PUT", "OPTIONS" -> true;
            default -> false;
        };
    }
}
