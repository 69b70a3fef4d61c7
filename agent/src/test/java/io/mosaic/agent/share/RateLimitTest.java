package io.mosaic.agent.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private static final long RATE = 1 << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long BURST = TimeUnit.MILLISECONDS.toNanos(50);

    private final FakeTime time = new FakeTime();

    @Test
    void noMoreGoesInAnySpanThanTheRateAndAShortBurst() throws InterruptedException {
        RateLimit limit = new RateLimit(RATE, time);
        Random random = new Random(1);
        List<long[]> went = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            if (random.nextInt(20) == 0) {
                time.rest(random.nextLong(SECOND));
            }
            int bytes = 1 + random.nextInt(1 << 16);
            limit.take(bytes);
            went.add(new long[] {time.nanos(), bytes});
        }
        for (int from = 0; from < went.size(); from++) {
            long sum = 0;
            for (int to = from + 1; to < Math.min(from + 200, went.size()); to++) {
                // What was taken first went before the span began.
                sum += went.get(to)[1];
                double span = went.get(to)[0] - went.get(from)[0] + BURST;
                assertThat((double) sum).isLessThanOrEqualTo(span * RATE / SECOND + 1);
            }
        }
    }

    @Test
    void whoNeverRestsGetsAllOfIt() throws InterruptedException {
        RateLimit limit = new RateLimit(RATE, time);
        for (int i = 0; i < 100; i++) {
            limit.take((int) RATE / 10);
        }
        assertThat(time.nanos()).isBetween(10 * SECOND - BURST - 1000, 10 * SECOND);
    }

    @Test
    void manyAtOnceShareIt() throws InterruptedException {
        RateLimit limit = new RateLimit(RATE, time);
        List<Thread> takers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            takers.add(Thread.ofVirtual().start(() -> {
                try {
                    for (int n = 0; n < 50; n++) {
                        limit.take(limit.portion(1 << 18));
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        for (Thread taker : takers) {
            taker.join();
        }
        long bytes = 8L * 50 * limit.portion(1 << 18);
        assertThat(time.nanos()).isGreaterThanOrEqualTo(bytes * SECOND / RATE - BURST - 1000);
    }

    @Test
    void withoutALimitNobodyWaits() throws InterruptedException {
        RateLimit limit = new RateLimit(0, time);
        limit.take(Integer.MAX_VALUE);
        assertThat(time.nanos()).isZero();
        assertThat(limit.portion(1000)).isEqualTo(1000);
    }
}
