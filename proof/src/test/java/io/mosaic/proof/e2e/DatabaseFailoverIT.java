package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.proof.rig.ClusterRig;
import io.mosaic.proof.rig.ClusterRig.Member;
import io.mosaic.proof.rig.RawApi;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Two controllers over a primary with a synchronous replica: the primary dies under writes, the replica takes over. */
class DatabaseFailoverIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    @Test
    void acknowledgedWritesSurviveAndControllersGoOn() throws Exception {
        try (ClusterRig cluster = ClusterRig.startReplicated("failover", 2)) {
            ConcurrentSkipListSet<String> acknowledged = new ConcurrentSkipListSet<>();
            AtomicInteger unanswered = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            List<Thread> writers = List.of(
                    writer(cluster, cluster.members().get(0), "a", acknowledged, unanswered, over),
                    writer(cluster, cluster.members().get(1), "b", acknowledged, unanswered, over));
            try {
                await().atMost(LONG).until(() -> acknowledged.size() > 50);
                cluster.pair().killPrimary();
                cluster.pair().promote();
                awaitMore(acknowledged);
                // The old primary comes back as the replica, and takes over in its turn.
                assertThat(cluster.pair().hasReplica()).isFalse();
                cluster.pair().rejoin();
                assertThat(cluster.pair().hasReplica()).isTrue();
                awaitMore(acknowledged);
                cluster.pair().killPrimary();
                cluster.pair().promote();
                awaitMore(acknowledged);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(e + "\n" + cluster.quoteLogs(), e);
            } finally {
                over.set(true);
                for (Thread writer : writers) {
                    assertThat(writer.join(LONG)).isTrue();
                }
            }
            for (Member member : cluster.members()) {
                RawApi api = cluster.api(member);
                for (String tenant : acknowledged) {
                    // The other controller's last writes may reach this one a moment later.
                    await().atMost(LONG)
                            .untilAsserted(() -> assertThat(
                                            api.get("/v1/tenants/" + tenant).status())
                                    .as("%s at %s", tenant, member.name())
                                    .isEqualTo(200));
                }
                // History comes from the replica while there is one, from the primary now.
                assertThat(api.get("/v1/audit?limit=5").status()).isEqualTo(200);
                assertThat(api.get("/v1/events?kind=host").status()).isEqualTo(200);
            }
        }
    }

    /** Both writers get on. */
    private static void awaitMore(ConcurrentSkipListSet<String> acknowledged) {
        for (String writer : List.of("a", "b")) {
            String last = last(acknowledged, writer);
            await().atMost(LONG).until(() -> !last.equals(last(acknowledged, writer)));
        }
    }

    private static String last(ConcurrentSkipListSet<String> acknowledged, String writer) {
        return acknowledged.headSet("w-" + writer + "-~").last();
    }

    private static Thread writer(
            ClusterRig cluster,
            Member member,
            String writer,
            ConcurrentSkipListSet<String> acknowledged,
            AtomicInteger unanswered,
            AtomicBoolean over)
            throws IOException {
        RawApi api = cluster.api(member);
        return Thread.ofVirtual().start(() -> {
            int n = 0;
            while (!over.get()) {
                String tenant = "w-" + writer + "-" + String.format("%06d", n++);
                try {
                    RawApi.Answer answer = api.post("/v1/tenants", "{\"name\": \"" + tenant + "\"}");
                    if (answer.status() == 201) {
                        acknowledged.add(tenant);
                    }
                    Thread.sleep(40);
                } catch (IOException e) {
                    // Not acknowledged: it may be there or not.
                    unanswered.incrementAndGet();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        });
    }
}
