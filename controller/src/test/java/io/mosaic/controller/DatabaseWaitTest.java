package io.mosaic.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.store.StoreException;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DatabaseWaitTest {

    private final AtomicInteger calls = new AtomicInteger();

    private static StoreException fault(StoreException.Kind kind) {
        return new StoreException(kind, "the database: " + kind);
    }

    @Test
    void triesAgainWhileTheDatabaseIsAway() throws Exception {
        String result = new DatabaseWait(Duration.ofMinutes(1)).until(() -> {
            int call = calls.incrementAndGet();
            if (call == 1) {
                throw fault(StoreException.Kind.UNAVAILABLE);
            }
            if (call == 2) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "the database is away");
            }
            return "open";
        });
        assertThat(result).isEqualTo("open");
        assertThat(calls).hasValue(3);
    }

    @Test
    void givesUpWhenThePatienceIsOver() {
        DatabaseWait wait = new DatabaseWait(Duration.ZERO);
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw fault(StoreException.Kind.UNAVAILABLE);
                }))
                .isInstanceOf(StoreException.class);
        assertThat(calls).hasValue(1);
    }

    @Test
    void doesNotRepeatWhatTryingCannotMend() {
        DatabaseWait wait = new DatabaseWait(Duration.ofMinutes(1));
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw fault(StoreException.Kind.DENIED);
                }))
                .hasMessageContaining("DENIED");
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw new ProblemException(Problem.Kind.CONFLICT, "taken");
                }))
                .hasMessageContaining("taken");
        assertThat(calls).hasValue(2);
    }
}
