package io.mosaic.agent.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutboxTest {
    private static final UUID WEB = new UUID(0, 1);
    private static final UUID DB = new UUID(0, 2);

    /** Longer than any test: what lingers does not come by itself. */
    private final Outbox outbox = new Outbox(Duration.ofDays(1));

    @ParameterizedTest
    @EnumSource(names = {"RUNNING", "STOPPED", "FAILED", "DELETED"})
    void tellsAtOnceWhereASetCameToRest(SetState state) throws InterruptedException {
        outbox.reported(report(WEB, state));

        assertThat(taken().sets()).extracting(SetReport::state).containsExactly(state);
        assertThat(outbox.take(0)).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"PREPARING", "STARTING", "STOPPING", "RESIZING", "UPDATING", "DELETING"})
    void whatASetPassesThroughWaits(SetState state) throws InterruptedException {
        outbox.reported(report(WEB, state));
        outbox.happened(event("Preparing"));

        assertThat(outbox.take(0)).isNull();
    }

    @Test
    void allThatWaitsGoesWithASetThatCameToRest() throws InterruptedException {
        outbox.reported(report(DB, SetState.PREPARING));
        outbox.reported(report(WEB, SetState.PREPARING));
        outbox.happened(event("Preparing"));
        outbox.reported(report(WEB, SetState.STARTING));
        outbox.happened(event("Running"));
        outbox.reported(report(WEB, SetState.RUNNING));

        AgentMessage.Reports told = taken();
        assertThat(told.sets())
                .extracting(SetReport::uid, SetReport::state)
                .containsExactly(tuple(DB, SetState.PREPARING), tuple(WEB, SetState.RUNNING));
        assertThat(told.events()).extracting(Event::type).containsExactly("Preparing", "Running");
        assertThat(outbox.take(0)).isNull();
    }

    @Test
    void whatLingeredIsToldWhenItsTimeHasCome() throws InterruptedException {
        Outbox brief = new Outbox(Duration.ofMillis(1));
        brief.reported(report(WEB, SetState.STARTING));

        AgentMessage.Reports told = brief.take(60_000);
        assertThat(told).isNotNull();
        assertThat(told.sets()).extracting(SetReport::state).containsExactly(SetState.STARTING);
    }

    @Test
    void whatDoesNotFitIntoOneMessageGoesWithTheNext() throws InterruptedException {
        for (int i = 0; i < 501; i++) {
            outbox.reported(report(new UUID(1, i), SetState.STARTING));
        }
        outbox.reported(report(WEB, SetState.RUNNING));

        assertThat(taken().sets()).hasSize(500);
        assertThat(taken().sets()).hasSize(2);
        assertThat(outbox.take(0)).isNull();
    }

    private AgentMessage.Reports taken() throws InterruptedException {
        AgentMessage.@Nullable Reports taken = outbox.take(0);
        assertThat(taken).isNotNull();
        return taken;
    }

    private static SetReport report(UUID uid, SetState state) {
        return new SetReport(uid, "default", "web", 1, state, null, null, List.of());
    }

    private static Event event(String type) {
        return new Event(0, Instant.EPOCH, "default", Kind.SET, "web", null, type, false, "");
    }
}
