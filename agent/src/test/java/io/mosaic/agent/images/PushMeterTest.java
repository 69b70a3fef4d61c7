package io.mosaic.agent.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.SaveProgress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushMeterTest {

    private final List<SaveProgress> told = new ArrayList<>();
    private final PushMeter meter = new PushMeter(told::add);

    @Test
    void layersArePackedThenSent() {
        meter.step("committing");
        assertThat(told).containsExactly(new SaveProgress("committing", 0, 0, 0, 0));
        meter.layers(2);
        meter.layer("a", false, 0, 0);
        meter.layer("b", false, 10, 100);
        assertThat(told.getLast()).isEqualTo(new SaveProgress("packing", 2, 0, 10, 100));
        meter.layer("a", true, 0, 0);
        assertThat(told.getLast()).isEqualTo(new SaveProgress("packing", 2, 1, 10, 100));
        meter.layer("b", false, 130, 100);
        assertThat(told.getLast().bytes()).as("no more than all").isEqualTo(100);

        meter.begins(60);
        meter.sent(20);
        assertThat(told.getLast()).isEqualTo(new SaveProgress("sending", 2, 1, 20, 60));
        meter.sent(-20);
        assertThat(told.getLast().bytes()).as("what was in vain does not count").isZero();
        meter.sent(60);
        meter.ends();
        meter.layer("b", true, 0, 0);
        assertThat(told.getLast()).isEqualTo(new SaveProgress("packing", 2, 2, 100, 100));
        meter.step("finishing");
        assertThat(told.getLast()).isEqualTo(new SaveProgress("finishing", 2, 2, 0, 0));
    }
}
