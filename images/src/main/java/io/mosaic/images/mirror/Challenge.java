package io.mosaic.images.mirror;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a registry wants to see (the WWW-Authenticate header of RFC 9110, section 11).
 *
 * @param basic whether user and password themselves; else a token of a service
 * @param realm the service's URL; absent for basic
 */
record Challenge(
        boolean basic,
        @Nullable String realm,
        @Nullable String service,
        @Nullable String scope) {

    private static final int CHARS_MAX = 4096;
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_-]{1,32})=(?:\"([^\"]*)\"|([^\",\\s]+))");

    /** The one that we can answer, a token before a password; null when there is none. */
    static @Nullable Challenge of(List<String> headers) {
        Challenge basic = null;
        for (String header : headers) {
            String text = header.strip();
            String lower = text.toLowerCase(Locale.ROOT);
            if (text.length() > CHARS_MAX) {
                continue;
            }
            if (lower.startsWith("bearer ")) {
                Map<String, String> parameters = parameters(text.substring("bearer ".length()));
                String realm = parameters.get("realm");
                if (realm != null) {
                    return new Challenge(false, realm, parameters.get("service"), parameters.get("scope"));
                }
            } else if (lower.startsWith("basic")) {
                basic = new Challenge(true, null, null, null);
            }
        }
        return basic;
    }

    private static Map<String, String> parameters(String text) {
        Map<String, String> read = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(text);
        while (matcher.find()) {
            String value = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
            read.putIfAbsent(matcher.group(1).toLowerCase(Locale.ROOT), value);
        }
        return read;
    }
}
