package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.proof.rig.FreePorts;
import io.mosaic.proof.rig.RawApi;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sets that cannot be, or go wrong: each says why, and nothing is left of it. */
class BadSetsIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static String set(String name, String image, String command, String more) {
        return """
                {"name": "%s", "resources": {"cpu": 0.2, "memory": "24Mi"}%s,
                 "containers": [{"index": 1, "name": "main", "image": "%s", "options": {"command": %s}}]}
                """.formatted(name, more, image, command);
    }

    private static String busybox(String name, String command, String more) {
        return set(name, "mosaic-proof/busybox:1", command, more);
    }

    @Test
    void anImageThatDoesNotExist() throws Exception {
        M.create(set("no-image", "mosaic-proof/nosuch:9", "[\"true\"]", ""));
        SetResource failed = M.awaitState("no-image", SetState.FAILED);
        assertThat(failed.status().reason()).contains("mosaic-proof/nosuch:9");
        assertThat(M.awaitEvent("no-image", "Failed").warning()).isTrue();
        assertThat(M.containers("no-image")).doesNotContainKey("main");
    }

    @Test
    void aCommandThatDoesNotExist() throws Exception {
        M.create(busybox("no-command", "[\"/no/such/command\"]", ""));
        SetResource failed = M.await(
                "no-command",
                set -> set.status().state() == SetState.FAILED && set.status().reason() != null,
                "FAILED with a reason");
        assertThat(failed.status().reason()).contains("/no/such/command");
    }

    @Test
    void largerThanAnyHost() throws Exception {
        M.create(busybox("huge", "[\"sleep\", \"1\"]", "").replace("\"cpu\": 0.2", "\"cpu\": 4000"));
        SetResource waiting = M.await(
                "huge",
                set -> set.status().state() == SetState.PENDING && set.status().reason() != null,
                "PENDING with a reason");
        assertThat(waiting.status().reason()).containsIgnoringCase("cpu");
        assertThat(M.events("huge")).extracting("type").contains("Unplaceable");
        assertThat(M.containers("huge")).isEmpty();
    }

    @Test
    void aPortThatAnotherProgramHas() throws Exception {
        int port = FreePorts.next();
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port));
            M.create(withPort("port-taken", port));
            SetResource failed = M.await(
                    "port-taken",
                    set -> set.status().state() == SetState.FAILED
                            && set.status().reason() != null,
                    "FAILED with a reason");
            assertThat(failed.status().reason()).contains(Integer.toString(port));
        }
        M.awaitState("port-taken", SetState.RUNNING);
    }

    @Test
    void aPortThatAnotherSetHas() throws Exception {
        int port = FreePorts.next();
        M.run(withPort("port-first", port));
        M.create(withPort("port-second", port));
        SetResource waiting = M.await(
                "port-second",
                set -> set.status().state() == SetState.PENDING && set.status().reason() != null,
                "PENDING with a reason");
        assertThat(waiting.status().reason()).containsIgnoringCase("port");
        M.client().sets().delete("port-first");
        M.awaitState("port-second", SetState.RUNNING);
    }

    private static String withPort(String name, int port) {
        return busybox(name, "[\"sleep\", \"1000000\"]", "")
                .replace("\"options\": {", "\"options\": {\"ports\": [\"" + port + ":80\"], ");
    }

    @Test
    void aFullVolumeStopsTheWriterAlone() throws Exception {
        M.run(busybox("full", "[\"sleep\", \"1000000\"]", ", \"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}"));
        M.exec("full", "main", "sh", "-c", "echo precious > /data/precious; sync");
        MosaicExtension.Ran filled =
                M.exec("full", "main", "dd", "if=/dev/zero", "of=/data/fill", "bs=1M", "count=400");
        assertThat(filled.code()).isNotZero();
        assertThat(filled.err()).containsIgnoringCase("no space left on device");
        assertThat(M.exec("full", "main", "cat", "/data/precious").out()).isEqualTo("precious\n");
        assertThat(M.client().sets().get("full").status().state()).isEqualTo(SetState.RUNNING);
    }

    @Test
    void theOomKillerIsNamed() throws Exception {
        M.create(busybox(
                "oom",
                "[\"dd\", \"if=/dev/zero\", \"of=/dev/null\", \"bs=256M\"]",
                ", \"restart\": {\"policy\": \"never\"}"));
        SetResource failed = M.awaitState("oom", SetState.FAILED);
        assertThat(failed.status().reason()).containsIgnoringCase("oom");
        ContainerStatus main = MosaicExtension.container(failed, "main");
        assertThat(main.exitCode()).isEqualTo(137);
        assertThat(main.reason()).containsIgnoringCase("oom").contains("24Mi");
        assertThat(M.awaitEvent("oom", "OomKilled").container()).isEqualTo("main");
    }

    @Test
    void whatNeverTurnsHealthyFails() throws Exception {
        M.create(busybox("ill", "[\"sleep\", \"1000000\"]", ", \"restart\": {\"policy\": \"never\"}")
                .replace(
                        "\"options\": {",
                        "\"options\": {\"health\": {\"tcp\": 81, \"interval\": \"200ms\", \"deadline\": \"2s\"}, "));
        SetResource failed = M.awaitState("ill", SetState.FAILED);
        assertThat(failed.status().reason()).contains("81");
    }

    @Test
    void aCrashLoopBacksOff() throws Exception {
        M.create(busybox("loop", "[\"false\"]", ", \"restart\": {\"initial\": \"100ms\", \"attempts\": 3}"));
        SetResource failed = M.await(
                "loop",
                set -> set.status().state() == SetState.FAILED
                        && !set.status().containers().isEmpty()
                        && MosaicExtension.container(set, "main").restarts() == 3,
                "FAILED after three restarts");
        assertThat(failed.status().reason()).isNotEmpty();
        assertThat(M.events("loop")).filteredOn("type", "BackOff").hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void aSetDeletedWhileItStarts() throws Exception {
        for (int delay : new int[] {0, 100, 300, 600}) {
            String name = "brief-" + delay;
            M.create(busybox(
                    name, "[\"sleep\", \"1000000\"]", ", \"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}"));
            Thread.sleep(delay);
            M.client().sets().delete(name);
            M.awaitGone(name);
            assertThat(M.containers(name)).isEmpty();
        }
        M.awaitNothingLeft();
    }

    @Test
    void refusalsNameFieldAndRule() throws Exception {
        RawApi api = M.mosaic().api();
        RawApi.Answer unknown =
                api.post("/v1/sets", MosaicExtension.sleeper("x").replace("\"resources\"", "\"resource\""));
        assertThat(unknown.status()).isEqualTo(422);
        assertThat(unknown.json().path("errors").path(0).path("field").asString())
                .isEqualTo("/resource");
        assertThat(api.post("/v1/sets", "{\"name\": ").status()).isEqualTo(400);
        assertThat(api.post("/v1/sets", MosaicExtension.sleeper("a/../b")).status())
                .isEqualTo(422);
        assertThat(api.post("/v1/sets", "[".repeat(100_000)).status()).isEqualTo(400);
        assertThat(api.as(null).get("/v1/sets").status()).isEqualTo(401);
        assertThat(api.as("mos_admin_" + "x".repeat(43)).get("/v1/sets").status())
                .isEqualTo(401);
        RawApi.Answer wrongMedia =
                api.call("POST", "/v1/sets", MosaicExtension.sleeper("x"), Map.of("Content-Type", "text/plain"));
        assertThat(wrongMedia.status()).isEqualTo(415);
        assertThat(M.client().sets().list(io.mosaic.model.client.SetQuery.ALL).items())
                .isEmpty();
    }

    @Test
    void anotherTenantsSetIsNotThere() throws Exception {
        RawApi api = M.mosaic().api();
        assertThat(api.post("/v1/tenants", "{\"name\": \"other\"}").status()).isEqualTo(201);
        String token = api.post(
                        "/v1/tokens",
                        "{\"name\": \"other-dev\", \"purpose\": \"api\", \"role\": \"developer\", \"tenants\": [\"other\"]}")
                .json()
                .path("token")
                .asString();
        RawApi other = api.as(token);
        M.run(MosaicExtension.sleeper("mine"));
        assertThat(other.get("/v1/sets/mine").status()).isEqualTo(404);
        assertThat(other.delete("/v1/sets/mine").status()).isEqualTo(404);
        assertThat(other.get("/v1/sets?tenant=default").status()).isIn(403, 404);
        assertThat(other.get("/v1/sets").json().path("items").size()).isZero();
        assertThat(other.post("/v1/tokens", "{\"name\": \"more\", \"purpose\": \"api\", \"role\": \"admin\"}")
                        .status())
                .isEqualTo(403);
        assertThat(api.delete("/v1/tokens/other-dev").status()).isBetween(200, 204);
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(other.get("/v1/sets").status()).isEqualTo(401));
    }
}
