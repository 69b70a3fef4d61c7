package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.model.Bytes;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.Json;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PoolSpec;
import io.mosaic.model.PrefetchStep;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The images of hosts by the API: who may what, and what is made of what a host says. */
class HostImagesApiTest {

    private static final String AT = "/v1/hosts/h1/images";
    private static final PrefetchedImage THERE = new PrefetchedImage("shop/web:1", "sha256:1", "sha256:2", true, false);

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        api = new ApiFixture(directory);
        Instant now = Instant.now();
        HostResource host = new HostResource(
                "h1",
                UUID.randomUUID(),
                0,
                now,
                new HostSpec("z1", "web", false, Map.of()),
                new HostStatus(HostState.READY, null, null, now));
        api.log.commit(head -> Decision.Decided.of(new Change.Put(host)));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static Frame says(Object what) {
        return new Frame(Frame.STDOUT, Json.bytes(what));
    }

    private HttpResponse<String> prefetch(String token, String body) throws Exception {
        return api.call(token, "POST", AT + "/prefetch", body);
    }

    private static List<PrefetchStep> steps(HttpResponse<String> response) {
        return response.body()
                .lines()
                .map(line -> Json.read(line, PrefetchStep.class))
                .toList();
    }

    @Test
    void aFetchIsToldAsItGoesOn() throws Exception {
        api.host.ofImages.addAll(List.of(
                says(PrefetchStep.doing("fetching")),
                says(PrefetchStep.done(THERE)),
                Frame.control(new StreamControl.Exit(0))));
        HttpResponse<String> response = prefetch(api.shopToken, "{\"image\": \"web:1\", \"pin\": true}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(steps(response)).containsExactly(PrefetchStep.doing("fetching"), PrefetchStep.done(THERE));
        StreamRequest.Prefetch asked = (StreamRequest.Prefetch) api.host.asked.take();
        assertThat(asked.tenant()).isEqualTo("shop");
        assertThat(asked.pin()).isTrue();
        assertThat(asked.grant().repositories()).containsExactly("shop/web", "docker.io/library/web");
        assertThat(asked.grant().token()).startsWith("mosgrant_");
        assertThat(asked.toString()).doesNotContain("mosgrant_");
    }

    @Test
    void whatGoesWrongIsAProblemAtOnceOrTheLastLine() throws Exception {
        Problem none = Problem.Kind.CONFLICT.with("no room");
        api.host.ofImages.add(Frame.control(new StreamControl.Failed(none)));
        HttpResponse<String> refused = prefetch(api.shopToken, "{\"image\": \"web:1\"}");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(ApiFixture.problem(refused).detail()).isEqualTo("no room");

        api.host.ofImages.addFirst(says(PrefetchStep.doing("fetching")));
        assertThat(steps(prefetch(api.shopToken, "{\"image\": \"web:1\"}")))
                .containsExactly(PrefetchStep.doing("fetching"), PrefetchStep.failed(none));

        api.host.ofImages.removeLast();
        PrefetchStep last =
                steps(prefetch(api.shopToken, "{\"image\": \"web:1\"}")).getLast();
        assertThat(last.problem().status()).isEqualTo(503);
        assertThat(last.problem().detail()).contains("goes on where it was");

        api.host.away = true;
        assertThat(prefetch(api.shopToken, "{\"image\": \"web:1\"}").statusCode())
                .isEqualTo(503);
    }

    @Test
    void whoMayNotIsRefusedBeforeTheHostIsAsked() throws Exception {
        assertThat(prefetch(api.shopToken, "{\"image\": \"default/web:1\"}").statusCode())
                .isEqualTo(403);
        assertThat(prefetch(api.shopToken, "{\"image\": \"web:1\", \"pinned\": 1}")
                        .statusCode())
                .isEqualTo(422);
        assertThat(prefetch(api.shopToken, "{}").body()).contains("/image");
        assertThat(prefetch(api.shopToken, "{\"image\": \"sha256:%s\"}".formatted("a".repeat(64)))
                        .statusCode())
                .isEqualTo(422);
        assertThat(api.call(api.shopToken, "POST", AT + "/pin", "{\"image\": \"default/web:1\"}")
                        .statusCode())
                .isEqualTo(403);
        PoolSpec reserved = new PoolSpec("web", List.of("default"), List.of(), null, null);
        api.log.commit(head -> Decision.Decided.of(
                new Change.Put(new PoolResource("web", UUID.randomUUID(), 0, Instant.now(), reserved))));
        HttpResponse<String> others = prefetch(api.shopToken, "{\"image\": \"web:1\"}");
        assertThat(others.statusCode()).isEqualTo(403);
        assertThat(others.body()).contains("reserved for others");
        assertThat(api.host.asked).isEmpty();
    }

    @Test
    void aTenantsUserSeesWhatIsHisTenants() throws Exception {
        HostImage shared = new HostImage(
                List.of(
                        "images.mosaic/shop/web:1",
                        "images.mosaic/default/copy:1",
                        "images.mosaic/docker.io/library/x:1"),
                "sha256:1",
                "default/copy",
                "sha256:2",
                new Bytes(5),
                null,
                List.of("default", "shop"),
                Map.of("default", 3, "shop", 1),
                Map.of("default", List.of("default/copy:1")));
        HostImage local = new HostImage(
                List.of("local:1"), "sha256:3", null, null, new Bytes(5), null, List.of(), Map.of(), Map.of());
        api.host.ofImages.addAll(List.of(says(shared), says(local), Frame.control(new StreamControl.Exit(0))));
        assertThat(api.get(AT).body()).contains("default/copy", "local:1", "\"default\":3");
        String seen = api.call(api.shopToken, "GET", AT, "").body();
        assertThat(seen).contains("shop/web:1", "docker.io/library/x:1", "\"shop\":1");
        assertThat(seen).doesNotContain("default", "local:1");
    }

    @Test
    void pinningWhatIsNotThereNamesTheWay() throws Exception {
        api.host.ofImages.add(Frame.control(new StreamControl.Failed(Problem.Kind.NOT_FOUND.with("not here"))));
        HttpResponse<String> response = api.post(AT + "/pin", "{\"image\": \"web:1\"}");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("mos image prefetch web:1 --host h1 --pin");
        assertThat(api.host.asked.take()).isEqualTo(new StreamRequest.Pin("default", "web:1", true));
    }
}
