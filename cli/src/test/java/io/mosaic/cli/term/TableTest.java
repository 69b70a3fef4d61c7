package io.mosaic.cli.term;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCellAndEmptyCellsShow() {
        assertThat(new Table("A", "LONG").row("wide cell", "").row("x", 7).text())
                .isEqualTo("""
                A          LONG
                wide cell  -
                x          7
                """);
    }

    @Test
    void whatAServerSaysMovesNoCursorAndBreaksNoLine() {
        assertThat(new Table("A").row("red\u001b[31m\nnext").text()).isEqualTo("A\nred [31m next\n");
    }

    @Test
    void colourDoesNotCountAsWidth() {
        assertThat(new Table("S", "T")
                        .row("ok", "x")
                        .paint(0, cell -> "<<" + cell + ">>")
                        .text())
                .isEqualTo("S   T\n<<ok>>  x\n");
    }

    @Test
    void aRowHasACellForEachColumn() {
        assertThatThrownBy(() -> new Table("A", "B").row("x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void agesAndSizes() {
        Instant then = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(Ages.since(then, then.minusSeconds(5))).isEqualTo("0s");
        assertThat(Ages.since(then, then.plusSeconds(119))).isEqualTo("119s");
        assertThat(Ages.since(then, then.plusSeconds(120))).isEqualTo("2m");
        assertThat(Ages.since(then, then.plus(Duration.ofHours(47)))).isEqualTo("47h");
        assertThat(Ages.since(then, then.plus(Duration.ofDays(2)))).isEqualTo("2d");
        assertThat(Ages.seconds(Duration.ofMillis(617))).isEqualTo("0.62 s");
        assertThat(Ages.seconds(Duration.ofMillis(12_340))).isEqualTo("12.3 s");
        assertThat(Ages.size(512)).isEqualTo("512");
        assertThat(Ages.size(1L << 30)).isEqualTo("1Gi");
        assertThat(Ages.size(24_012_684_697L)).isEqualTo("22.4Gi");
    }
}
