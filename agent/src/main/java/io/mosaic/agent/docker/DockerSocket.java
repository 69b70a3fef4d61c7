package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import io.mosaic.kit.unix.HttpAnswer;
import io.mosaic.kit.unix.HttpCall;
import io.mosaic.kit.unix.HttpStream;
import io.mosaic.kit.unix.HttpUpgrade;
import io.mosaic.kit.unix.UnixHttpClient;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The daemon's socket: negotiates the version of the API, and says by kind what an answer that is no success means.
 *
 * <p>Thread-safe.
 */
final class DockerSocket implements Closeable {

    /** Of one agent to one daemon: as many calls as run at once when a host is busy. */
    private static final int KEPT_CONNECTIONS = 16;

    private final Path path;
    private final UnixHttpClient http;
    private volatile @Nullable ApiVersion negotiated;

    DockerSocket(Path path) {
        this.path = path;
        this.http = new UnixHttpClient(path, "docker", KEPT_CONNECTIONS);
    }

    /** The version agreed on; asks the daemon when it is not known yet or the daemon was gone meanwhile. */
    ApiVersion version() throws DockerException {
        ApiVersion known = negotiated;
        if (known == null) {
            JsonNode answer = DockerJson.read(
                    sent("version", HttpCall.get("/version"), Deadlines.VERSION).body());
            known = ApiVersion.negotiate(
                    answer.path("ApiVersion").asString(""),
                    answer.path("MinAPIVersion").asString(""));
            negotiated = known;
        }
        return known;
    }

    /** Answers 200 to 299 and 304; anything else is thrown by kind. */
    HttpAnswer call(String what, HttpCall call, Duration deadline) throws DockerException {
        return sent(what, versioned(call), deadline);
    }

    JsonNode json(String what, HttpCall call, Duration deadline) throws DockerException {
        return DockerJson.read(call(what, call, deadline).body());
    }

    /** As {@link #call}, but whatever the status is. */
    HttpAnswer any(String what, HttpCall call, Duration deadline) throws DockerException {
        try {
            return http.exchange(versioned(call), deadline);
        } catch (IOException e) {
            throw broken(what, e, deadline);
        }
    }

    HttpStream stream(String what, HttpCall call, Duration deadline) throws DockerException {
        HttpCall versioned = versioned(call);
        try {
            HttpStream stream = http.stream(versioned, deadline);
            if (stream.status() >= 300) {
                try (stream) {
                    stream.within(deadline);
                    byte[] body = stream.body().readNBytes(64 * 1024);
                    throw refused(what, new HttpAnswer(stream.head(), body));
                }
            }
            return stream;
        } catch (IOException e) {
            throw broken(what, e, deadline);
        }
    }

    HttpUpgrade upgrade(String what, HttpCall call, Duration deadline) throws DockerException {
        HttpCall versioned = versioned(call);
        try {
            return http.upgrade(versioned, deadline);
        } catch (HttpUpgrade.RefusedException e) {
            throw refused(what, e.answer());
        } catch (IOException e) {
            throw broken(what, e, deadline);
        }
    }

    void ping(Duration deadline) throws DockerException {
        sent("ping", HttpCall.get("/_ping"), deadline);
    }

    private HttpAnswer sent(String what, HttpCall call, Duration deadline) throws DockerException {
        HttpAnswer answer;
        try {
            answer = http.exchange(call, deadline);
        } catch (IOException e) {
            throw broken(what, e, deadline);
        }
        if (answer.status() >= 300 && answer.status() != 304) {
            throw refused(what, answer);
        }
        return answer;
    }

    private HttpCall versioned(HttpCall call) throws DockerException {
        return call.under("/v" + version());
    }

    /** What a broken connection means; forgets the version, since another daemon may answer next. */
    DockerException broken(String what, IOException e, Duration deadline) {
        negotiated = null;
        if (e instanceof SocketTimeoutException) {
            return new DockerException(
                    Kind.TIMEOUT, "docker " + what + ": no answer within " + deadline.toMillis() + " ms", e);
        }
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new DockerException(Kind.UNREACHABLE, "docker " + what + " at " + path + ": " + reason, e);
    }

    private static DockerException refused(String what, HttpAnswer answer) {
        String words = DockerJson.message(answer.body());
        return new DockerException(
                kind(answer.status(), words),
                "docker " + what + ": " + (words.isEmpty() ? "status " + answer.status() : words));
    }

    /** The status tells, but for faults of the request that the daemon answers as its own. */
    private static Kind kind(int status, String words) {
        return switch (status) {
            case 404 -> Kind.NOT_FOUND;
            case 409 -> Kind.CONFLICT;
            default ->
                status < 500 || words.toLowerCase(Locale.ROOT).contains("storage-opt") ? Kind.REFUSED : Kind.FAILED;
        };
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    static HttpCall upload(String target, InputStream body) {
        return HttpCall.upload(target, "application/x-tar", body);
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
