package io.mosaic.controller.lead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.mosaic.scale.Reading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server over real HTTP, which answers what it is told to. */
class PrometheusQueriesTest {

    private static final String SIX = """
            {"status": "success", "data": {"resultType": "vector",
             "result": [{"metric": {}, "value": [1700000000.1, "6.5"]}]}}""";

    private final AtomicReference<String> answer = new AtomicReference<>(SIX);
    private final AtomicReference<String> asked = new AtomicReference<>("");
    private final CountDownLatch release = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private PrometheusQueries queries;
    private HttpServer server;
    private String url;
    private volatile int status = 200;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.set(exchange.getRequestURI().toString());
            if (answer.get().equals("never")) {
                awaitRelease();
            }
            byte[] bytes = answer.get().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Location", url + "/elsewhere");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
        queries = new PrometheusQueries(System::nanoTime, Duration.ofMillis(20));
    }

    private void awaitRelease() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        release.countDown();
        queries.close();
        server.stop(0);
        threads.close();
    }

    private void awaitMissing(String at, String words) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> queries.ask(at, "up") instanceof Reading.Missing(String why) && why.contains(words));
    }

    @Test
    void asksInTheBackgroundAndTellsTheLastValue() {
        assertThat(queries.ask(url, "sum(rate(x[1m])) & more")).isInstanceOf(Reading.Missing.class);
        await().until(() ->
                queries.ask(url, "sum(rate(x[1m])) & more") instanceof Reading.Total total && total.value() == 6.5);
        assertThat(asked.get()).isEqualTo("/api/v1/query?query=sum%28rate%28x%5B1m%5D%29%29+%26+more");
    }

    @Test
    void aServerThatIsDownHasNoValue() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        awaitMissing("http://127.0.0.1:" + free, "");
        await().until(() -> queries.ask("http://127.0.0.1:" + free, "up") instanceof Reading.Missing(String why)
                && !why.contains("not asked before"));
    }

    @Test
    void aServerThatIsSlowHoldsNobodyUp() {
        answer.set("never");
        queries.ask(url, "slow");
        // It goes on being asked about, and each call returns at once, before anything was answered.
        for (int i = 0; i < 1000; i++) {
            assertThat(queries.ask(url, "slow")).isInstanceOf(Reading.Missing.class);
        }
        awaitMissing(url, "");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> queries.ask(url, "slow") instanceof Reading.Missing(String why)
                        && (why.contains("did not answer") || why.contains("timed out")));
    }

    @Test
    void whatIsNoAnswerIsNoValue() {
        status = 500;
        awaitMissing(url, "status 500");
        status = 302;
        awaitMissing(url, "status 302");
        status = 200;
        answer.set("<html>");
        awaitMissing(url, "not what Prometheus answers");
        answer.set("x".repeat(70_000));
        awaitMissing(url, "exceeds");
    }

    @Test
    void anAnswerIsOneNumberOrNone() throws IOException {
        assertThat(value(SIX)).isEqualTo(6.5);
        assertThat(value("{\"data\": {\"resultType\": \"scalar\", \"result\": [1, \"3\"]}}"))
                .isEqualTo(3);
        for (String bad : List.of(
                "[]",
                "{}",
                "{\"data\": 5}",
                "{\"data\": {\"resultType\": \"matrix\", \"result\": []}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": []}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": [{\"value\": [1, \"1\"]}, {\"value\": [1, \"1\"]}]}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": [{\"value\": [1, \"NaN\"]}]}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": [{\"value\": [1, \"-1\"]}]}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": [{\"value\": [1, \"+Inf\"]}]}}",
                "{\"data\": {\"resultType\": \"vector\", \"result\": [{\"value\": 7}]}}",
                "{\"data\": {\"resultType\": \"scalar\", \"result\": [1, \"many\"]}}")) {
            assertThatThrownBy(() -> value(bad)).as(bad).isInstanceOf(IOException.class);
        }
    }

    private static double value(String json) throws IOException {
        return PrometheusQueries.value(json.getBytes(StandardCharsets.UTF_8));
    }
}
