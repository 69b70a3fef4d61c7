package io.mosaic.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.ScalingPolicy;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WhatIfTest {

    private static LoadTrace example() throws IOException {
        try (Reader csv = Files.newBufferedReader(Path.of("../examples/food-web.load.csv"))) {
            return LoadTrace.read(csv);
        }
    }

    private static ScalingPolicy policy(String json) {
        return Json.read(json, ScalingPolicy.class);
    }

    @Test
    void theDayOfTwoPeaksCostsLessThanAFleetForThePeak() throws IOException {
        WhatIf.Outcome outcome = WhatIf.run(
                policy("{\"minimum\": 3, \"maximum\": 40, \"metrics\": [{\"metric\": \"cpu\", \"target\": \"60%\"}]}"),
                new WhatIf.Terms(100, Interval.ofSeconds(30), 32, 3),
                example());

        assertThat(outcome.samples()).hasSize(288);
        assertThat(outcome.fixedHours()).isEqualTo(768.0, within(0.01));
        // Golden: the model is exact, so the same file gives the same figures.
        assertThat(outcome.instanceHours()).isEqualTo(GOLDEN_HOURS, within(0.01));
        assertThat(outcome.peak()).isEqualTo(GOLDEN_PEAK);
        assertThat(outcome.lost()).isZero();
    }

    private static final double GOLDEN_HOURS = 143.6667;
    private static final int GOLDEN_PEAK = 29;

    @Test
    void instancesThatStartSlowlyLoseRequestsThatFasterOnesServe() throws IOException {
        ScalingPolicy tight =
                policy("{\"minimum\": 1, \"maximum\": 60, \"metrics\": [{\"metric\": \"cpu\", \"target\": \"85%\"}]}");
        WhatIf.Outcome slow = WhatIf.run(tight, new WhatIf.Terms(100, Interval.ofSeconds(600), null, 1), example());
        WhatIf.Outcome fast = WhatIf.run(tight, new WhatIf.Terms(100, Interval.ofSeconds(5), null, 1), example());
        assertThat(slow.lost()).isGreaterThan(fast.lost());
    }

    @Test
    void aStepIsAnsweredAndForgottenAgain() throws IOException {
        LoadTrace step = LoadTrace.read(new StringReader("""
                time,requests
                # ten minutes each
                2026-11-20T00:00:00Z,60000
                2026-11-20T00:10:00Z,600000
                2026-11-20T00:20:00Z,60000
                2026-11-20T00:30:00Z,60000
                """));
        WhatIf.Outcome outcome = WhatIf.run(
                policy("{\"maximum\": 40, \"metrics\": [{\"metric\": \"cpu\", \"target\": \"50%\"}]}"),
                new WhatIf.Terms(100, Interval.ofSeconds(10), null, 2),
                step);
        assertThat(outcome.samples().get(0).replicas()).isEqualTo(2);
        assertThat(outcome.peak()).isEqualTo(20);
        assertThat(outcome.samples().getLast().replicas()).isEqualTo(2);
        assertThat(outcome.lost()).isPositive();
        assertThat(outcome.turns().getFirst().because()).contains("over target 50%");
    }

    @Test
    void whatTheModelDoesNotHaveIsToldAndLeftOut() throws IOException {
        WhatIf.Outcome outcome = WhatIf.run(
                policy("{\"maximum\": 9, \"metrics\": [{\"metric\": \"memory\", \"target\": \"50%\"}]}"),
                new WhatIf.Terms(100, Interval.ofSeconds(10), null, 4),
                example());
        assertThat(outcome.left()).containsExactly("memory");
        assertThat(outcome.turns()).isEmpty();
    }

    @Test
    void aFileThatIsWrongIsToldWithItsLine() {
        assertThatThrownBy(() -> LoadTrace.read(new StringReader("time,requests\n2026-11-20T00:00:00Z,5\nnoon,5\n")))
                .hasMessageContaining("line 3")
                .hasMessageContaining("noon");
        assertThatThrownBy(() -> LoadTrace.read(new StringReader("2026-11-20T00:00:00Z,-5\n2026-11-20T01:00:00Z,5\n")))
                .hasMessageContaining("line 1");
        assertThatThrownBy(() -> LoadTrace.read(new StringReader("2026-11-20T01:00:00Z,5\n2026-11-20T00:00:00Z,5\n")))
                .hasMessageContaining("not later");
        assertThatThrownBy(() -> LoadTrace.read(new StringReader("2026-11-20T01:00:00Z,NaN\n2026-11-20T02:00:00Z,5\n")))
                .hasMessageContaining("line 1");
        assertThatThrownBy(() -> LoadTrace.read(new StringReader(""))).hasMessageContaining("two rows");
    }
}
