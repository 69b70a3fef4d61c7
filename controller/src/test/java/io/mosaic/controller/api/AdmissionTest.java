package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private final AtomicLong nanos = new AtomicLong(1_000_000_000_000L);

    private Admission admission(int writes, int tenantWrites, int tenantRate) {
        return new Admission(new Admission.Limits(writes, tenantWrites, tenantRate), nanos::get);
    }

    private static void refused(Admission admission, String tenant) {
        assertThatThrownBy(() -> admission.enter(tenant))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.TOO_MANY)).isTrue());
    }

    @Test
    void aTenantsFloodLeavesRoomForOthers() {
        Admission admission = admission(5, 3, 1000);
        List<Admission.Permit> permits = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            permits.add(admission.enter("loud"));
        }
        refused(admission, "loud");
        permits.add(admission.enter("quiet"));
        permits.add(admission.enter("quiet"));
        refused(admission, "other");
        assertThat(admission.refused()).isEqualTo(2);

        permits.forEach(Admission.Permit::close);
        permits.forEach(Admission.Permit::close);

        assertThat(admission.inFlight()).isZero();
        admission.enter("loud").close();
    }

    @Test
    void theRateIsPerTenantAndFillsUpWithTime() {
        Admission admission = admission(10, 10, 4);
        for (int i = 0; i < 4; i++) {
            admission.enter("a").close();
        }
        refused(admission, "a");
        admission.enter("b").close();
        nanos.addAndGet(500_000_000L);
        admission.enter("a").close();
        admission.enter("a").close();
        refused(admission, "a");
        nanos.addAndGet(60_000_000_000L);
        for (int i = 0; i < 4; i++) {
            admission.enter("a").close();
        }
        refused(admission, "a");
    }

    @Test
    void manyTenantsAreForgottenOnceTheirBucketsAreFull() {
        Admission admission = admission(10, 10, 1);
        for (int i = 0; i < 5000; i++) {
            admission.enter("t" + i).close();
            nanos.addAndGet(2_000_000L);
        }
        refused(admission, "t4999");
    }

    @Test
    void aFloodFromManyThreadsIsNeverMoreThanAllowedAtOnce() throws Exception {
        Admission admission = new Admission(new Admission.Limits(4, 4, 1_000_000));
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int n = 0; n < 100; n++) {
                    try (Admission.Permit _ = admission.enter("flood")) {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        Thread.sleep(1);
                        inside.decrementAndGet();
                        done.incrementAndGet();
                    } catch (ProblemException e) {
                        assertThat(e.is(Problem.Kind.TOO_MANY)).isTrue();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(most.get()).isBetween(1, 4);
        assertThat(done.get() + admission.refused()).isEqualTo(5000);
        assertThat(admission.inFlight()).isZero();
    }
}
