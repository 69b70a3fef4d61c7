package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.RawApi;
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
