package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What streams hold and share, beside what they say. The limit ends a stream that goes on without what is waited for. */
@Timeout(120)
class StreamLifeTest {

    @TempDir
    Path directory;

    private ApiFixture api;

    @BeforeEach
    void start() throws Exception {
        api = new ApiFixture(directory.resolve("ca"));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void aStreamThatIsOnlyAskedForItsHeadIsClosedOnItsHost() throws Exception {
        api.post("/v1/sets", ApiFixture.WEB);
        api.pretendRunning("default", "web");
        HttpResponse<Void> head = api.client.send(
                api.to(api.admin(), "/v1/sets/web/logs?follow=true")
                        .method("HEAD", BodyPublishers.noBody())
                        .build(),
                BodyHandlers.discarding());
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(api.host.closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private InputStream watchEvents(long after) throws Exception {
        HttpResponse<InputStream> response = api.client.send(
                api.to(api.admin(), "/v1/events?watch=true&after=" + after).build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    void aWatchFromFarAheadTakesNothingFromTheOthers() throws Exception {
        try (InputStream ahead = watchEvents(Long.MAX_VALUE);
                BufferedReader first = reader(ahead)) {
            assertThat(first.readLine()).isEqualTo("id: " + Long.MAX_VALUE);
            try (InputStream honest = watchEvents(0);
                    BufferedReader lines = reader(honest)) {
                assertThat(lines.readLine()).isEqualTo("id: 0");
                // Longer than the feed takes to look, so that the event is not found in the history.
                await().pollDelay(500, TimeUnit.MILLISECONDS).until(() -> true);
                api.post("/v1/sets", ApiFixture.WEB);
                assertThat(lines.lines().anyMatch(line -> line.contains("\"type\":\"Created\"")))
                        .isTrue();
            }
        }
    }

    private static BufferedReader reader(InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }
}
