package io.mosaic.kit.unix;

import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The status line and the headers of an answer.
 *
 * @param headers by lower-case name; values of a repeated one joined by commas
 */
public record HttpHead(int status, boolean http11, Map<String, String> headers) {

    private static final int LINE_BYTES_MAX = 16 * 1024;
    private static final int HEADERS_MAX = 128;

    public HttpHead {
        headers = Map.copyOf(headers);
    }

    public @Nullable String header(String name) {
        return headers.get(name.toLowerCase(Locale.ROOT));
    }

    /** Skips interim answers (1xx) except 101, which is final for us. */
    static HttpHead read(UnixConnection connection) throws IOException {
        while (true) {
            HttpHead head = readOne(connection);
            if (head.status >= 200 || head.status == 101) {
                return head;
            }
        }
    }

    private static HttpHead readOne(UnixConnection connection) throws IOException {
        String line = connection.line(LINE_BYTES_MAX);
        if (!line.matches("HTTP/1\\.[01] [1-9][0-9][0-9]( .*)?")) {
            throw new IOException("not an HTTP answer: " + printable(line));
        }
        Map<String, String> headers = new HashMap<>();
        for (int count = 0; ; count++) {
            String header = connection.line(LINE_BYTES_MAX);
            if (header.isEmpty()) {
                return new HttpHead(Integer.parseInt(line.substring(9, 12)), line.startsWith("HTTP/1.1"), headers);
            }
            int colon = header.indexOf(':');
            if (count >= HEADERS_MAX || colon <= 0) {
                throw new IOException("not a header, or more than " + HEADERS_MAX + ": " + printable(header));
            }
            headers.merge(
                    header.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip(),
                    (first, second) -> first + ", " + second);
        }
    }

    /** How the body of the answer to such a request ends. */
    BodyInput body(String method, UnixConnection connection) throws IOException {
        if (method.equals("HEAD") || status == 204 || status == 304) {
            return BodyInput.fixed(connection, 0);
        }
        String encoding = header("transfer-encoding");
        if (encoding != null) {
            if (!encoding.equalsIgnoreCase("chunked")) {
                throw new IOException("unknown transfer encoding: " + printable(encoding));
            }
            return BodyInput.chunked(connection);
        }
        String length = header("content-length");
        if (length == null) {
            return BodyInput.untilClose(connection);
        }
        if (!length.matches("[0-9]{1,18}")) {
            throw new IOException("not a content length: " + printable(length));
        }
        return BodyInput.fixed(connection, Long.parseLong(length));
    }

    /** Whether the connection may serve another request once the body is read. */
    boolean keepsAlive() {
        String connection = header("connection");
        boolean closes =
                connection != null && connection.toLowerCase(Locale.ROOT).contains("close");
        boolean ambiguous = header("transfer-encoding") != null && header("content-length") != null;
        return http11 && !closes && !ambiguous && status != 101;
    }

    private static String printable(String text) {
        String shown = text.length() > 80 ? text.substring(0, 80) + "..." : text;
        return shown.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
