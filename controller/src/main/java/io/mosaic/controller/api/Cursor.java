package io.mosaic.controller.api;

import io.mosaic.model.Names;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where a page ended. Opaque to callers, and nothing in it grants anything: a forged one only begins elsewhere in what
 * its bearer may list.
 *
 * @param revision that the first page was read at; a watch from there misses nothing of any page
 * @param name of the last item
 */
record Cursor(long revision, String name) {

    String token() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((revision + "/" + name).getBytes(StandardCharsets.US_ASCII));
    }

    /** Null when it is no page token. */
    static @Nullable Cursor parse(String token) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.US_ASCII);
            int slash = text.indexOf('/');
            if (slash < 0 || !Names.valid(text.substring(slash + 1))) {
                return null;
            }
            long revision = Long.parseLong(text.substring(0, slash));
            return revision < 0 ? null : new Cursor(revision, text.substring(slash + 1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
