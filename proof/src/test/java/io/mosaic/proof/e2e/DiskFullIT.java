package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.RawApi;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The disk under the data directory is full: errors say so, nothing acknowledged is lost, and it goes on when there is room. */
class DiskFullIT {

    /** Room for the database, what the agent keeps free (1 GiB) and a small volume. */
    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension(5L << 29);

    private static String withVolume(String name, String size) {
        return MosaicExtension.sleeper(name)
                .replace(
                        "\"resources\"",
                        "\"volume\": {\"size\": \"" + size + "\", \"mount\": \"/data\"}, \"resources\"");
    }

    @Test
    void aVolumeThatDoesNotFitSaysSo() throws Exception {
        M.run(withVolume("fits", "300Mi"));
        M.create(withVolume("does-not", "2Gi"));
        SetResource refused = M.await(
                "does-not",
                set -> set.status().reason() != null
                        && (set.status().state() == SetState.PENDING
                                || set.status().state() == SetState.FAILED),
                "PENDING or FAILED with a reason");
        assertThat(refused.status().reason()).containsAnyOf("disk", "volume", "space", "room");
        assertThat(M.client().sets().get("fits").status().state()).isEqualTo(SetState.RUNNING);
    }

    @Test
    void aVolumeThatCannotGrowLeavesItsSetRunningAndGrowsWhenThereIsRoom() throws Exception {
        M.run(withVolume("grows", "300Mi"));
        long pid = M.pids("grows").getOrDefault("main", 0L);
        // Beside the 1 GiB that the agent keeps free. What it told of its disk when it came is taken by something else
        // now.
        M.mosaic().disk().fillBut((1L << 30) + (50L << 20));
        try {
            M.client().sets().patch("grows", Json.mapper().readTree("{\"volume\": {\"size\": \"400Mi\"}}"), null);
            SetResource held = M.await(
                    "grows",
                    set -> set.status().state() == SetState.RUNNING
                            && set.status().reason() != null,
                    "RUNNING with a reason");
            assertThat(held.status().reason())
                    .contains("a volume of 300Mi cannot grow to 400Mi: ", " free at ", "so at most 3");
            assertThat(M.exec("grows", "main", "sh", "-c", "echo on > /data/log && cat /data/log")
                            .out())
                    .isEqualTo("on\n");
        } finally {
            M.mosaic().disk().empty();
        }
        M.await("grows", set -> set.status().reason() == null, "no reason any more");
        assertThat(new File("/proc/" + pid + "/root/data").getTotalSpace()).isGreaterThan(320L << 20);
        assertThat(M.pids("grows")).containsEntry("main", pid);
    }

    /** Hundreds of them fit on the smallest machine. */
    private static String tiny(String name) {
        return MosaicExtension.sleeper(name).replace("\"cpu\": 0.2", "\"cpu\": 0.01");
    }

    @Test
    void aFullDataDirectoryLosesNothing() throws Exception {
        M.run(MosaicExtension.sleeper("before"));
        Map<String, Long> pids = M.pids("before");
        List<String> acknowledged = new ArrayList<>(List.of("before"));
        M.mosaic().disk().fill();
        // What the database had set aside for its log lets some through.
        RawApi.Answer refused = null;
        for (int i = 0; i < 200 && refused == null; i++) {
            RawApi.Answer answer = M.mosaic().api().post("/v1/sets", tiny("full-" + i));
            if (answer.status() == 201) {
                acknowledged.add("full-" + i);
            } else {
                refused = answer;
            }
        }
        assertThat(refused).as("a refusal").isNotNull();
        assertThat(refused.status()).as(refused.text()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
        assertThat(refused.json().path("detail").asString()).contains("disk is full");
        assertThat(M.mosaic().api().get("/v1/sets/before").status())
                .as("reads go on")
                .isEqualTo(200);
        assertThat(M.pids("before")).as("runs on").isEqualTo(pids);

        M.mosaic().disk().empty();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> {
                    M.mosaic().controller().start();
                    M.mosaic().agent().start();
                    RawApi.Answer answer = M.mosaic().api().post("/v1/sets", tiny("after"));
                    assertThat(answer.status()).isIn(201, 409);
                });
        acknowledged.add("after");
        for (String name : acknowledged) {
            M.awaitState(name, SetState.RUNNING);
        }
        assertThat(M.client().sets().listAll(SetQuery.ALL).items())
                .extracting(SetResource::name)
                .containsAll(acknowledged);
        assertThat(M.pids("before")).isEqualTo(pids);
    }
}
