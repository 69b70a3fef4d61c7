package io.mosaic.kit.unix;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer that was read whole. */
public record HttpAnswer(HttpHead head, byte[] body) {

    public int status() {
        return head.status();
    }

    public @Nullable String header(String name) {
        return head.header(name);
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
