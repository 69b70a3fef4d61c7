package io.mosaic.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ScalingPolicy;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {

    private static Schedule schedule(String windows) {
        return Schedule.of(
                Json.read("{\"minimum\": 2, \"maximum\": 100, \"windows\": " + windows + "}", ScalingPolicy.class));
    }

    private static int at(Schedule schedule, String time) {
        Schedule.Level level = schedule.at(Instant.parse(time));
        return level == null ? -1 : level.replicas();
    }

    @Test
    void aWindowWithoutAnEndHoldsUntilTheNextOpens() {
        Schedule schedule = schedule("""
                [{"cron": "0 11 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 60},
                 {"cron": "0 14 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 20}]""");
        assertThat(at(schedule, "2026-11-20T02:59:59Z")).isEqualTo(20);
        assertThat(at(schedule, "2026-11-20T03:00:00Z")).isEqualTo(60);
        assertThat(at(schedule, "2026-11-20T05:59:59Z")).isEqualTo(60);
        assertThat(at(schedule, "2026-11-20T06:00:00Z")).isEqualTo(20);
        // Over the week's end as well.
        assertThat(at(schedule, "2026-11-22T04:00:00Z")).isEqualTo(20);
    }

    @Test
    void ofOverlappingWindowsTheOneThatOpenedLastCounts() {
        Schedule schedule = schedule("""
                [{"name": "day", "cron": "0 8 * * *", "lasts": "10h", "replicas": 30},
                 {"name": "lunch", "cron": "0 12 * * *", "lasts": "1h", "replicas": 80},
                 {"name": "upkeep", "cron": "30 12 * * *", "lasts": "10m", "replicas": 5}]""");
        assertThat(at(schedule, "2026-11-20T07:00:00Z")).isEqualTo(2);
        assertThat(at(schedule, "2026-11-20T09:00:00Z")).isEqualTo(30);
        assertThat(at(schedule, "2026-11-20T12:29:00Z")).isEqualTo(80);
        assertThat(at(schedule, "2026-11-20T12:30:00Z")).isEqualTo(5);
        assertThat(at(schedule, "2026-11-20T12:40:00Z")).isEqualTo(80);
        assertThat(at(schedule, "2026-11-20T13:00:00Z")).isEqualTo(30);
        assertThat(at(schedule, "2026-11-20T18:00:00Z")).isEqualTo(2);
    }

    @Test
    void ofTwoThatOpenTogetherTheLargerCounts() {
        Schedule schedule = schedule("""
                [{"cron": "0 8 * * *", "replicas": 30}, {"cron": "0 8 * * *", "replicas": 40},
                 {"cron": "0 8 * * *", "replicas": 10}]""");
        assertThat(at(schedule, "2026-11-20T09:00:00Z")).isEqualTo(40);
    }

    @Test
    void timeZonesKeepTheirClockOverADaylightSavingChange() {
        Schedule schedule = schedule("""
                [{"cron": "0 9 * * *", "zone": "Europe/Berlin", "lasts": "1h", "replicas": 30}]""");
        assertThat(at(schedule, "2026-10-24T07:30:00Z")).isEqualTo(30);
        assertThat(at(schedule, "2026-10-26T07:30:00Z")).isEqualTo(2);
        assertThat(at(schedule, "2026-10-26T08:30:00Z")).isEqualTo(30);
    }

    @Test
    void aPreviewTellsEachTurnOfTheWeek() {
        Schedule schedule = schedule("""
                [{"name": "lunch", "cron": "0 11 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 60},
                 {"name": "rest", "cron": "0 14 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 20}]""");
        List<Schedule.Turn> turns =
                schedule.preview(Instant.parse("2026-11-20T00:00:00Z"), Instant.parse("2026-11-27T00:00:00Z"), 100);
        assertThat(turns).hasSize(11);
        assertThat(turns.get(1)).isEqualTo(new Schedule.Turn(Instant.parse("2026-11-20T03:00:00Z"), 60, "lunch"));
        assertThat(turns.get(3)).isEqualTo(new Schedule.Turn(Instant.parse("2026-11-23T03:00:00Z"), 60, "lunch"));
    }

    @Test
    void aCronThatNobodyCanParseIsToldWithItsField() {
        assertThatThrownBy(() -> schedule("[{\"cron\": \"0 25 * * *\", \"replicas\": 3}]"))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    Problem.FieldError error = e.problem().errors().getFirst();
                    assertThat(error.field()).isEqualTo("/scaling/windows/0/cron");
                    assertThat(error.rule()).startsWith("the hour, \"25\", is wrong: ");
                    assertThat(error.value()).isEqualTo("0 25 * * *");
                });
        assertThatThrownBy(() -> schedule("[{\"cron\": \"0 11 * * FOO-FRI\", \"replicas\": 3}]"))
                .hasMessageContaining("the day of the week, \"FOO-FRI\"");
        assertThatThrownBy(() -> schedule("[{\"cron\": \"0 11 * *\", \"replicas\": 3}]"))
                .hasMessageContaining("must have five fields")
                .hasMessageContaining("not 4");
        assertThatThrownBy(() -> schedule("[{\"cron\": \"0 0 31 2 *\", \"replicas\": 3}]"))
                .hasMessageContaining("never comes");
    }
}
