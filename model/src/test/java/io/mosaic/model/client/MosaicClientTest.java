package io.mosaic.model.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MosaicClientTest {

    static final String SET = """
        {"kind":"set","tenant":"default","name":"web","uid":"11111111-2222-3333-4444-555555555555","revision":7,
         "generation":1,"created":"2026-01-02T03:04:05Z","labels":{"app":"web"},"later":{"field":1},
         "spec":{"name":"web","kind":"container","resources":{"cpu":0.5,"memory":"64Mi"},
                 "containers":[{"index":1,"name":"a","image":"busybox"}],"labels":{"app":"web"}},
         "intent":{"run":"RUNNING","restarts":0},
         "status":{"state":"RUNNING","host":"h1","ip":"10.0.0.2","containers":[],"since":"2026-01-02T03:04:06Z",
                   "observedGeneration":1}}\
        """;

    private static final String UNAVAILABLE = Json.write(Problem.Kind.UNAVAILABLE.with("no leader"));

    private static MosaicClient client(FakeServer server) {
        return new MosaicClient(ClientSettings.of(server.uri(), "mos_t_secret", null)
                .withTimes(Duration.ofSeconds(5), Duration.ofSeconds(3)));
    }

    private static SetSpec spec() {
        return new SetSpec(
                "web",
                null,
                new SetSpec.Resources(Cpu.parse(0.5), Bytes.mebi(64), null),
                List.of(new ContainerSpec(1, "a", "busybox", null)),
                null,
                null,
                null,
                null);
    }

    @Test
    void readsAnAnswerWithFieldsOfALaterVersion() throws IOException {
        try (FakeServer server = new FakeServer(FakeServer.json(200, SET));
                MosaicClient client = client(server)) {
            SetResource set = client.sets().get("web");
            assertThat(set.status().state()).isEqualTo(SetState.RUNNING);
            assertThat(set.revision()).isEqualTo(7);
            assertThat(server.asked().getFirst().headers().getFirst("Authorization"))
                    .isEqualTo("Bearer mos_t_secret");
        }
    }

    @Test
    void aCreateIsRepeatedUnderOneKeyWhileTheServerIsUnavailable() throws IOException {
        try (FakeServer server = new FakeServer(
                        FakeServer.json(503, UNAVAILABLE),
                        FakeServer.json(503, UNAVAILABLE),
                        FakeServer.json(201, SET));
                MosaicClient client = client(server)) {
            assertThat(client.sets().create(spec()).name()).isEqualTo("web");
            assertThat(server.asked()).hasSize(3);
            assertThat(server.asked().stream().map(asked -> asked.headers().getFirst("Idempotency-Key")))
                    .doesNotContainNull()
                    .containsOnly(server.asked().getFirst().headers().getFirst("Idempotency-Key"));
        }
    }

    @Test
    void aBrokenConnectionIsTriedAgainUnderAKeyButNotWithoutOne() throws IOException {
        FakeServer.Reply broken = exchange -> {
            throw new IOException("dies");
        };
        try (FakeServer server = new FakeServer(broken, FakeServer.json(201, SET));
                MosaicClient client = client(server)) {
            assertThat(client.sets().create(spec()).name()).isEqualTo("web");
        }
        try (FakeServer server = new FakeServer(broken, FakeServer.json(202, SET));
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.hosts().remove("h1"))
                    .isInstanceOfSatisfying(
                            ServerUnreachableException.class,
                            e -> assertThat(e.mayHaveBeenSent()).isTrue())
                    .hasMessageContaining("may have been carried out");
        }
    }

    @Test
    void listsAreReadToTheirLastPage() throws IOException {
        String tenant = "{\"kind\":\"tenant\",\"name\":\"%s\",\"uid\":\"11111111-2222-3333-4444-555555555555\","
                + "\"revision\":1,\"created\":\"2026-01-02T03:04:05Z\",\"spec\":{\"name\":\"%s\"}}";
        String first = "{\"revision\":7,\"next\":\"more\",\"items\":[" + tenant.formatted("a", "a") + "]}";
        String last = "{\"revision\":9,\"items\":[" + tenant.formatted("b", "b") + "]}";
        try (FakeServer server = new FakeServer(FakeServer.json(200, first), FakeServer.json(200, last));
                MosaicClient client = client(server)) {
            Page<TenantResource> all = client.tenants().list();
            assertThat(all.items()).extracting(TenantResource::name).containsExactly("a", "b");
            assertThat(all.revision()).isEqualTo(7);
            assertThat(server.asked().getLast().path()).contains("page=more");
        }
    }

    @Test
    void aTokenIsAskedForOnceAndWithoutAKey() throws IOException {
        try (FakeServer server = new FakeServer(
                        FakeServer.json(503, "{}"), FakeServer.json(201, "{}"), FakeServer.json(201, "{}"));
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.tokens().create(TokenCalls.NewToken.join("t1", null)))
                    .isInstanceOf(ProblemException.class);
            assertThat(server.asked()).hasSize(1);
            assertThat(server.asked().getFirst().headers()).doesNotContainKey("Idempotency-key");
        }
    }

    @Test
    void aProblemIsThrownWithItsFieldsAndNotRepeated() throws IOException {
        Problem problem = Problem.Kind.INVALID.with(
                "two faults",
                List.of(
                        new Problem.FieldError("/name", "rule a", "x"),
                        new Problem.FieldError("/volume", "rule b", null)));
        try (FakeServer server = new FakeServer(FakeServer.json(422, Json.write(problem)));
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.sets().create(spec()))
                    .isInstanceOfSatisfying(
                            ProblemException.class, e -> assertThat(e.problem()).isEqualTo(problem));
            assertThat(server.asked()).hasSize(1);
        }
    }

    @Test
    void whatAProxyAnswersBecomesAProblemToo() throws IOException {
        try (FakeServer server = new FakeServer(FakeServer.reply(502, "text/html", "<h1>bad gateway</h1>"));
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.sets().get("web")).isInstanceOfSatisfying(ProblemException.class, e -> {
                assertThat(e.problem().status()).isEqualTo(502);
                assertThat(e.problem().detail()).contains("bad gateway");
            });
        }
    }

    @Test
    void nobodyListening() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (MosaicClient client =
                new MosaicClient(ClientSettings.of(URI.create("http://127.0.0.1:" + port), null, null)
                        .withTimes(Duration.ofSeconds(2), Duration.ofMillis(300)))) {
            assertThatThrownBy(() -> client.sets().delete("web"))
                    .isInstanceOfSatisfying(
                            ServerUnreachableException.class,
                            e -> assertThat(e.mayHaveBeenSent()).isFalse())
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void aNameNeverLeavesItsPathSegment() throws IOException {
        try (FakeServer server = new FakeServer(FakeServer.json(200, SET));
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.sets().get("../hosts/h1")).isInstanceOf(ProblemException.class);
            assertThat(server.asked()).isEmpty();
        }
    }

    @Test
    void aWholeListIsOneCallOfOneRevision() throws IOException {
        try (FakeServer server =
                        new FakeServer(FakeServer.json(200, "{\"items\":[" + SET + "," + SET + "],\"revision\":9}"));
                MosaicClient client = client(server)) {
            SetQuery query = new SetQuery(List.of("app=web"), SetState.RUNNING, null, 1, null, 8L);
            Page<SetResource> all = client.sets().listAll(query);
            assertThat(all.items()).hasSize(2);
            assertThat(all.revision()).isEqualTo(9);
            assertThat(server.asked().getFirst().path())
                    .isEqualTo("/v1/sets?label=app%3Dweb&state=RUNNING&all=true&atLeast=8");
        }
    }

    @Test
    void aListThatBreaksOffIsAskedForAgain() throws IOException {
        try (FakeServer server = new FakeServer(
                        FakeServer.json(200, "{\"items\":[" + SET + ","),
                        FakeServer.json(200, "{\"items\":[" + SET + "],\"revision\":9}"));
                MosaicClient client = client(server)) {
            assertThat(client.sets().listAll(SetQuery.ALL).items()).hasSize(1);
            assertThat(server.asked()).hasSize(2);
        }
    }

    @Test
    void aReadAfterAWriteAsksForWhatWasWritten() throws IOException {
        FakeServer.Reply made = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"41\"");
            FakeServer.json(201, SET).to(exchange);
        };
        FakeServer.Reply older = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"40\"");
            FakeServer.json(200, SET).to(exchange);
        };
        try (FakeServer server = new FakeServer(FakeServer.json(200, SET), made, older, FakeServer.json(200, SET));
                MosaicClient client = client(server)) {
            client.sets().get("web");
            client.sets().create(Json.mapper().readTree(SET));
            client.sets().delete("web");
            client.sets().get("web");
            assertThat(server.asked())
                    .extracting(asked -> String.valueOf(asked.headers().getFirst("X-Mosaic-Written")))
                    .containsExactly("null", "null", "null", "41");
        }
    }

    @Test
    void aPatchCarriesTheRevisionItIsFor() throws IOException {
        try (FakeServer server = new FakeServer(FakeServer.json(200, SET));
                MosaicClient client = client(server)) {
            client.sets().patch("web", Json.mapper().readTree("{\"resources\":{\"cpu\":1}}"), 7L);
            FakeServer.Asked asked = server.asked().getFirst();
            assertThat(asked.method()).isEqualTo("PATCH");
            assertThat(asked.headers().getFirst("If-Match")).isEqualTo("\"7\"");
            assertThat(asked.headers().getFirst("Content-Type")).isEqualTo("application/merge-patch+json");
        }
    }

    @Test
    void logsAreAStream() throws IOException {
        try (FakeServer server = new FakeServer(FakeServer.reply(200, "text/plain", "one\ntwo\n"));
                MosaicClient client = client(server);
                InputStream logs = client.sets().logs("web", new LogsQuery("a", true, 5, "10m", false))) {
            assertThat(new String(logs.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
            assertThat(server.asked().getFirst().path())
                    .isEqualTo("/v1/sets/web/logs?container=a&follow=true&tail=5&since=10m");
        }
    }

    @Test
    void settingsKeepTheTokenToThemselves() {
        ClientSettings settings = ClientSettings.of(URI.create("https://h:1"), "mos_t_secret", null);
        assertThat(settings.toString()).doesNotContain("secret");
        assertThatThrownBy(() -> ClientSettings.of(URI.create("https://h:1"), "a\nb", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("a\nb");
        assertThatThrownBy(() -> ClientSettings.of(URI.create("ftp://h"), null, null))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
