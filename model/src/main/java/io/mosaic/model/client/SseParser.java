package io.mosaic.model.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events (WHATWG HTML, section 9.2) from a stream. Not thread-safe. */
final class SseParser {

    /** One dispatched event; {@code id} is empty when it had none. */
    record Sse(String id, String event, String data) {}

    private final BufferedReader reader;
    private final Runnable heard;

    /** @param heard is run at each line, so that the caller can tell silence from idle keep-alives */
    SseParser(InputStream in, Runnable heard) {
        this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 16 * 1024);
        this.heard = heard;
    }

    /** The next event, or null at the end of the stream; an event cut off by the end is dropped. */
    @Nullable
    Sse next() throws IOException {
        String id = "";
        String event = "";
        StringBuilder data = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            heard.run();
            if (line.isEmpty()) {
                if (!event.isEmpty() || !data.isEmpty()) {
                    return new Sse(id, event, data.toString());
                }
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(line.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
            switch (field) {
                case "id" -> id = value;
                case "event" -> event = value;
                case "data" -> data.append(data.isEmpty() ? "" : "\n").append(value);
                default -> {
                    // Comments (an empty field name) and fields of later versions say nothing here.
                }
            }
        }
        return null;
    }
}
