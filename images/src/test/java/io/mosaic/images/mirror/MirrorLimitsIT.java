package io.mosaic.images.mirror;

import static io.mosaic.images.RegistryClient.content;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.ClusterFixture;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a mirror bears of its registry and for how long, and how much it keeps. */
class MirrorLimitsIT {

    private static final int LAYER = 3_000_000;

    private static ClusterFixture cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    @Test
    void aBusyRegistryIsAskedLater() throws Exception {
        try (FakeUpstream busy = new FakeUpstream();
                MirrorFixture fixture = new MirrorFixture(cluster, busy, Long.MAX_VALUE)) {
            busy.image("a/b", "1", 100, 1);
            assertThat(fixture.manifest("a/b", "1")).isNotNull();
            busy.status = 429;
            assertThatThrownBy(() -> fixture.manifest("a/b", "2"))
                    .isInstanceOfSatisfying(UpstreamException.class, e -> {
                        assertThat(e.kind()).isEqualTo(UpstreamException.Kind.BUSY);
                        assertThat(e.retryAfterSeconds()).isEqualTo(7);
                    });
            int calls = busy.calls.size();
            assertThat(fixture.manifest("a/b", "1")).isNotNull();
            assertThatThrownBy(() -> fixture.manifest("a/b", "3")).isInstanceOf(UpstreamException.class);
            assertThat(busy.calls).as("nobody asks it meanwhile").hasSize(calls);
        }
    }

    @Test
    void whatStallsIsCutOff() throws Exception {
        try (FakeUpstream slow = new FakeUpstream();
                MirrorFixture fixture = new MirrorFixture(cluster, slow, Long.MAX_VALUE)) {
            slow.image("a/b", "1", LAYER, 1);
            slow.mode = FakeUpstream.Blobs.STALLED;
            assertThatThrownBy(() -> fixture.blob("a/b", content(LAYER, 1)))
                    .isInstanceOfAny(IOException.class, UpstreamException.class);
            slow.mode = FakeUpstream.Blobs.RIGHT;
            assertThat(fixture.blob("a/b", content(LAYER, 1))).isEqualTo(content(LAYER, 1));
        }
    }

    @Test
    void whatIsNotUsedGoesWhenThereIsTooMuch() throws Exception {
        try (FakeUpstream many = new FakeUpstream();
                MirrorFixture fixture = new MirrorFixture(cluster, many, 500_000)) {
            for (int i = 0; i < 8; i++) {
                many.image("a/b", "t" + i, 100_000, i * 10L);
                fixture.manifest("a/b", "t" + i);
                fixture.blob("a/b", content(100_000, i * 10L));
                // Used all the time, and so never the one to go.
                fixture.manifest("a/b", "t0");
                fixture.awaitAtMost(500_000);
            }
            long fetched = many.count("GET", "/blobs/");
            fixture.blob("a/b", content(100_000, 70));
            fixture.blob("a/b", content(100_000, 0));
            assertThat(many.count("GET", "/blobs/")).isEqualTo(fetched);
            assertThat(fixture.files()).isLessThanOrEqualTo(6);
            fixture.blob("a/b", content(100_000, 10));
            assertThat(many.count("GET", "/blobs/")).as("one that went").isEqualTo(fetched + 1);
        }
    }
}
