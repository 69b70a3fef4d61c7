package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import io.mosaic.kit.unix.HttpAnswer;
import io.mosaic.kit.unix.HttpCall;
import io.mosaic.kit.unix.HttpStream;
import io.mosaic.kit.unix.HttpUpgrade;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Docker over its unix socket, API 1.41 (Docker 20.10) to 1.52.
 *
 * <p>Thread-safe; each call blocks its thread, at most for its deadline.
 */
public final class DockerClient implements Docker, Closeable {

    private static final Duration GONE_PAUSE = Duration.ofMillis(50);

    /** The daemon's words for a layer of a push that is on its way, and for one that is there. */
    private static final Set<String> UNDER_WAY = Set.of("Preparing", "Waiting", "Pushing");

    private static final Set<String> READY = Set.of("Pushed", "Layer already exists", "Mounted from");

    private final DockerSocket socket;

    /** Connects with the first call. */
    public DockerClient(Path socket) {
        this.socket = new DockerSocket(socket);
    }

    @Override
    public DaemonInfo info() throws DockerException {
        JsonNode info = socket.json("info", HttpCall.get("/info"), Deadlines.INFO);
        return new DaemonInfo(
                info.path("ServerVersion").asString(""),
                socket.version().toString(),
                info.path("NCPU").asInt(0),
                info.path("MemTotal").asLong(0),
                info.path("Driver").asString(""),
                info.path("CgroupDriver").asString(""),
                info.path("CgroupVersion").asString("1").equals("2") ? 2 : 1,
                info.path("DockerRootDir").asString(""),
                info.path("KernelVersion").asString(""),
                info.path("Architecture").asString(""),
                info.path("LiveRestoreEnabled").asBoolean(false));
    }

    @Override
    public void ping(Duration deadline) throws DockerException {
        socket.ping(deadline);
    }

    @Override
    public @Nullable ImageInfo image(String reference) throws DockerException {
        JsonNode image;
        try {
            image = socket.json(
                    "image", HttpCall.get("/images/" + DockerSocket.encode(reference) + "/json"), Deadlines.IMAGE);
        } catch (DockerException e) {
            throwUnlessMissing(e);
            return null;
        }
        List<String> tags = image.path("RepoTags")
                .valueStream()
                .map(tag -> tag.asString(""))
                .toList();
        List<String> layers = image.path("RootFS")
                .path("Layers")
                .valueStream()
                .map(layer -> layer.asString(""))
                .toList();
        return new ImageInfo(
                image.path("Id").asString(""), tags, image.path("Size").asLong(0), layers);
    }

    @Override
    public List<String> imageIds() throws DockerException {
        return socket.json("images", HttpCall.get("/images/json?all=1"), Deadlines.LIST)
                .valueStream()
                .map(image -> image.path("Id").asString(""))
                .toList();
    }

    @Override
    public void load(InputStream tar, Duration deadline) throws DockerException {
        progress("load of an image", DockerSocket.upload("/images/load?quiet=1", tar), deadline);
    }

    @Override
    public List<ImageInfo> images() throws DockerException {
        return socket.json("images", HttpCall.get("/images/json"), Deadlines.LIST)
                .valueStream()
                .map(image -> new ImageInfo(
                        image.path("Id").asString(""),
                        image.path("RepoTags")
                                .valueStream()
                                .map(tag -> tag.asString(""))
                                .filter(tag -> !tag.isEmpty() && !tag.startsWith("<none>"))
                                .toList(),
                        image.path("Size").asLong(0)))
                .toList();
    }

    @Override
    public void pull(String reference, Duration deadline) throws DockerException {
        ImageReference image = ImageReference.parse(reference);
        String target = "/images/create?fromImage=" + DockerSocket.encode(image.repository()) + "&tag="
                + DockerSocket.encode(image.tagOrDigest());
        try {
            progress("pull of " + reference, HttpCall.post(target), deadline);
        } catch (DockerException e) {
            throw PullFailure.explained(e);
        }
    }

    @Override
    public void importImage(String reference, InputStream tar, List<String> changes) throws DockerException {
        ImageReference image = ImageReference.parse(reference);
        StringBuilder target = new StringBuilder("/images/create?fromSrc=-&repo=")
                .append(DockerSocket.encode(image.repository()))
                .append("&tag=")
                .append(DockerSocket.encode(image.tagOrDigest()));
        changes.forEach(change -> target.append("&changes=").append(DockerSocket.encode(change)));
        progress("import of " + reference, DockerSocket.upload(target.toString(), tar), Deadlines.IMPORT);
    }

    @Override
    public String commit(String container, List<String> changes) throws DockerException {
        StringBuilder target =
                new StringBuilder("/commit?pause=true&container=").append(DockerSocket.encode(container));
        changes.forEach(change -> target.append("&changes=").append(DockerSocket.encode(change)));
        return socket.json(
                        "commit of " + shortId(container),
                        HttpCall.json("POST", target.toString(), DockerJson.bytes(DockerJson.object())),
                        Deadlines.IMPORT)
                .path("Id")
                .asString("");
    }

    @Override
    public void tag(String image, String repository, String tag) throws DockerException {
        socket.call(
                "tag of " + image,
                HttpCall.post("/images/" + DockerSocket.encode(image) + "/tag?repo=" + DockerSocket.encode(repository)
                        + "&tag=" + DockerSocket.encode(tag)),
                Deadlines.IMAGE);
    }

    @Override
    public void push(String repository, String tag, Duration deadline, PushWatch watch) throws DockerException {
        // The daemon insists on the header; this is an empty object.
        HttpCall call = HttpCall.post(
                        "/images/" + DockerSocket.encode(repository) + "/push?tag=" + DockerSocket.encode(tag))
                .with("X-Registry-Auth", "e30=");
        progress("push of an image", call, deadline, line -> tell(line, watch));
    }

    private static void tell(JsonNode line, PushWatch watch) {
        String id = line.path("id").asString("");
        String status = line.path("status").asString("");
        boolean ready = READY.stream().anyMatch(status::startsWith);
        if (!id.isEmpty() && (ready || UNDER_WAY.contains(status))) {
            JsonNode detail = line.path("progressDetail");
            watch.layer(
                    id,
                    ready,
                    detail.path("current").asLong(0),
                    detail.path("total").asLong(0));
        }
    }

    @Override
    public void removeImage(String nameOrId) throws DockerException {
        try {
            socket.call(
                    "remove of image " + nameOrId,
                    HttpCall.of("DELETE", "/images/" + DockerSocket.encode(nameOrId)),
                    Deadlines.REMOVE);
        } catch (DockerException e) {
            throwUnlessMissing(e);
        }
    }

    private void progress(String what, HttpCall call, Duration deadline) throws DockerException {
        progress(what, call, deadline, line -> {});
    }

    /** Reads a stream of progress messages to its end; a failure comes as one of them, behind a status of 200. */
    private void progress(String what, HttpCall call, Duration deadline, Consumer<JsonNode> told)
            throws DockerException {
        long end = System.nanoTime() + deadline.toNanos();
        try (HttpStream stream = socket.stream(what, call, deadline)) {
            stream.within(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            JsonLines lines = new JsonLines(stream.body());
            for (JsonNode line = lines.next(); line != null; line = lines.next()) {
                String error = line.path("errorDetail")
                        .path("message")
                        .asString(line.path("error").asString(""));
                if (!error.isEmpty()) {
                    throw new DockerException(Kind.FAILED, "docker " + what + ": " + error);
                }
                told.accept(line);
            }
        } catch (IOException e) {
            throw socket.broken(what, e, deadline);
        }
    }

    @Override
    public String create(ContainerConfig config) throws DockerException {
        HttpCall call = HttpCall.json(
                "POST",
                "/containers/create?name=" + DockerSocket.encode(config.name()),
                DockerJson.bytes(ContainerJson.create(config)));
        return socket.json("create of " + config.name(), call, Deadlines.CREATE)
                .path("Id")
                .asString("");
    }

    @Override
    public void start(String id) throws DockerException {
        socket.call("start of " + shortId(id), HttpCall.post(container(id, "/start")), Deadlines.START);
    }

    @Override
    public void stop(String id, Duration grace) throws DockerException {
        long seconds = grace.plusMillis(999).toSeconds();
        socket.call(
                "stop of " + shortId(id),
                HttpCall.post(container(id, "/stop?t=" + seconds)),
                Deadlines.STOP_EXTRA.plusSeconds(seconds));
    }

    @Override
    public void kill(String id) throws DockerException {
        try {
            socket.call("kill of " + shortId(id), HttpCall.post(container(id, "/kill")), Deadlines.KILL);
        } catch (DockerException e) {
            // 409 is the answer for one that does not run.
            if (e.kind() != Kind.CONFLICT) {
                throw e;
            }
        }
    }

    @Override
    public void remove(String id) throws DockerException {
        long end = System.nanoTime() + Deadlines.REMOVE.toNanos();
        String what = "remove of " + shortId(id);
        try {
            socket.call(what, HttpCall.of("DELETE", container(id, "?force=1&v=1")), Deadlines.REMOVE);
        } catch (DockerException e) {
            if (e.kind() == Kind.CONFLICT) {
                awaitGone(id, what, end);
            } else if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** Another removal of it is under way; its name is free once that is done. */
    private void awaitGone(String id, String what, long end) throws DockerException {
        while (inspect(id) != null) {
            if (System.nanoTime() - end > 0) {
                throw new DockerException(
                        Kind.TIMEOUT, "docker " + what + ": not gone within " + Deadlines.REMOVE.toSeconds() + " s");
            }
            Pauses.pause(GONE_PAUSE, what);
        }
    }

    @Override
    public void rename(String id, String name) throws DockerException {
        socket.call(
                "rename of " + shortId(id),
                HttpCall.post(container(id, "/rename?name=" + DockerSocket.encode(name))),
                Deadlines.RENAME);
    }

    @Override
    public void update(String id, Limits limits) throws DockerException {
        ObjectNode body = DockerJson.object();
        ContainerJson.putLimits(body, limits);
        socket.call(
                "update of " + shortId(id),
                HttpCall.json("POST", container(id, "/update"), DockerJson.bytes(body)),
                Deadlines.UPDATE);
    }

    @Override
    public @Nullable ContainerInfo inspect(String idOrName) throws DockerException {
        try {
            return ContainerJson.info(socket.json(
                    "inspect of " + shortId(idOrName), HttpCall.get(container(idOrName, "/json")), Deadlines.INSPECT));
        } catch (DockerException e) {
            throwUnlessMissing(e);
            return null;
        }
    }

    @Override
    public List<ContainerSummary> list(String labelKey) throws DockerException {
        JsonNode list = socket.json(
                "list", HttpCall.get("/containers/json?all=1&filters=" + filter(labelKey, null)), Deadlines.LIST);
        List<ContainerSummary> summaries = new ArrayList<>(list.size());
        list.forEach(node -> summaries.add(ContainerJson.summary(node)));
        return summaries;
    }

    @Override
    public boolean pathExists(String id, String path) throws DockerException {
        JsonNode found = statPath(id, path);
        if (found == null) {
            return false;
        }
        // The daemon does not follow a link at the end of the path, but says where in the container it leads.
        String target = found.path("linkTarget").asString("");
        return target.isEmpty() || statPath(id, target) != null;
    }

    private @Nullable JsonNode statPath(String id, String path) throws DockerException {
        HttpAnswer answer;
        try {
            answer = socket.call(
                    "look at a path in " + shortId(id),
                    HttpCall.of("HEAD", container(id, "/archive?path=" + DockerSocket.encode(path))),
                    Deadlines.PATH);
        } catch (DockerException e) {
            throwUnlessMissing(e);
            return null;
        }
        String stat = answer.header("X-Docker-Container-Path-Stat");
        return stat == null ? DockerJson.object() : DockerJson.read(decoded(stat));
    }

    private static byte[] decoded(String base64) throws DockerException {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new DockerException(Kind.FAILED, "the Docker daemon's answer is not base64", e);
        }
    }

    @Override
    public OutputStreams logs(
            String id, boolean tty, boolean follow, int tail, @Nullable Instant since, boolean timestamps)
            throws DockerException {
        String what = "logs of " + shortId(id);
        String target = container(id, "/logs?stdout=1&stderr=1&follow=" + follow + "&timestamps=" + timestamps)
                + "&tail=" + (tail < 0 ? "all" : Integer.toString(tail))
                + (since == null ? "" : "&since=" + unixTime(since));
        HttpStream stream = socket.stream(what, HttpCall.get(target), Deadlines.STREAM);
        if (!follow) {
            stream.idleAtMost(Deadlines.LOG_PAUSE);
        }
        return new LogStreams(socket, what, stream, tty);
    }

    @Override
    public ExecSession exec(String id, ExecConfig config) throws DockerException {
        String what = "exec in " + shortId(id);
        ObjectNode body = DockerJson.object();
        config.command().forEach(body.putArray("Cmd")::add);
        body.put("AttachStdin", config.stdin()).put("AttachStdout", true).put("AttachStderr", true);
        body.put("Tty", config.tty());
        if (config.user() != null) {
            body.put("User", config.user());
        }
        String exec = socket.json(
                        what, HttpCall.json("POST", container(id, "/exec"), DockerJson.bytes(body)), Deadlines.EXEC)
                .path("Id")
                .asString("");
        ObjectNode start = DockerJson.object().put("Detach", false).put("Tty", config.tty());
        HttpUpgrade connection = socket.upgrade(
                what, HttpCall.json("POST", "/exec/" + exec + "/start", DockerJson.bytes(start)), Deadlines.EXEC_START);
        DockerExec session = new DockerExec(socket, what, exec, connection, config.tty());
        try {
            // Nothing will come, and the daemon need not wait for it; with a terminal that would end the output too.
            if (!config.stdin() && !config.tty()) {
                connection.shutdownOutput();
            }
            if (config.tty() && config.columns() > 0 && config.rows() > 0) {
                session.resize(config.columns(), config.rows());
            }
            return session;
        } catch (IOException e) {
            session.close();
            throw socket.broken(what, e, Deadlines.EXEC_START);
        } catch (DockerException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    @Override
    public EventStream events(String labelKey) throws DockerException {
        // The head is answered before the daemon subscribes; asking from now on replays what falls in between.
        String target = "/events?since=" + unixTime(Instant.now()) + "&filters=" + filter(labelKey, "container");
        return new DockerEvents(socket, socket.stream("events", HttpCall.get(target), Deadlines.STREAM));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static String filter(String labelKey, @Nullable String type) {
        ObjectNode filter = DockerJson.object();
        filter.putArray("label").add(labelKey);
        if (type != null) {
            filter.putArray("type").add(type);
        }
        return DockerSocket.encode(filter.toString());
    }

    private static String unixTime(Instant time) {
        return time.getEpochSecond() + "." + "%09d".formatted(time.getNano());
    }

    private static String container(String id, String rest) {
        return "/containers/" + DockerSocket.encode(id) + rest;
    }

    private static void throwUnlessMissing(DockerException e) throws DockerException {
        if (e.kind() != Kind.NOT_FOUND) {
            throw e;
        }
    }

    /** Names stay whole; ids are cut to what {@code docker ps} shows. */
    private static String shortId(String id) {
        return id.matches("[0-9a-f]{64}") ? id.substring(0, 12) : id;
    }
}
