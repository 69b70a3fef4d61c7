package io.mosaic.agent.link;

import io.mosaic.agent.desired.HostListener;
import io.mosaic.model.Event;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be told to a controller. Of each set only the latest report waits; of events the latest few thousand, since
 * a controller may be away for long. Never blocks who puts something in.
 *
 * <p>A set that came to rest is told at once, and all that waits goes with it. What happens on the way there waits a
 * moment: mostly the next report replaces it, and every report that is told costs the cluster a commit.
 *
 * <p>Thread-safe.
 */
public final class Outbox implements HostListener {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** About 2 MiB of memory at most. */
    static final int EVENTS_MAX = 4096;

    /** Of one message; the rest follows in the next. */
    private static final int REPORTS_PER_MESSAGE = 500;

    private static final int EVENTS_PER_MESSAGE = 500;

    /** Short to somebody who watches a set come up, long enough that a container is mostly made or started within it. */
    private static final Duration LINGER = Duration.ofMillis(200);

    /** States that a set passes through, as far as an agent reports them. */
    private static final Set<SetState> PASSING = EnumSet.of(
            SetState.PREPARING,
            SetState.STARTING,
            SetState.UPDATING,
            SetState.RESIZING,
            SetState.STOPPING,
            SetState.DELETING);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Map<UUID, SetReport> reports = new LinkedHashMap<>();
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private final LongSupplier nanos;
    private final long lingerNanos;
    /** By {@link System#nanoTime()}, when what waits is to be told; means nothing while nothing waits. */
    private long due;

    private long dropped;

    public Outbox() {
        this(LINGER, System::nanoTime);
    }

    /** @param nanos the monotonic clock, in nanoseconds; {@link #take} goes by the machine's own */
    public Outbox(LongSupplier nanos) {
        this(LINGER, nanos);
    }

    /** @param linger how long at most something waits for more to come */
    Outbox(Duration linger) {
        this(linger, System::nanoTime);
    }

    private Outbox(Duration linger, LongSupplier nanos) {
        this.lingerNanos = linger.toNanos();
        this.nanos = nanos;
    }

    @Override
    public void reported(SetReport report) {
        lock.lock();
        try {
            tellWithin(PASSING.contains(report.state()) ? lingerNanos : 0);
            reports.put(report.uid(), report);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void happened(Event event) {
        lock.lock();
        try {
            if (events.size() >= EVENTS_MAX) {
                events.removeFirst();
                dropped++;
            }
            tellWithin(lingerNanos);
            events.addLast(event);
        } finally {
            lock.unlock();
        }
    }

    /** Events that could not be told after all, in their order; they come before those that happened since. */
    void putBack(List<Event> unsent) {
        lock.lock();
        try {
            if (unsent.isEmpty()) {
                return;
            }
            tellWithin(lingerNanos);
            for (Event event : unsent.reversed()) {
                if (events.size() >= EVENTS_MAX) {
                    dropped++;
                } else {
                    events.addFirst(event);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Before something is put in: it, and with it all that waits, is to be told within that time. */
    private void tellWithin(long most) {
        long wanted = nanos.getAsLong() + most;
        if (empty() || wanted - due < 0) {
            due = wanted;
            filled.signalAll();
        }
    }

    private boolean empty() {
        return reports.isEmpty() && events.isEmpty();
    }

    /** Events that were forgotten, since no controller took them in time. */
    public long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** A new session tells all of the sets at its start; what waits of them is in that. */
    public void forgetReports() {
        lock.lock();
        try {
            reports.clear();
            if (dropped > 0) {
                LOG.warn("{} events were dropped so far while no controller took them", dropped);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until something is to be told, at most that long; null when nothing is. */
    AgentMessage.@Nullable Reports take(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long end = nanos.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (empty() || due - nanos.getAsLong() > 0) {
                long left = end - nanos.getAsLong();
                if (left <= 0) {
                    return null;
                }
                filled.awaitNanos(empty() ? left : Math.min(left, due - nanos.getAsLong()));
            }
            return drain();
        } finally {
            lock.unlock();
        }
    }

    /** What is to be told by now, without waiting; null when nothing is. */
    public AgentMessage.@Nullable Reports poll() {
        lock.lock();
        try {
            return empty() || due - nanos.getAsLong() > 0 ? null : drain();
        } finally {
            lock.unlock();
        }
    }

    private AgentMessage.Reports drain() {
        List<SetReport> some =
                reports.values().stream().limit(REPORTS_PER_MESSAGE).toList();
        some.forEach(report -> reports.remove(report.uid()));
        List<Event> story = new ArrayList<>();
        while (story.size() < EVENTS_PER_MESSAGE && !events.isEmpty()) {
            story.add(events.removeFirst());
        }
        return new AgentMessage.Reports(some, story);
    }
}
