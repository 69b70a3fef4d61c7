package io.mosaic.proof.fake;

import io.mosaic.agent.docker.DockerException;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with calls of {@link FakeDocker}: how long they take, how often they fail, and how often the answer is
 * lost after the work was done.
 *
 * <p>Thread-safe.
 */
public final class FakeFaults {
    private final RandomGenerator random;
    private Duration latency = Duration.ZERO;
    private double failShare;
    private int lostPercent;

    public FakeFaults(RandomGenerator random) {
        this.random = random;
    }

    /** Each call takes up to that long. */
    public synchronized FakeFaults latency(Duration most) {
        latency = most;
        return this;
    }

    /** So many of a hundred calls fail without doing anything. */
    public FakeFaults failing(int percent) {
        return failingShare(percent / 100.0);
    }

    /** That share of calls, 0 to 1, fails without doing anything. */
    public synchronized FakeFaults failingShare(double share) {
        failShare = share;
        return this;
    }

    /** So many of a hundred calls do their work, and the caller hears that nobody answers. */
    public synchronized FakeFaults losing(int percent) {
        lostPercent = percent;
        return this;
    }

    /** From now on all goes well. */
    public synchronized void none() {
        failShare = 0;
        lostPercent = 0;
    }

    void before(String call) throws DockerException {
        long micros;
        boolean fails;
        synchronized (this) {
            micros = latency.isZero() ? 0 : random.nextLong(latency.toNanos() / 1000 + 1);
            fails = failShare > 0 && random.nextDouble() < failShare;
        }
        try {
            if (micros > 0) {
                Thread.sleep(Duration.ofNanos(micros * 1000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DockerException(DockerException.Kind.TIMEOUT, call + ": interrupted", e);
        }
        if (fails) {
            throw new DockerException(DockerException.Kind.FAILED, call + ": made to fail");
        }
    }

    @Nullable
    DockerException after(String call) {
        synchronized (this) {
            return lostPercent > 0 && random.nextInt(100) < lostPercent
                    ? new DockerException(DockerException.Kind.UNREACHABLE, call + ": answer lost")
                    : null;
        }
    }
}
