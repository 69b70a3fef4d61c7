package io.mosaic.controller.watch;

import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.controller.store.StoreException;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams events. They are not in the image, so one thread asks the store for new ones, for all who watch, and not at all
 * when nobody does.
 *
 * <p>Thread-safe.
 */
public final class EventFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);

    private static final int QUEUE_MAX = 1024;
    private static final int PAGE = 500;
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** Soon enough for somebody who looks on; one indexed query per controller, whoever many look. */
    private static final Duration EVERY = Duration.ofMillis(200);

    private final Store store;
    private final Set<Mailbox<Event>> mailboxes = ConcurrentHashMap.newKeySet();
    private final Object order = new Object();
    private final Thread thread;
    private long position;

    public EventFeed(Store store) {
        this.store = store;
        this.thread = Thread.ofVirtual().name("event-feed").start(this::run);
    }

    /**
     * The stream of events with a greater id than {@code after}; -1: from now on.
     *
     * @throws ProblemException of kind UNAVAILABLE when the store does not answer
     */
    public Reply watch(Predicate<Event> filter, long after) {
        long newest = newest();
        long from = after < 0 ? newest : after;
        return Reply.stream(Answer.EVENTS, out -> stream(filter, from, newest, out));
    }

    private long newest() {
        List<Event> last = events(new EventQuery(null, null, null, null, 1));
        return last.isEmpty() ? 0 : last.getLast().id();
    }

    private List<Event> events(EventQuery query) {
        try {
            return store.events(query);
        } catch (StoreException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, e.reason());
        }
    }

    /** @param newest the newest event a moment ago: where reading for all goes on when nobody watched */
    private void stream(Predicate<Event> filter, long from, long newest, StreamOutput out)
            throws IOException, InterruptedException {
        Mailbox<Event> mailbox = new Mailbox<>(QUEUE_MAX);
        AutoCloseable stop = out.onStop(mailbox::wake);
        try {
            out.write(SseEvent.bookmark(from));
            out.flush();
            synchronized (order) {
                if (mailboxes.isEmpty()) {
                    // Not from where this caller asks: that may be far ahead, and the next to come shares the position.
                    position = Math.max(position, newest);
                }
                mailboxes.add(mailbox);
            }
            long delivered = history(filter, from, out);
            live(mailbox, filter, delivered, out);
        } finally {
            mailboxes.remove(mailbox);
            WatchHub.close(stop);
        }
    }

    private long history(Predicate<Event> filter, long from, StreamOutput out) throws IOException {
        long delivered = from;
        List<Event> page;
        do {
            page = events(new EventQuery(null, null, null, delivered, PAGE));
            for (Event event : page) {
                tell(filter, event, out);
                delivered = event.id();
            }
            out.flush();
        } while (page.size() == PAGE && !out.stopping());
        return delivered;
    }

    private static void live(Mailbox<Event> mailbox, Predicate<Event> filter, long from, StreamOutput out)
            throws IOException, InterruptedException {
        long delivered = from;
        while (true) {
            Event next = mailbox.poll(HEARTBEAT);
            if (next == null) {
                out.write(SseEvent.bookmark(delivered));
                out.flush();
                if (mailbox.isCutOff() || out.stopping()) {
                    return;
                }
                continue;
            }
            if (next.id() > delivered) {
                tell(filter, next, out);
                delivered = next.id();
            }
            if (mailbox.isEmpty()) {
                out.flush();
            }
        }
    }

    private static void tell(Predicate<Event> filter, Event event, StreamOutput out) throws IOException {
        if (filter.test(event)) {
            out.write(SseEvent.of(event.id(), SseEvent.PUT, Json.write(event)));
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(EVERY);
                if (!mailboxes.isEmpty()) {
                    try {
                        poll();
                    } catch (RuntimeException e) {
                        LOG.error("events could not be handed on; tried again", e);
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the event feed ends");
        }
    }

    private void poll() {
        long after;
        synchronized (order) {
            after = position;
        }
        List<Event> page;
        try {
            page = events(new EventQuery(null, null, null, after, PAGE));
        } catch (ProblemException e) {
            LOG.debug("events could not be read: {}", e.getMessage());
            return;
        }
        synchronized (order) {
            for (Event event : page) {
                mailboxes.forEach(mailbox -> mailbox.offer(event));
                position = event.id();
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
