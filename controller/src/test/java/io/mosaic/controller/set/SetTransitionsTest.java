package io.mosaic.controller.set;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.SetState;
import java.util.List;
import org.junit.jupiter.api.Test;

class SetTransitionsTest {

    /** From each state, in the order of the enum: + may follow, . may not, = is the state itself. */
    private static final List<String> TABLE = List.of(
            // PEND PLAC PREP STAR RUNN UPDA RESI STPI STPD FAIL LOST DELI DELD
            "PENDING    = + . . . . . . + . . . +",
            "PLACED     + = + + + + + + + + + + .",
            "PREPARING  . + = + + + + + + + + + .",
            "STARTING   . + + = + + + + + + + + .",
            "RUNNING    . + + + = + + + + + + + .",
            "UPDATING   . + + + + = + + + + + + .",
            "RESIZING   . + + + + + = + + + + + .",
            "STOPPING   . + + + + + + = + + + + .",
            "STOPPED    + + . . . . . + = + . + +",
            "FAILED     . + + + + + + + + = + + .",
            "LOST       + + + + + + + + + + = + .",
            "DELETING   . . . . . . . . . . . = +",
            "DELETED    . . . . . . . . . . . . =");

    @Test
    void everyPairIsAsTheTableSays() {
        SetState[] states = SetState.values();
        assertThat(TABLE).hasSize(states.length);
        for (int from = 0; from < states.length; from++) {
            String[] row = TABLE.get(from).split(" +");
            assertThat(row[0]).isEqualTo(states[from].name());
            assertThat(row).hasSize(states.length + 1);
            for (int to = 0; to < states.length; to++) {
                assertThat(SetTransitions.allowed(states[from], states[to]))
                        .as(states[from] + " to " + states[to])
                        .isEqualTo(!row[to + 1].equals("."));
            }
        }
    }
}
