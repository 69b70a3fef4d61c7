package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnGateTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<Long> order = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();

    @Test
    void theLowestTurnGoesFirstAndOfEqualsWhoCameFirst() throws InterruptedException {
        TurnGate gate = new TurnGate(1);
        gate.enter(0);
        for (long turn : new long[] {7, 3, 9, 3, 1}) {
            wait(gate, turn);
        }

        gate.leave();

        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly(1L, 3L, 3L, 7L, 9L);
    }

    @Test
    void noMoreThanItsWidthAreWithin() throws InterruptedException {
        TurnGate gate = new TurnGate(3);
        AtomicInteger within = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch full = new CountDownLatch(3);
        for (int i = 0; i < 20; i++) {
            long turn = i;
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    gate.enter(turn);
                    most.accumulateAndGet(within.incrementAndGet(), Math::max);
                    full.countDown();
                    full.await();
                    within.decrementAndGet();
                    gate.leave();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(most).hasValue(3);
    }

    @Test
    void whoIsInterruptedWhileWaitingTakesNoPlace() throws InterruptedException {
        TurnGate gate = new TurnGate(1);
        gate.enter(0);
        wait(gate, 1);
        wait(gate, 2);
        Thread first = threads.getFirst();
        first.interrupt();
        first.join();

        gate.leave();

        threads.getLast().join();
        assertThat(order).containsExactly(2L);
    }

    /** Begins a thread that notes its turn once it is let in, and returns when it waits. */
    private void wait(TurnGate gate, long turn) {
        Thread thread = Thread.ofVirtual().start(() -> {
            try {
                gate.enter(turn);
                order.add(turn);
                gate.leave();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        threads.add(thread);
        await().atMost(LONG).until(() -> thread.getState() == Thread.State.WAITING);
    }
}
