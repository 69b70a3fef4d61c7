package io.mosaic.model.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds the query part of a URL; leaves out what is absent. Not thread-safe. */
final class Query {
    private final StringBuilder text = new StringBuilder();

    Query add(String name, @Nullable Object value) {
        if (value != null) {
            text.append(text.isEmpty() ? '?' : '&').append(name).append('=').append(encode(value.toString()));
        }
        return this;
    }

    Query flag(String name, boolean value) {
        return value ? add(name, true) : this;
    }

    Query addAll(String name, Iterable<String> values) {
        for (String value : values) {
            add(name, value);
        }
        return this;
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** With its question mark, or empty. */
    @Override
    public String toString() {
        return text.toString();
    }
}
