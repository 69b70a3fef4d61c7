package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {

    @ParameterizedTest
    @CsvSource({"0.5, 500, 0.5", "2, 2000, 2", "500m, 500, 0.5", "0.001, 1, 0.001", "10, 10000, 10", "0, 0, 0"})
    void readsCoresAsPeopleWriteThem(String text, int millis, String written) {
        assertThat(Cpu.parse(text)).isEqualTo(new Cpu(millis)).hasToString(written);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "1e9",
                "0.0001",
                "",
                "m",
                "half",
                "NaN",
                "5000",
                "1.5m",
                "0x10",
                " ",
                "99999999999999999999"
            })
    void refusesWhatIsNoQuantityOfCores(String text) {
        assertThatThrownBy(() -> Cpu.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1Gi, 1073741824, 1Gi",
        "512Mi, 536870912, 512Mi",
        "1.5Gi, 1610612736, 1536Mi",
        "1000, 1000, 1000",
        "1k, 1000, 1000",
        "1G, 1000000000, 1000000000",
        "2048, 2048, 2Ki",
        "1Ti, 1099511627776, 1Ti",
        "0, 0, 0"
    })
    void readsSizesAsPeopleWriteThem(String text, long bytes, String written) {
        assertThat(Bytes.parse(text)).isEqualTo(new Bytes(bytes)).hasToString(written);
        assertThat(Bytes.parse(Bytes.parse(text).toString())).isEqualTo(new Bytes(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1Xi", "Gi", "1e6", "0.3", "1025Ti", "1 Gi", "1Gi1", "", "1GiB"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> Bytes.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void percentOfASizeDoesNotOverflow() {
        assertThat(new Bytes(Bytes.MAX).percent(80).value())
                .isEqualTo(Bytes.MAX / 100 * 80 + Bytes.MAX % 100 * 80 / 100);
        assertThat(Bytes.mebi(100).percent(33)).isEqualTo(new Bytes(34_603_008));
    }

    @ParameterizedTest
    @CsvSource({
        "500ms, 500, 500ms",
        "2s, 2000, 2s",
        "90s, 90000, 90s",
        "5m, 300000, 5m",
        "1h, 3600000, 1h",
        "1.5s, 1500, 1500ms"
    })
    void readsDurationsWithTheirUnit(String text, long millis, String written) {
        assertThat(Interval.parse(text)).isEqualTo(new Interval(millis)).hasToString(written);
    }

    @Test
    void aLifetimeMayLastYears() {
        assertThat(Lifetime.parse("720h").duration()).hasDays(30);
        assertThat(Lifetime.parse("3653d").duration()).hasDays(3653);
        assertThat(Lifetime.parse(Lifetime.parse("1.5s").toString())).isEqualTo(new Lifetime(1500));
        assertThatThrownBy(() -> Lifetime.parse("3654d")).hasMessageContaining("at most 3653d");
        assertThatThrownBy(() -> Lifetime.parse("0s")).hasMessageContaining("more than 0");
        assertThatThrownBy(() -> Lifetime.parse("5")).hasMessageContaining("ends in");
    }

    @Test
    void refusesADurationWithoutUnit() {
        assertThatThrownBy(() -> Interval.parse(5)).hasMessageContaining("unit");
        assertThatThrownBy(() -> Interval.parse("5")).hasMessageContaining("ends in");
        assertThatThrownBy(() -> Interval.parse("8d")).hasMessageContaining("7d");
    }
}
