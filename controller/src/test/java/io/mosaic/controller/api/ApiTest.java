package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ApiTest {

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        api = new ApiFixture(directory);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String named(String name) {
        return ApiFixture.WEB.replace("\"web\"", "\"" + name + "\"");
    }

    @Test
    void createsOncePerKeyAndReadsBack() throws Exception {
        HttpResponse<String> first = api.post("/v1/sets", ApiFixture.WEB, "Idempotency-Key", "k1");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
        assertThat(first.headers().firstValue("Location")).contains("/v1/sets/web");
        SetResource made = ApiFixture.set(first);
        assertThat(first.headers().firstValue("ETag")).contains("\"" + made.revision() + "\"");
        HttpResponse<String> again = api.post("/v1/sets", ApiFixture.WEB, "Idempotency-Key", "k1");
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(ApiFixture.set(again).uid()).isEqualTo(made.uid());
        assertThat(api.post("/v1/sets", named("web2"), "Idempotency-Key", "k1").statusCode())
                .isEqualTo(422);
        assertThat(api.post("/v1/sets", ApiFixture.WEB).statusCode()).isEqualTo(409);
        assertThat(ApiFixture.set(api.get("/v1/sets/web?atLeast=" + made.revision())))
                .isEqualTo(made);
    }

    @Test
    void changesNothingOnADryRun() throws Exception {
        HttpResponse<String> response = api.post("/v1/sets?dryRun=true", ApiFixture.WEB);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(ApiFixture.set(response).name()).isEqualTo("web");
        assertThat(api.get("/v1/sets/web").statusCode()).isEqualTo(404);
    }

    @Test
    void aDryRunTellsWhereASetWouldGoOrWhyItWouldWait() throws Exception {
        SetResource nowhere = ApiFixture.set(api.post("/v1/sets?dryRun=true", ApiFixture.WEB));
        assertThat(nowhere.status().state()).isEqualTo(SetState.PENDING);
        assertThat(nowhere.status().reason()).isEqualTo("no host has joined yet");
        api.log.commit(
                ClusterLog.Commit.of(head -> Decision.Decided.of(new Change.Put(Samples.host("h1", 4000, 4096)))));
        SetResource somewhere = ApiFixture.set(api.post("/v1/sets?dryRun=true", ApiFixture.WEB));
        assertThat(somewhere.status().state()).isEqualTo(SetState.PLACED);
        assertThat(somewhere.status().host()).isEqualTo("h1");
        SetResource elsewhere = ApiFixture.set(
                api.post("/v1/sets?dryRun=true", "{\"placement\":{\"zones\":[\"z9\"]}," + ApiFixture.WEB.substring(1)));
        assertThat(elsewhere.status().reason())
                .isEqualTo("no host is in a zone z9: 0 of 1 host fits: 1 is in another zone (asked for z9)");
        assertThat(api.log.image().resources(Kind.SET)).isEmpty();
    }

    @Test
    void poolsAreDescribedAndForgotten() throws Exception {
        String spec = "{\"tenants\":[\"default\"],\"cpuOvercommit\":2}";
        assertThat(api.call(api.admin(), "PATCH", "/v1/pools/gpu", spec).statusCode())
                .isEqualTo(200);
        api.call(api.admin(), "PATCH", "/v1/pools/gpu", "{\"apps\":[\"default/shop\"]}");
        assertThat(api.get("/v1/pools/gpu").body())
                .contains("\"cpuOvercommit\":2.0", "\"default/shop\"", "\"kind\":\"pool\"");
        assertThat(api.get("/v1/pools").body()).contains("gpu");
        for (String bad : List.of(
                "{\"tenants\":[\"nobody\"]}", "{\"memoryOvercommit\":0.5}", "{\"name\":\"other\"}", "{\"what\":1}")) {
            assertThat(api.call(api.admin(), "PATCH", "/v1/pools/gpu", bad).statusCode())
                    .as(bad)
                    .isBetween(400, 422);
        }
        assertThat(api.call(api.shopToken, "PATCH", "/v1/pools/gpu", spec).statusCode())
                .isEqualTo(403);
        assertThat(api.call(api.admin(), "DELETE", "/v1/pools/gpu", "").statusCode())
                .isEqualTo(200);
        assertThat(api.get("/v1/pools/gpu").statusCode()).isEqualTo(404);
    }

    @Test
    void aHostIsDrainedAndKept() throws Exception {
        api.log.commit(
                ClusterLog.Commit.of(head -> Decision.Decided.of(new Change.Put(Samples.host("h1", 4000, 4096)))));
        assertThat(api.post("/v1/hosts/h1/drain", "{\"budget\":2}").body())
                .contains("DRAINING", "\"budget\":2", "\"withVolumes\":false");
        assertThat(api.post("/v1/hosts/h1/drain", "{\"budget\":0}").statusCode())
                .isEqualTo(422);
        assertThat(api.post("/v1/hosts/h1/undrain", "").body())
                .contains("CORDONED")
                .doesNotContain("budget");
        assertThat(api.call(api.shopToken, "POST", "/v1/hosts/h1/drain", "{}").statusCode())
                .isEqualTo(403);
    }

    @Test
    void patchesWhatMayChangeInAnySpelling() throws Exception {
        long revision = ApiFixture.set(api.post("/v1/sets", ApiFixture.WEB)).revision();
        HttpResponse<String> patched = api.call(
                api.admin(),
                "PATCH",
                "/v1/sets/web",
                "{\"Resources\":{\"CPU\":2},\"labels\":{\"app\":null,\"tier\":\"front\"}}",
                "If-Match",
                "\"" + revision + "\"");
        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
        SetResource set = ApiFixture.set(patched);
        assertThat(set.spec().resourcesOrNone().cpuOrZero().millis()).isEqualTo(2000);
        assertThat(set.spec().resourcesOrNone().memoryOrZero().toString()).isEqualTo("128Mi");
        assertThat(set.labels()).containsOnlyKeys("tier");
        assertThat(api.call(
                                api.admin(),
                                "PATCH",
                                "/v1/sets/web",
                                "{\"resources\":{\"cpu\":1}}",
                                "If-Match",
                                "\"" + revision + "\"")
                        .statusCode())
                .isEqualTo(412);
        HttpResponse<String> fixed =
                api.call(api.admin(), "PATCH", "/v1/sets/web", "{\"volume\":{\"size\":\"1Gi\",\"mount\":\"/data\"}}");
        assertThat(fixed.statusCode()).isEqualTo(422);
        assertThat(ApiFixture.problem(fixed).type()).isEqualTo("/problems/immutable-field");
        assertThat(ApiFixture.problem(fixed).errors().getFirst().field()).isEqualTo("/volume");
        assertThat(api.call(api.admin(), "PATCH", "/v1/sets/web", "{\"nope\":1}")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void listsInPagesByLabelAndState() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            names.add("s" + i);
            api.post("/v1/sets", named("s" + i));
        }
        List<String> listed = new ArrayList<>();
        String page = "";
        do {
            Page<SetResource> answer = Json.readPage(
                    api.get("/v1/sets?limit=3&label=app%3Dshop&state=pending" + page)
                            .body()
                            .getBytes(StandardCharsets.UTF_8),
                    SetResource.class);
            answer.items().forEach(set -> listed.add(set.name()));
            page = answer.next() == null ? null : "&page=" + answer.next();
        } while (page != null);
        assertThat(listed).isEqualTo(names);
        assertThat(api.get("/v1/sets?label=app%3Dother").body()).contains("\"items\":[]");
    }

    @Test
    void listsAllOfOneRevision() throws Exception {
        for (int i = 0; i < 250; i++) {
            api.post("/v1/sets", named("s" + i));
        }
        Page<SetResource> all = Json.readPage(
                api.get("/v1/sets?all=true&limit=1").body().getBytes(StandardCharsets.UTF_8), SetResource.class);
        assertThat(all.items()).hasSize(250);
        assertThat(all.items()).extracting(SetResource::name).isSorted();
        assertThat(all.revision()).isEqualTo(api.log.image().revision());
        assertThat(all.next()).isNull();
        assertThat(api.get("/v1/sets?all=true&state=running").body()).startsWith("{\"items\":[],\"revision\":");
    }

    @Test
    void watchesFromARevisionWithoutGapOrDouble() throws Exception {
        long from = api.log.image().revision();
        for (int i = 0; i < 5; i++) {
            api.post("/v1/sets", named("a" + i));
        }
        try (BufferedReader events = watch("/v1/sets?watch=true&from=" + from)) {
            for (int i = 5; i < 10; i++) {
                api.post("/v1/sets", named("a" + i));
            }
            api.call(api.admin(), "DELETE", "/v1/sets/a3", "");
            List<String> told = new ArrayList<>();
            long last = from;
            while (told.size() < 11) {
                long id = Long.parseLong(line(events).substring("id: ".length()));
                String event = line(events).substring("event: ".length());
                String data = line(events).substring("data: ".length());
                assertThat(line(events)).isEmpty();
                assertThat(id).isGreaterThanOrEqualTo(last);
                if (!event.equals("bookmark")) {
                    assertThat(id).as("each change once").isGreaterThan(last);
                    told.add(event + " " + Json.read(data, SetResource.class).name());
                }
                last = id;
            }
            assertThat(told)
                    .containsExactly(
                            "put a0",
                            "put a1",
                            "put a2",
                            "put a3",
                            "put a4",
                            "put a5",
                            "put a6",
                            "put a7",
                            "put a8",
                            "put a9",
                            "delete a3");
        }
        await().until(() -> api.hub.watching() == 0);
    }

    private BufferedReader watch(String path) throws Exception {
        HttpResponse<java.io.InputStream> response =
                api.client.send(api.to(api.admin(), path).build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    private static String line(BufferedReader events) throws Exception {
        String line = events.readLine();
        assertThat(line).isNotNull();
        return line;
    }

    @Test
    void streamsEvents() throws Exception {
        try (BufferedReader events = watch("/v1/events?watch=true&after=0")) {
            api.post("/v1/sets", ApiFixture.WEB);
            String line = line(events);
            while (!line.contains("\"Created\"")) {
                line = line(events);
            }
            assertThat(line).contains("\"web\"");
        }
        assertThat(api.get("/v1/events?kind=set&name=web").body()).contains("Created");
    }

    @Test
    void readsLogs() throws Exception {
        api.post("/v1/sets", ApiFixture.WEB);
        assertThat(api.get("/v1/sets/web/logs").statusCode()).as("no host yet").isEqualTo(409);
        api.pretendRunning("default", "web");
        HttpResponse<String> logs = api.get("/v1/sets/web/logs?tail=10&since=10m");
        assertThat(logs.statusCode()).isEqualTo(200);
        assertThat(logs.body()).isEqualTo("one\ntwo\n");
        assertThat(api.get("/v1/sets/web/logs?container=absent").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets/web/logs?since=yesterday").statusCode()).isEqualTo(422);
        api.host.away = true;
        assertThat(api.get("/v1/sets/web/logs").statusCode()).isEqualTo(503);
        assertThat(api.host.closed.await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void runsACommandOverAWebSocket() throws Exception {
        api.post("/v1/sets", ApiFixture.WEB);
        String path = "/v1/sets/web/exec?container=side&command=sh&command=-c&command=echo%20a%26b&stdin=true";
        assertThat(refused(path)).as("it waits for a host").isEqualTo(409);
        api.pretendRunning("default", "web");
        assertThat(refused("/v1/sets/web/exec?container=infra&command=sh")).isEqualTo(403);
        assertThat(refused("/v1/sets/web/exec")).isEqualTo(422);
        Frames frames = new Frames();
        WebSocket socket = exec(path, frames);
        socket.sendBinary(ByteBuffer.wrap(new Frame(Frame.STDIN, new byte[] {1, 2}).encode()), true)
                .get(5, TimeUnit.SECONDS);
        assertThat(frames.next().payload()).containsExactly(1, 2);
        socket.sendBinary(ByteBuffer.wrap(new Frame(Frame.STDIN, new byte[0]).encode()), true)
                .get(5, TimeUnit.SECONDS);
        assertThat(frames.next().control()).isEqualTo(new StreamControl.Exit(7));
        assertThat(api.host.closed.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(api.host.asked.poll().toString()).contains("side", "[sh, -c, echo a&b]");
        await().until(() -> api.server.openStreams() == 0);
        await().until(() -> api.get("/v1/audit").body().contains("GET /v1/sets/web/exec"));
    }

    @Test
    void tellsTheCallerOfACommandThatTheHostIsAway() throws Exception {
        api.post("/v1/sets", ApiFixture.WEB);
        api.pretendRunning("default", "web");
        api.host.away = true;
        Frames frames = new Frames();
        exec("/v1/sets/web/exec?command=sh", frames);
        assertThat(frames.next().control()).isInstanceOf(StreamControl.Failed.class);
    }

    private WebSocket exec(String path, Frames frames) {
        return api.client
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + api.admin())
                .buildAsync(api.uri("wss", path), frames)
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private int refused(String path) {
        try {
            exec(path, new Frames());
            return 101;
        } catch (CompletionException e) {
            return ((java.net.http.WebSocketHandshakeException) e.getCause())
                    .getResponse()
                    .statusCode();
        }
    }

    private static final class Frames implements WebSocket.Listener {
        private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();

        Frame next() throws InterruptedException {
            return frames.poll(10, TimeUnit.SECONDS);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            frames.add(Frame.decode(bytes));
            socket.request(1);
            return null;
        }
    }

    @Test
    void aRobotsTokenMayLiveForYearsAHostsJoinTokenForDays() throws Exception {
        for (String ttl : List.of("720h", "3650d")) {
            HttpResponse<String> made = api.post(
                    "/v1/tokens", "{\"name\":\"robot-" + ttl + "\",\"role\":\"viewer\",\"ttl\":\"" + ttl + "\"}");
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        }
        for (String body : List.of(
                "{\"name\":\"r\",\"role\":\"viewer\",\"ttl\":\"4000d\"}",
                "{\"name\":\"r\",\"role\":\"viewer\",\"ttl\":\"0s\"}",
                "{\"name\":\"r\",\"purpose\":\"join\",\"ttl\":\"8d\"}")) {
            HttpResponse<String> refused = api.post("/v1/tokens", body);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
            assertThat(refused.body()).contains("\"/ttl\"");
        }
    }

    @Test
    void showsATokenOnceAndNeverItsHash() throws Exception {
        HttpResponse<String> made = api.post(
                "/v1/tokens", "{\"name\":\"ci\",\"role\":\"developer\",\"tenants\":[\"shop\"],\"ttl\":\"24h\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        String text = Json.mapper().readTree(made.body()).get("token").asString();
        assertThat(text).startsWith("mos_ci_");
        assertThat(api.send(api.to(text, "/v1/whoami")).body()).contains("developer", "shop");
        HttpResponse<String> join = api.post("/v1/tokens", "{\"name\":\"h1\",\"purpose\":\"join\"}");
        assertThat(join.body()).contains("mosjoin_h1_");
        String secret = text.substring("mos_ci_".length());
        for (String path : List.of("/v1/tokens", "/v1/tokens/ci", "/v1/audit", "/v1/events", "/metrics")) {
            assertThat(api.get(path).body()).doesNotContain(secret, "secretHash");
        }
        assertThat(api.call(api.admin(), "DELETE", "/v1/tokens/ci", "").statusCode())
                .isEqualTo(200);
        assertThat(api.send(api.to(text, "/v1/whoami")).statusCode()).isEqualTo(401);
        assertThat(api.post("/v1/tokens", "{\"name\":\"x\"}").statusCode()).isEqualTo(422);
    }

    @Test
    void keepsRefusedCallsInTheAudit() throws Exception {
        api.call(api.shopToken, "POST", "/v1/tenants", "{\"name\":\"mine\"}");
        api.call("garbage", "DELETE", "/v1/sets/web", "");
        api.call(api.admin(), "DELETE", "/v1/sets/web", "");
        await().until(() -> {
            String audit = api.get("/v1/audit").body();
            return audit.contains("\"actor\":\"shopper\"")
                    && audit.contains("\"status\":403")
                    && audit.contains("\"actor\":\"anonymous\"")
                    && audit.contains("no set named web");
        });
    }

    @Test
    void stopsAndStarts() throws Exception {
        api.post("/v1/sets", ApiFixture.WEB);
        api.pretendRunning("default", "web");
        HttpResponse<String> stopped = api.post("/v1/sets/web/stop", "");
        assertThat(stopped.statusCode()).isEqualTo(202);
        assertThat(ApiFixture.set(stopped).status().state()).isIn(SetState.STOPPING, SetState.STOPPED);
        assertThat(refused("/v1/sets/web/exec?command=sh")).isEqualTo(409);
        assertThat(api.post("/v1/sets/web/start", "").statusCode()).isEqualTo(202);
        assertThat(api.post("/v1/sets/web/restart", "").statusCode()).isEqualTo(202);
        assertThat(api.call(api.admin(), "DELETE", "/v1/sets/web", "").statusCode())
                .isEqualTo(202);
    }

    @Test
    void aDeletionIsAnsweredWithItsOwnRevision() throws Exception {
        SetResource made = ApiFixture.set(api.post("/v1/sets", ApiFixture.WEB));
        HttpResponse<String> gone = api.call(api.admin(), "DELETE", "/v1/sets/web", "");
        assertThat(gone.statusCode()).isEqualTo(200);
        long revision = ApiFixture.set(gone).revision();
        assertThat(revision).isEqualTo(made.revision() + 1);
        assertThat(gone.headers().firstValue("ETag")).contains("\"" + revision + "\"");
        assertThat(api.get("/v1/sets/web?atLeast=" + revision).statusCode()).isEqualTo(404);
    }

    @Test
    void whoHasWrittenReadsItFromAnyController() throws Exception {
        long revision = ApiFixture.set(api.post("/v1/sets", ApiFixture.WEB)).revision();
        assertThat(api.call(api.admin(), "GET", "/v1/sets/web", "", "X-Mosaic-Written", Long.toString(revision))
                        .statusCode())
                .isEqualTo(200);
        String next = Long.toString(revision + 1);
        CompletableFuture<HttpResponse<String>> early = CompletableFuture.supplyAsync(() -> {
            try {
                return api.call(api.admin(), "GET", "/v1/sets/web", "", "X-Mosaic-Written", next);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        assertThat(api.post("/v1/sets/web/stop", "").statusCode()).isEqualTo(202);
        assertThat(ApiFixture.set(early.get(60, TimeUnit.SECONDS)).revision()).isGreaterThan(revision);
        assertThat(api.call(api.admin(), "GET", "/v1/sets/web", "", "X-Mosaic-Written", "soon")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void describesEveryRoute() throws Exception {
        JsonNode document = Json.mapper().readTree(api.get("/openapi.json").body());
        assertThat(document.get("openapi").asString()).isEqualTo("3.1.0");
        for (Route route : api.table.routes()) {
            JsonNode operation = document.get("paths")
                    .get(route.template())
                    .get(route.method().name().toLowerCase(java.util.Locale.ROOT));
            assertThat(operation.get("operationId").asString()).isEqualTo(route.operationId());
            assertThat(operation.get("summary").asString()).isNotEmpty();
        }
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).isNotEmpty();
        for (String reference : references) {
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        }
        JsonNode options = document.at("/components/schemas/ContainerOptions/properties");
        assertThat(options.has("CPU")).isTrue();
        assertThat(document.at("/components/schemas/SetSpec/required").toString())
                .contains("name", "resources", "containers");
        assertThat(document.at("/components/schemas/SetResource/properties/kind/const")
                        .asString())
                .isEqualTo("set");
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.has("$ref")) {
            references.add(node.get("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }
}
