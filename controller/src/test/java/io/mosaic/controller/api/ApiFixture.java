package io.mosaic.controller.api;

import io.mosaic.controller.agents.GrantService;
import io.mosaic.controller.auth.TenantDecisions;
import io.mosaic.controller.auth.TokenDecisions;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.scale.SharedUse;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.controller.watch.EventFeed;
import io.mosaic.controller.watch.WatchHub;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.RouteTable;
import io.mosaic.kit.http.TokenAuthenticator;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.Role;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A real API server on a free port, over the store in memory, with a token of each role. */
final class ApiFixture implements AutoCloseable {

    static final String WEB = """
            {"name":"web","resources":{"cpu":"500m","memory":"128Mi"},"labels":{"app":"shop"},
             "containers":[{"Index":1,"Image":"demo:1","Options":{"CPU":60}},{"index":2,"name":"side","image":"demo:1"}]}""";

    final MemoryStore store;
    final StoreLog log;
    final FakeHost host = new FakeHost();
    final WatchHub hub;
    final EventFeed feed;
    final AuditLog audit;
    final RouteTable table;
    final HttpServer server;
    final HttpClient client;
    final SSLContext clientTls;
    final Map<Role, String> tokens = new EnumMap<>(Role.class);
    final String shopToken;
    final String expiredToken;
    private final SecureRandom random = new SecureRandom();

    ApiFixture(Path directory) throws Exception {
        this(directory, Admission.Limits.DEFAULT);
    }

    ApiFixture(Path directory, Admission.Limits limits) throws Exception {
        Clock clock = Clock.systemUTC();
        store = new MemoryStore(clock);
        log = StoreLog.open(store, LogSettings.DEFAULT, clock);
        log.commit(TenantDecisions.create(new TenantSpec("default", null), UUID.randomUUID(), Instant.now()));
        log.commit(TenantDecisions.create(new TenantSpec("shop", null), UUID.randomUUID(), Instant.now()));
        for (Role role : Role.values()) {
            tokens.put(role, token(role.word(), role, List.of(), null));
        }
        shopToken = token("shopper", Role.OPERATOR, List.of("shop"), null);
        expiredToken = token("old", Role.ADMIN, List.of(), Instant.now().minusSeconds(1));
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(directory);
        Metrics metrics = Metrics.create();
        hub = new WatchHub(log, Duration.ofMillis(200));
        feed = new EventFeed(store);
        audit = new AuditLog(store, clock, metrics);
        ApiServices services = new ApiServices(
                log,
                store,
                host,
                hub,
                feed,
                new Admission(limits),
                metrics,
                clock,
                random,
                "test",
                "1.0",
                Set.of("NET_ADMIN"),
                authority.fingerprint(),
                new ScalingServices(SharedUse.NONE, authority::secret, Set.of("http://127.0.0.1:9090")),
                "https://images.example:8445",
                new GrantService("https://images.example:8445", authority.issueController(), log::image, clock),
                () -> null);
        table = Api.routes(services);
        SSLContext serverTls = SSLContext.getInstance("TLS");
        serverTls.init(authority.issueServer(List.of("localhost")).keyManagers(), null, null);
        clientTls = SSLContext.getInstance("TLS");
        clientTls.init(null, new TrustManager[] {ClusterTrust.in(authority.certificate())}, null);
        client = HttpClient.newBuilder().sslContext(clientTls).build();
        server = HttpServer.start(
                "127.0.0.1",
                0,
                serverTls,
                table,
                new TokenAuthenticator(name -> log.image().token(name), clock),
                HttpLimits.DEFAULT,
                Api.observer(metrics, audit));
    }

    private String token(String name, Role role, List<String> tenants, Instant expires) throws Exception {
        TokenText text = TokenText.random(name, random);
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.API, role, tenants, expires, text.hash());
        log.commit(TokenDecisions.create(name, spec, UUID.randomUUID(), Instant.now()));
        return text.api();
    }

    String admin() {
        return tokens.get(Role.ADMIN);
    }

    URI uri(String scheme, String path) {
        return URI.create(scheme + "://localhost:" + server.port() + path);
    }

    HttpRequest.Builder to(String token, String path) {
        return HttpRequest.newBuilder(uri("https", path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(to(admin(), path));
    }

    HttpResponse<String> call(String token, String method, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = to(token, path).method(method, BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        return call(admin(), "POST", path, body, headers);
    }

    static Problem problem(HttpResponse<String> response) {
        return Json.read(response.body(), Problem.class);
    }

    static SetResource set(HttpResponse<String> response) {
        return Json.read(response.body(), SetResource.class);
    }

    /** As if a host of that name had joined, with those images. */
    void pretendHost(String name, List<String> images) throws Exception {
        HostInventory inventory = new HostInventory(
                new Cpu(4000),
                Bytes.mebi(4096),
                Bytes.mebi(4096),
                "x86_64",
                "6.1",
                "20.10",
                "1.41",
                1,
                "overlay2",
                "1.0",
                "127.0.0.1",
                List.of(),
                images,
                null,
                null);
        log.commit(head -> Decision.Decided.of(new Change.Put(new HostResource(
                name,
                UUID.randomUUID(),
                0,
                Instant.now(),
                new HostSpec("z", "p", false, Map.of()),
                new HostStatus(HostState.READY, null, inventory, Instant.now())))));
    }

    /** As if scheduler and agent had done their part. */
    void pretendRunning(String tenant, String name) throws Exception {
        log.commit(head -> {
            SetResource set = head.set(tenant, name);
            return Decision.Decided.of(
                    new Change.Put(set.withStatus(set.status().on("h1").in(SetState.RUNNING, null, Instant.now()))));
        });
    }

    @Override
    public void close() {
        server.close();
        audit.close();
        feed.close();
        hub.close();
        log.close();
        store.close();
    }
}
