package io.mosaic.controller.lead;

import io.mosaic.controller.scale.Queries;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import io.mosaic.scale.Reading;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Asks Prometheus servers in the background, each query every ten seconds while somebody wants its answer. A server that is
 * down, slow, or answers anything but one number costs nobody else anything: its query has no value.
 *
 * <p>Thread-safe.
 */
public final class PrometheusQueries implements Queries, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PrometheusQueries.class);

    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    /** A query that nobody has asked for since is forgotten. */
    private static final Duration FORGET = Duration.ofMinutes(2);

    private static final int AT_ONCE = 16;

    /** One number needs less; what is longer is no answer. */
    private static final int ANSWER_BYTES_MAX = 64 * 1024;

    private final HttpClient client;
    private final LongSupplier nanos;
    private final Duration every;
    private final Semaphore free = new Semaphore(AT_ONCE);
    private final Map<Question, Asked> asked = new ConcurrentHashMap<>();

    private record Question(String url, String query) {}

    /** A question's state; its own monitor guards it. */
    private static final class Asked {
        private boolean underWay;
        private long begun;
        private long wanted;
        private @Nullable Double value;
        private long valueAt;
        private String fault = "was not asked before";
    }

    public PrometheusQueries() {
        this(System::nanoTime, EVERY);
    }

    /** @param every how often a query is asked at most */
    PrometheusQueries(LongSupplier nanos, Duration every) {
        this.nanos = nanos;
        this.every = every;
        this.client = HttpClient.newBuilder()
                .connectTimeout(DEADLINE)
                // A server that an operator allowed must not lead to one that nobody did.
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public Reading ask(String url, String query) {
        long now = nanos.getAsLong();
        asked.values().removeIf(each -> idle(each, now));
        Question question = new Question(url, query);
        Asked state = asked.computeIfAbsent(question, key -> new Asked());
        synchronized (state) {
            boolean due = state.begun == 0 || now - state.begun >= every.toNanos();
            state.wanted = now;
            if (due && !state.underWay && free.tryAcquire()) {
                state.underWay = true;
                state.begun = now == 0 ? 1 : now;
                Thread.ofVirtual().name("prometheus").start(() -> answer(question, state));
            }
            Double value = state.value;
            return value == null
                    ? new Reading.Missing(state.fault)
                    : new Reading.Total(value, Duration.ofNanos(now - state.valueAt));
        }
    }

    private static boolean idle(Asked state, long now) {
        synchronized (state) {
            return !state.underWay && state.wanted != 0 && now - state.wanted > FORGET.toNanos();
        }
    }

    private void answer(Question question, Asked state) {
        Double value = null;
        String fault = "";
        try {
            value = value(fetch(question));
        } catch (TimeoutException e) {
            fault = "the server did not answer within " + DEADLINE.toSeconds() + " s";
        } catch (IOException e) {
            fault = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fault = "was not asked to its end";
        } catch (RuntimeException e) {
            LOG.error("a query to {} failed", question.url(), e);
            fault = "could not be asked";
        } finally {
            free.release();
        }
        synchronized (state) {
            state.underWay = false;
            if (value == null) {
                // The value that was there goes on counting until it is too old.
                LOG.debug("query to {}: {}", question.url(), fault);
                state.fault = fault;
            } else {
                state.value = value;
                state.valueAt = nanos.getAsLong();
            }
        }
    }

    /** The body of a good answer, whole within the deadline. */
    private byte[] fetch(Question question) throws IOException, InterruptedException, TimeoutException {
        String base = question.url().endsWith("/")
                ? question.url().substring(0, question.url().length() - 1)
                : question.url();
        URI uri =
                URI.create(base + "/api/v1/query?query=" + URLEncoder.encode(question.query(), StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(DEADLINE)
                .header("Accept", "application/json")
                .build();
        CompletableFuture<HttpResponse<byte[]>> sent = client.sendAsync(
                request, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            // The request's own deadline ends with the headers; this one is for the whole.
            HttpResponse<byte[]> response = sent.get(DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
            if (response.statusCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("the server answered with status " + response.statusCode());
            }
            return response.body();
        } catch (ExecutionException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new IOException(
                    root.getMessage() == null
                            ? "the server cannot be reached (" + root.getClass().getSimpleName() + ")"
                            : root.getMessage(),
                    e);
        } finally {
            // Ends the exchange when it is still under way.
            sent.cancel(true);
        }
    }

    /**
     * The one number of an answer, as the query API writes scalars and vectors of one element.
     *
     * @throws IOException when it is anything else
     */
    static double value(byte[] json) throws IOException {
        JsonNode answer;
        try {
            answer = Json.read(json, JsonNode.class);
        } catch (ProblemException e) {
            throw new IOException("the server's answer is not what Prometheus answers", e);
        }
        JsonNode data = answer.path("data");
        JsonNode result = data.path("result");
        JsonNode pair = switch (data.path("resultType").asString("")) {
            case "scalar" -> result;
            case "vector" -> {
                if (result.size() != 1) {
                    throw new IOException("the query answers " + result.size() + " values, and must answer one");
                }
                yield result.path(0).path("value");
            }
            default -> throw new IOException("the server's answer is not what Prometheus answers");
        };
        double value;
        try {
            value = Double.parseDouble(pair.path(1).asString(""));
        } catch (NumberFormatException e) {
            throw new IOException("the query's value is no number", e);
        }
        if (!(value >= 0 && value <= 1e15)) {
            throw new IOException("the query's value must be 0 or more, and is " + value);
        }
        return value;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
