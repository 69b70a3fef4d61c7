package io.mosaic.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetSpecRules;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.SetUsage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The part of the REST API that the command line uses, in memory, over HTTPS. A set becomes {@link #becomes} as soon as it
 * is watched.
 */
final class FakeApi implements AutoCloseable {
    static final String TOKEN = "mos_admin_0123456789";
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private final HttpsServer server;
    private final TreeMap<String, SetResource> sets = new TreeMap<>();
    private final List<Event> events = new ArrayList<>();
    final List<String> asked = new ArrayList<>();
    final FakeApps apps = new FakeApps();
    final Path authority;
    volatile SetState becomes = SetState.RUNNING;
    /** What it becomes right after it became {@link #becomes}; null: it stays. */
    volatile SetState becomesThen;

    volatile String reason;
    private long revision = 10;

    private final Path directory;

    /** @param directory for its keys; also the home of who calls */
    FakeApi(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        this.directory = directory;
        TestKeys keys = TestKeys.make(directory);
        authority = keys.authority();
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(keys.context()));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** By which the command line finds it, and nothing of this machine. */
    Map<String, String> environment() {
        return Map.of(
                "MOS_SERVER", url(),
                "MOS_TOKEN", TOKEN,
                "MOS_CA_FILE", authority.toString(),
                "HOME", directory.toString(),
                "MOS_HOME", directory.resolve("none").toString());
    }

    String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            synchronized (this) {
                asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            }
            try {
                if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                    throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token is not valid");
                }
                route(exchange);
            } catch (ProblemException e) {
                send(exchange, e.problem().status(), e.problem());
            }
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        String[] path = exchange.getRequestURI().getPath().split("/", -1);
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        byte[] body = exchange.getRequestBody().readAllBytes();
        String method = exchange.getRequestMethod();
        if (path[2].equals("events")) {
            send(exchange, 200, new Page<>(List.copyOf(events), revision, null));
        } else if (path[2].equals("apps")) {
            apps.route(exchange, method, path, query, body);
        } else if (!path[2].equals("sets")) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no such path");
        } else if (path.length == 3 && method.equals("GET") && query.contains("watch=true")) {
            watch(exchange);
        } else if (path.length == 3 && method.equals("GET")) {
            send(exchange, 200, new Page<>(List.copyOf(sets.values()), revision, null));
        } else if (path.length == 3) {
            create(exchange, body, query.contains("dryRun=true"));
        } else if (path.length == 5 && path[4].equals("usage")) {
            SetResource set = find(path[3]);
            send(exchange, 200, new SetUsage(set.uid(), 250, 32 << 20, 1L << 20, null));
        } else if (path.length == 5 && path[4].equals("logs")) {
            find(path[3]);
            sendText(exchange, 200, "text/plain", "line one\nline two\n");
        } else {
            change(
                    exchange,
                    find(path[3]),
                    method,
                    path.length == 5 ? path[4] : "",
                    body,
                    query.contains("dryRun=true"));
        }
    }

    private synchronized SetResource find(String name) {
        SetResource set = sets.get(name);
        if (set == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no set named " + name);
        }
        return set;
    }

    private synchronized void create(HttpExchange exchange, byte[] body, boolean dryRun) throws IOException {
        SetSpec spec = SetSpecRules.require(Json.read(body, SetSpec.class));
        if (sets.containsKey(spec.nameOrEmpty())) {
            throw new ProblemException(Problem.Kind.EXISTS, "a set named " + spec.name() + " exists");
        }
        SetResource set = new SetResource(
                "default",
                spec.nameOrEmpty(),
                new UUID(1, sets.size() + 1),
                dryRun ? 0 : ++revision,
                1,
                NOW,
                spec,
                SetIntent.RUNNING,
                SetStatus.pending(NOW));
        if (!dryRun) {
            sets.put(set.name(), set);
            events.add(new Event(
                    events.size() + 1, NOW, "default", Kind.SET, set.name(), null, "Created", false, "accepted"));
        }
        send(exchange, dryRun ? 200 : 201, set);
    }

    private synchronized void change(
            HttpExchange exchange, SetResource set, String method, String verb, byte[] body, boolean dryRun)
            throws IOException {
        if (method.equals("GET")) {
            send(exchange, 200, set);
            return;
        }
        SetResource changed;
        if (method.equals("DELETE")) {
            changed = set.withIntent(set.intent().with(SetIntent.Run.DELETED))
                    .withStatus(set.status().in(SetState.DELETING, null, NOW));
        } else if (method.equals("PATCH")) {
            ObjectNode spec = Json.mapper().valueToTree(set.spec());
            merge(spec, Json.mapper().readTree(body));
            changed = set.withSpec(Json.read(Json.bytes(spec), SetSpec.class));
        } else {
            SetIntent.Run run = verb.equals("stop") ? SetIntent.Run.STOPPED : SetIntent.Run.RUNNING;
            changed = set.withIntent(set.intent().with(run));
        }
        if (!dryRun) {
            changed = changed.withRevision(++revision);
            sets.put(set.name(), changed);
        }
        send(exchange, 202, changed);
    }

    static void merge(ObjectNode target, JsonNode patch) {
        patch.properties().forEach(entry -> {
            if (entry.getValue().isNull()) {
                target.remove(entry.getKey());
            } else if (entry.getValue().isObject()
                    && target.path(entry.getKey()).isObject()) {
                merge((ObjectNode) target.get(entry.getKey()), entry.getValue());
            } else {
                target.set(entry.getKey(), entry.getValue());
            }
        });
    }

    /** Lets every set become what it is to become, tells that, and ends. */
    private void watch(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        synchronized (this) {
            for (SetResource set : List.copyOf(sets.values())) {
                if (set.intent().run() == SetIntent.Run.DELETED) {
                    sets.remove(set.name());
                    tell(out, "delete", set.withRevision(++revision));
                } else if (!settled(set).equals(set)) {
                    SetResource settled = settled(set).withRevision(++revision);
                    sets.put(set.name(), settled);
                    tell(out, "put", settled);
                    if (becomesThen != null) {
                        becomes = becomesThen;
                        SetResource last = settled(settled).withRevision(++revision);
                        sets.put(set.name(), last);
                        tell(out, "put", last);
                    }
                }
            }
        }
        out.flush();
    }

    private SetResource settled(SetResource set) {
        SetState state = set.intent().run() == SetIntent.Run.STOPPED ? SetState.STOPPED : becomes;
        List<ContainerStatus> containers = new ArrayList<>();
        containers.add(
                new ContainerStatus("infra", 0, "mosaic/infra:1", ContainerStatus.State.UP, "c0", 0, null, null));
        for (ContainerSpec container : set.spec().containers()) {
            containers.add(new ContainerStatus(
                    container.nameOrEmpty(),
                    container.indexOrZero(),
                    container.imageOrEmpty(),
                    state == SetState.RUNNING ? ContainerStatus.State.UP : ContainerStatus.State.EXITED,
                    "c" + container.index(),
                    state == SetState.RUNNING ? 0 : 1,
                    state == SetState.RUNNING ? null : 1,
                    null));
        }
        return set.withStatus(new SetStatus(state, "h1", "10.0.0.2", reason, containers, NOW, set.generation()));
    }

    private static void tell(OutputStream out, String event, SetResource set) throws IOException {
        String text = "id: " + set.revision() + "\nevent: " + event + "\ndata: " + Json.write(set) + "\n\n";
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    static void send(HttpExchange exchange, int status, Object body) throws IOException {
        sendText(exchange, status, status < 300 ? "application/json" : "application/problem+json", Json.write(body));
    }

    private static void sendText(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
