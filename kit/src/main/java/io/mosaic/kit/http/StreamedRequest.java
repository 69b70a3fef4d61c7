package io.mosaic.kit.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A call of a {@link Mount}: nothing of it is checked but that it is HTTP, and its body is read as it comes. Not thread-safe. */
public final class StreamedRequest {

    private final ServerRequest in;
    private final String id;
    private final Deadlines deadlines;
    private final Duration readTimeout;
    private @Nullable Map<String, List<String>> query;
    private @Nullable InputStream wire;

    StreamedRequest(ServerRequest in, String id, Deadlines deadlines, Duration readTimeout) {
        this.in = in;
        this.id = id;
        this.deadlines = deadlines;
        this.readTimeout = readTimeout;
    }

    /** In upper case, as it came; also what no standard knows. */
    public String method() {
        return in.prologue().method().text();
    }

    /** As it came, percent-encoded, without the query. */
    public String rawPath() {
        return in.prologue().uriPath().rawPath();
    }

    /** Names this call in the log and in the answer's {@code X-Request-Id}. */
    public String id() {
        return id;
    }

    /** Whether the connection is encrypted. */
    public boolean secure() {
        return in.isSecure();
    }

    /** The certificate that the client showed in the handshake, checked there by the server's trust; absent when it showed none. */
    public @Nullable X509Certificate clientCertificate() {
        Certificate[] chain = in.remotePeer().tlsCertificates().orElse(new Certificate[0]);
        return chain.length > 0 && chain[0] instanceof X509Certificate certificate ? certificate : null;
    }

    /** The header's first value, absent when it is not there. */
    public @Nullable String header(String name) {
        HeaderName header = HeaderNames.create(name);
        return RequestReader.value(in.headers(), header);
    }

    /**
     * The query's first value of that name, decoded, absent when it is not there.
     *
     * @throws ProblemException of kind MALFORMED when the query is not well-formed
     */
    public @Nullable String query(String name) {
        List<String> all = queries(name);
        return all.isEmpty() ? null : all.getFirst();
    }

    /** All of the query's values of that name, decoded, in order. */
    public List<String> queries(String name) {
        return queries().getOrDefault(name, List.of());
    }

    /**
     * All of the query by name, decoded.
     *
     * @throws ProblemException of kind MALFORMED when the query is not well-formed
     */
    public Map<String, List<String>> queries() {
        Map<String, List<String>> read = query;
        if (read == null) {
            read = RequestReader.query(in.prologue().query());
            query = read;
        }
        return read;
    }

    /** Bytes of the body, absent when it comes in pieces of no announced length, or not at all. */
    public OptionalLong contentLength() {
        return in.headers().contentLength();
    }

    /**
     * The body. A client that sends nothing for the server's read timeout is cut off: the read then fails. To be read once.
     */
    public InputStream body() {
        return in.content().hasEntity() ? new Body() : InputStream.nullInputStream();
    }

    /**
     * What is left of the body, as it comes. Asked for as late as can be: only then is a client that waits for it told to send
     * the body, and whoever is refused before sends none.
     */
    InputStream wire() {
        InputStream opened = wire;
        if (opened == null) {
            opened = in.content().inputStream();
            wire = opened;
        }
        return opened;
    }

    private final class Body extends InputStream {

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try (Deadlines.Entry _ = deadlines.enter(readTimeout)) {
                return wire().read(into, offset, length);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (RuntimeException e) {
                // The library has several for a client that ended too early or wrote no good chunks.
                throw new IOException("the body did not come whole", e);
            }
        }
    }
}
