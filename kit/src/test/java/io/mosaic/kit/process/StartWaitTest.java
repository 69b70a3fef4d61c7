package io.mosaic.kit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StartWaitTest {

    private final AtomicInteger calls = new AtomicInteger();

    private static @Nullable String away(Exception thrown) {
        boolean may = thrown instanceof ProblemException problem && problem.is(Problem.Kind.UNAVAILABLE);
        return may ? thrown.getMessage() : null;
    }

    @Test
    void triesAgainWhileWhatItNeedsIsAway() throws Exception {
        String result = new StartWait(Duration.ofMinutes(1), StartWaitTest::away).until(() -> {
            if (calls.incrementAndGet() < 3) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "the database is away");
            }
            return "open";
        });
        assertThat(result).isEqualTo("open");
        assertThat(calls).hasValue(3);
    }

    @Test
    void givesUpWhenThePatienceIsOver() {
        StartWait wait = new StartWait(Duration.ZERO, StartWaitTest::away);
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw new ProblemException(Problem.Kind.UNAVAILABLE, "the database is away");
                }))
                .hasMessageContaining("the database is away");
        assertThat(calls).hasValue(1);
    }

    @Test
    void doesNotRepeatWhatTryingCannotMend() {
        StartWait wait = new StartWait(Duration.ofMinutes(1), StartWaitTest::away);
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw new IOException("the wrong password");
                }))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> wait.until(() -> {
                    calls.incrementAndGet();
                    throw new ProblemException(Problem.Kind.CONFLICT, "taken");
                }))
                .hasMessageContaining("taken");
        assertThat(calls).hasValue(2);
    }
}
