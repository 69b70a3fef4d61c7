package io.mosaic.images.manifest;

import io.mosaic.images.blob.Digest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How a manifest is asked for. */
public sealed interface Reference {

    /** By a name that may come to mean another manifest. */
    record Tag(String name) implements Reference {
        private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

        public static final String RULE = "must be 1 to 128 of letters, digits, . _ and -, and not begin with . or -";

        /** Whether that is a tag. */
        public static boolean valid(String text) {
            return text.length() <= 128 && TAG.matcher(text).matches();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** By what it is. */
    record ByDigest(Digest digest) implements Reference {
        @Override
        public String toString() {
            return digest.toString();
        }
    }

    /** Reads a tag or a digest; null when it is neither. */
    static @Nullable Reference parse(String text) {
        if (text.indexOf(':') >= 0) {
            Digest digest = Digest.parse(text);
            return digest == null ? null : new ByDigest(digest);
        }
        return Tag.valid(text) ? new Tag(text) : null;
    }
}
