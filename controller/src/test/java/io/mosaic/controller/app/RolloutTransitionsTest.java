package io.mosaic.controller.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Rollout;
import java.util.List;
import org.junit.jupiter.api.Test;

class RolloutTransitionsTest {

    /** From each state, in the order of the enum: + may follow, . may not, = is the state itself. */
    private static final List<String> TABLE = List.of(
            //           UPDA WAIT PAUS REVG FAIL DONE REVD
            "UPDATING    = + + + + + .",
            "WAITING     + = + + + . .",
            "PAUSED      + . = . . . .",
            "REVERTING   . . . = . . +",
            "FAILED      + . . . = . .",
            "DONE        . . . . . = .",
            "REVERTED    . . . . . . =");

    @Test
    void everyPairIsAsTheTableSays() {
        Rollout.State[] states = Rollout.State.values();
        assertThat(TABLE).hasSize(states.length);
        for (int from = 0; from < states.length; from++) {
            String[] row = TABLE.get(from).split(" +");
            assertThat(row[0]).isEqualTo(states[from].name());
            assertThat(row).hasSize(states.length + 1);
            for (int to = 0; to < states.length; to++) {
                assertThat(RolloutTransitions.allowed(states[from], states[to]))
                        .as(states[from] + " to " + states[to])
                        .isEqualTo(!row[to + 1].equals("."));
            }
        }
    }
}
