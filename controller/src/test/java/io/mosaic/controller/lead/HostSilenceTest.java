package io.mosaic.controller.lead;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long hosts have said nothing, by the leader's clock, whatever that of the database does. */
class HostSilenceTest {
    private final HostSilence silence = new HostSilence();
    private long now = Duration.ofHours(1).toNanos();

    private static ClusterImage image(HostState state) {
        HostResource host = Samples.host("h", 4, 4);
        return Samples.image(host.withStatus(host.status().in(state, null, Samples.NOW)));
    }

    private void look(HostState state, double age) {
        silence.read(image(state), Map.of("h", Duration.ofMillis(Math.round(age * 1000))), now, now);
        now += Duration.ofSeconds(1).toNanos();
    }

    private double silent() {
        return silence.of("h").toMillis() / 1000.0;
    }

    @Test
    void countsFromTheFirstLookOfThisLeader() {
        look(HostState.UNREACHABLE, 500);
        assertThat(silent()).isZero();
        for (int second = 1; second <= 20; second++) {
            look(HostState.UNREACHABLE, 500 + second);
        }
        assertThat(silent()).isEqualTo(20);
    }

    @Test
    void countsFromWhenItWasHeardLast() {
        look(HostState.READY, 1);
        look(HostState.READY, 0.5);
        for (int second = 1; second <= 15; second++) {
            look(second < 10 ? HostState.READY : HostState.UNREACHABLE, 0.5 + second);
        }
        // Heard half a second before the second look, as its age jumped; counted from that look.
        assertThat(silent()).isEqualTo(15);
    }

    @Test
    void saysNothingOfAHostThatIsNotGivenUp() {
        for (int second = 0; second <= 30; second++) {
            look(HostState.READY, second);
        }
        assertThat(silent()).isZero();
        look(HostState.UNREACHABLE, 31);
        assertThat(silent()).isEqualTo(31);
    }

    @Test
    void aClockOfTheDatabaseThatJumpsNeverMakesItMore() {
        for (double jump : new double[] {3600, -3600, 1, -1}) {
            HostSilenceTest fresh = new HostSilenceTest();
            fresh.look(HostState.UNREACHABLE, 100);
            for (int second = 1; second <= 5; second++) {
                fresh.look(HostState.UNREACHABLE, 100 + second);
            }
            assertThat(fresh.silent()).isEqualTo(5);
            fresh.look(HostState.UNREACHABLE, 106 + jump);
            assertThat(fresh.silent()).as("a jump of " + jump + " s").isZero();
            fresh.look(HostState.UNREACHABLE, 107 + jump);
            assertThat(fresh.silent()).isEqualTo(1);
        }
    }

    @Test
    void smallRenewalsAddUp() {
        look(HostState.READY, 0);
        double age = 0;
        for (int second = 1; second <= 20; second++) {
            age += 0.85;
            look(second < 15 ? HostState.READY : HostState.UNREACHABLE, age);
        }
        assertThat(silent()).isEqualTo(17);
    }

    @Test
    void aHostThatLeavesIsForgotten() {
        look(HostState.UNREACHABLE, 0);
        look(HostState.UNREACHABLE, 1);
        silence.read(Samples.image(), Map.of(), now, now);
        assertThat(silent()).isZero();
        look(HostState.UNREACHABLE, 3);
        assertThat(silent()).isZero();
    }
}
