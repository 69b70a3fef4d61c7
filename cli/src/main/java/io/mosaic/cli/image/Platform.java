package io.mosaic.cli.image;

import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What an image runs on.
 *
 * @param variant such as v8; empty when none is named
 */
public record Platform(String os, String architecture, String variant) {
    private static final Pattern PART = Pattern.compile("[a-z0-9_.-]{1,32}");

    /**
     * Reads {@code linux/arm64} or {@code linux/arm/v7}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    public static Platform parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3) {
            throw new IllegalArgumentException("a platform is OS/ARCHITECTURE, such as linux/amd64: " + text);
        }
        for (String part : parts) {
            if (!PART.matcher(part).matches()) {
                throw new IllegalArgumentException("a platform is OS/ARCHITECTURE, such as linux/amd64: " + text);
            }
        }
        return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
    }

    /** This machine's, as containers have it: Linux. */
    public static Platform own() {
        String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return new Platform(
                "linux",
                switch (architecture) {
                    case "x86_64", "amd64" -> "amd64";
                    case "aarch64" -> "arm64";
                    default -> architecture;
                },
                "");
    }

    /** Whether what a descriptor or a configuration names is this one; a variant only counts when it is asked for. */
    public boolean matches(JsonNode named) {
        return os.equals(named.path("os").asString(""))
                && architecture.equals(named.path("architecture").asString(""))
                && (variant.isEmpty() || variant.equals(named.path("variant").asString("")));
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
    }
}
