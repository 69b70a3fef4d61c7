package io.mosaic.proof.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PercentilesTest {

    @Test
    void aPercentileIsATimeThatWasMeasured() {
        List<Long> nanos = new ArrayList<>();
        for (long i = 1; i <= 30; i++) {
            nanos.add(i * 1_000_000);
        }
        Collections.reverse(nanos);
        Percentiles percentiles = Percentiles.of(nanos);
        assertThat(percentiles.millis(50)).isEqualTo(15);
        assertThat(percentiles.millis(51)).isEqualTo(16);
        assertThat(percentiles.millis(99)).as("of 30, the slowest").isEqualTo(30);
        assertThat(percentiles.millis(100)).isEqualTo(30);
        assertThat(percentiles.millis(1)).isEqualTo(1);
    }

    @Test
    void nothingMeasuredIsAFault() {
        assertThatThrownBy(() -> Percentiles.of(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
