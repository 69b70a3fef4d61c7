package io.mosaic.agent.docker;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A stream of JSON objects, one a line, as the daemon sends events and progress. Not thread-safe. */
final class JsonLines {

    /** An event holds all labels of a container, some KiB; a longer line is a fault. */
    private static final int LINE_BYTES_MAX = 1024 * 1024;

    private final InputStream in;

    JsonLines(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    /** Null at the end. */
    @Nullable
    JsonNode next() throws IOException, DockerException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b != '\n') {
                if (line.size() >= LINE_BYTES_MAX) {
                    throw new IOException("a message is longer than " + LINE_BYTES_MAX + " bytes");
                }
                line.write(b);
            } else if (!line.toString(StandardCharsets.UTF_8).isBlank()) {
                return DockerJson.read(line.toByteArray());
            }
        }
        return line.toString(StandardCharsets.UTF_8).isBlank() ? null : DockerJson.read(line.toByteArray());
    }
}
