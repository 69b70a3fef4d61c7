package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon that hangs: the host is DEGRADED, what runs is left alone, and nothing is there twice when it goes on. */
class FreezeIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static final long FROZEN_NANOS = Duration.ofSeconds(30).toNanos();

    @Test
    void aHungDaemonDegradesTheHostAndNothingElse() throws Exception {
        M.run(MosaicExtension.sleeper("steady"));
        Map<String, Long> pids = M.pids("steady");
        try (Watch<SetResource> watch = M.client()
                .sets()
                .watch(SetQuery.ALL, M.client().sets().list(SetQuery.ALL).revision())) {
            // This one's calls are under way when the daemon hangs: nobody knows what became of them.
            M.create(MosaicExtension.sleeper("caught"));
            M.await("caught", set -> set.status().state() != SetState.PENDING, "its host");
            long frozen = System.nanoTime();
            M.docker().sigstop();
            HostResource host;
            try {
                host = awaitDegraded();
                System.out.printf("DEGRADED after %d ms%n", (System.nanoTime() - frozen) / 1_000_000);
                assertThat(host.status().reason()).isNotEmpty();
                M.create(MosaicExtension.sleeper("later"));
                while (System.nanoTime() - frozen < FROZEN_NANOS) {
                    assertThat(M.client().sets().get("steady").status().state())
                            .as("nothing is evicted")
                            .isEqualTo(SetState.RUNNING);
                    assertThat(M.client().hosts().get("host-1").status().state())
                            .isEqualTo(HostState.DEGRADED);
                    Thread.sleep(500);
                }
                assertThat(M.client().sets().get("later").status().state())
                        .as("no new sets for a degraded host")
                        .isEqualTo(SetState.PENDING);
                assertThat(M.client().sets().get("later").status().reason()).isNotEmpty();
            } finally {
                M.docker().sigcont();
            }
            M.mosaic().awaitHost("READY");
            M.awaitState("caught", SetState.RUNNING);
            M.awaitState("later", SetState.RUNNING);
            assertThat(M.pids("steady")).isEqualTo(pids);
            for (String name : new String[] {"caught", "later"}) {
                assertThat(M.containers(name)).containsOnlyKeys("infra", "main");
            }
            assertThat(M.docker().docker().containers("io.mosaic.set")).hasSize(6);
            for (WatchEvent<SetResource> event = watch.next(Duration.ofMillis(200));
                    event != null;
                    event = watch.next(Duration.ofMillis(200))) {
                if (event.item() != null && event.item().name().equals("steady")) {
                    assertThat(event.item().status().state()).isEqualTo(SetState.RUNNING);
                }
            }
        }
    }

    private static HostResource awaitDegraded() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(25))
                .until(
                        () -> M.client().hosts().get("host-1"),
                        host -> host.status().state() == HostState.DEGRADED);
    }
}
