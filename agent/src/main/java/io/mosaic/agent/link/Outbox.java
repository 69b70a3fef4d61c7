package io.mosaic.agent.link;

import io.mosaic.agent.desired.HostListener;
import io.mosaic.model.Event;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.SetReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be told to a controller. Of each set only the latest report waits; of events the latest few thousand, since
 * a controller may be away for long. Never blocks who puts something in.
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

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Map<UUID, SetReport> reports = new LinkedHashMap<>();
    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private long dropped;

    @Override
    public void reported(SetReport report) {
        lock.lock();
        try {
            reports.put(report.uid(), report);
            filled.signalAll();
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
            events.addLast(event);
            filled.signalAll();
        } finally {
            lock.unlock();
        }
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
    void forgetReports() {
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

    /** Waits for something to tell, at most that long; null when there is nothing. */
    AgentMessage.@Nullable Reports take(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (reports.isEmpty() && events.isEmpty()) {
                if (nanos <= 0) {
                    return null;
                }
                nanos = filled.awaitNanos(nanos);
            }
            List<SetReport> some =
                    reports.values().stream().limit(REPORTS_PER_MESSAGE).toList();
            some.forEach(report -> reports.remove(report.uid()));
            List<Event> story = new ArrayList<>();
            while (story.size() < EVENTS_PER_MESSAGE && !events.isEmpty()) {
                story.add(events.removeFirst());
            }
            return new AgentMessage.Reports(some, story);
        } finally {
            lock.unlock();
        }
    }
}
