package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The Docker API spoken by hand: one HTTP/1.0 request for each connection, written and read here, sharing no code with
 * the agent's client. So tests see the daemon with other eyes than the agent's, and benchmarks compare with the bare
 * calls.
 *
 * <p>Thread-safe.
 */
public final class DockerSocket {

    /** Long enough for an image import on a busy machine; a hung daemon does not hang the test. */
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final String VERSION = "/v1.41";

    private static final ScheduledExecutorService DEADLINES = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("docker-deadlines").factory());

    private final Path socket;

    public DockerSocket(Path socket) {
        this.socket = socket;
    }

    /** What the daemon answered. */
    public record Answer(int status, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        public JsonNode json() {
            return Json.mapper().readTree(body);
        }

        /** @throws IOException when the status is not 2xx or 304 */
        Answer ok(String call) throws IOException {
            if (status / 100 != 2 && status != 304) {
                throw new IOException(call + " answered " + status + ": " + text().strip());
            }
            return this;
        }
    }

    /** @throws IOException when nobody listens, the connection breaks, or no answer comes in that time */
    public Answer call(String method, String path, byte[] body, String type, Duration deadline) throws IOException {
        String head = method + " " + VERSION + path + " HTTP/1.0\r\nHost: docker\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            ScheduledFuture<?> guard = DEADLINES.schedule(
                    () -> {
                        channel.close();
                        return null;
                    },
                    deadline.toMillis(),
                    TimeUnit.MILLISECONDS);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                write(channel, head.getBytes(StandardCharsets.US_ASCII));
                write(channel, body);
                return parse(readAll(channel));
            } catch (ClosedChannelException e) {
                throw new IOException(method + " " + path + ": no answer in " + deadline.toMillis() + " ms", e);
            } finally {
                guard.cancel(false);
            }
        }
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static byte[] readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
        while (channel.read(buffer) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
        return all.toByteArray();
    }

    private static Answer parse(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0 || !text.startsWith("HTTP/1.")) {
            throw new IOException("the daemon closed the connection without an answer");
        }
        int status = Integer.parseInt(text.substring(9, 12));
        byte[] body = new byte[bytes.length - end - 4];
        System.arraycopy(bytes, end + 4, body, 0, body.length);
        return new Answer(status, body);
    }

    private Answer call(String method, String path) throws IOException {
        return call(method, path, new byte[0], "application/json", DEADLINE);
    }

    /** Posts that object as JSON. */
    public Answer post(String path, Object body) throws IOException {
        return call("POST", path, Json.bytes(body), "application/json", DEADLINE)
                .ok("POST " + path);
    }

    public Answer get(String path) throws IOException {
        return call("GET", path).ok("GET " + path);
    }

    /** @throws IOException when the daemon does not answer within that time */
    public void ping(Duration deadline) throws IOException {
        call("GET", "/_ping", new byte[0], "application/json", deadline).ok("ping");
    }

    /** Creates a container and returns its id. */
    public String create(String name, Map<String, ?> config) throws IOException {
        return post("/containers/create?name=" + encode(name), config)
                .json()
                .path("Id")
                .asString();
    }

    public void start(String id) throws IOException {
        call("POST", "/containers/" + id + "/start").ok("start");
    }

    /** Kills it and removes it with its anonymous volumes; it may be gone already. */
    public void remove(String id) throws IOException {
        Answer answer = call("DELETE", "/containers/" + id + "?force=true&v=true");
        if (answer.status() != 404 && answer.status() != 409) {
            answer.ok("remove");
        }
    }

    public void kill(String id) throws IOException {
        call("POST", "/containers/" + id + "/kill").ok("kill");
    }

    /** Null when there is none of that id or name. */
    public @Nullable JsonNode inspect(String id) throws IOException {
        Answer answer = call("GET", "/containers/" + id + "/json");
        return answer.status() == 404 ? null : answer.ok("inspect").json();
    }

    /** All containers, running or not; with a label, those that carry it ({@code key} or {@code key=value}). */
    public List<JsonNode> containers(@Nullable String label) throws IOException {
        String filter = label == null ? "{}" : Json.write(Map.of("label", List.of(label)));
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode each :
                get("/containers/json?all=true&filters=" + encode(filter)).json()) {
            found.add(each);
        }
        return found;
    }

    /** Names of all Docker volumes. */
    public List<String> volumes() throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode each : get("/volumes").json().path("Volumes")) {
            names.add(each.path("Name").asString());
        }
        return names;
    }

    /** Makes an image of one layer; {@code changes} are Dockerfile instructions. */
    public void importImage(String reference, byte[] tar, List<String> changes) throws IOException {
        int colon = reference.lastIndexOf(':');
        StringBuilder path = new StringBuilder("/images/create?fromSrc=-&repo=")
                .append(encode(reference.substring(0, colon)))
                .append("&tag=")
                .append(encode(reference.substring(colon + 1)));
        changes.forEach(change -> path.append("&changes=").append(encode(change)));
        Answer answer = call("POST", path.toString(), tar, "application/x-tar", DEADLINE)
                .ok("import of " + reference);
        if (answer.text().contains("\"error\"")) {
            throw new IOException(
                    "import of " + reference + ": " + answer.text().strip());
        }
    }

    /** Gives an image that is there another name. */
    public void tag(String image, String repository, String tag) throws IOException {
        // Without a body: the daemon breaks off a call whose body it does not read.
        String path = "/images/" + image + "/tag?repo=" + encode(repository) + "&tag=" + encode(tag);
        call("POST", path).ok("tag " + image);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
