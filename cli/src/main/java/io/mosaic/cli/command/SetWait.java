package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.Event;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.List;

/** Waits until a set is as it was asked to be, and tells its story meanwhile. Not thread-safe. */
public final class SetWait {

    /** What {@link Goal#RUNNING} is worth if its container ends a moment later: it must stay so for that long. */
    private static final Duration HOLD = Duration.ofSeconds(1);

    /** What is waited for. */
    public enum Goal {
        /** The agent has acted on the latest wish and all its containers are up, and still are a second later. */
        RUNNING,
        STOPPED,
        GONE,
        /** The agent has acted on the latest wish, whatever state that leads to. */
        ACTED
    }

    private static final Duration GLANCE = Duration.ofMillis(100);
    private static final long EVENTS_EVERY_NANOS = Duration.ofMillis(250).toNanos();

    private final Session session;
    private final MosaicClient client;
    private final Duration timeout;
    private long lastEvent;
    private long eventsReadNanos;

    /**
     * Made before the call whose outcome it waits for, so that only what comes after it is told.
     *
     * @throws CliException with {@link ExitCode#TIMEOUT} or {@link ExitCode#SET_FAILED} later, from {@link #await}
     */
    public SetWait(Session session, String name, Duration timeout) {
        this.session = session;
        this.client = session.client();
        this.timeout = timeout;
        List<Event> newest = client.events(EventQuery.ofSet(name).withLimit(1)).items();
        this.lastEvent = newest.isEmpty() ? 0 : newest.getLast().id();
    }

    /**
     * Returns the set once the goal is reached.
     *
     * @param accepted as the call answered
     */
    public SetResource await(SetResource accepted, Goal goal) throws InterruptedException {
        try (Progress progress = new Progress(session.console());
                Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, accepted.revision())) {
            SetResource now = accepted;
            Duration took = progress.elapsed();
            while (true) {
                boolean reached = reached(now, accepted, goal);
                if (!reached) {
                    took = progress.elapsed();
                } else if (goal != Goal.RUNNING
                        || progress.elapsed().minus(took).compareTo(HOLD) >= 0) {
                    break;
                }
                progress.step(describe(now));
                if (!reached && progress.elapsed().compareTo(timeout) > 0) {
                    throw new CliException(
                            ExitCode.TIMEOUT,
                            "after " + Ages.seconds(timeout) + " the set is still " + describe(now)
                                    + "; it goes on, see: mos set get " + now.name());
                }
                WatchEvent<SetResource> event = watch.next(GLANCE);
                SetResource item = event == null ? null : event.item();
                if (event != null && item != null && item.uid().equals(accepted.uid())) {
                    now = event.type() == WatchEvent.Type.DELETE
                            ? item.withStatus(item.status()
                                    .in(SetState.DELETED, null, item.status().since()))
                            : item;
                }
                tell(progress, accepted.name(), false);
                progress.tick();
            }
            tell(progress, accepted.name(), true);
            progress.line(now.name() + " " + now.status().state() + " after " + Ages.seconds(took) + where(now));
            return now;
        }
    }

    private static String where(SetResource set) {
        String ip = set.status().ip();
        return set.status().state() == SetState.RUNNING
                ? " on " + set.status().host() + (ip == null ? "" : ", address " + ip)
                : "";
    }

    private static String describe(SetResource set) {
        String reason = set.status().reason();
        return set.name() + " " + set.status().state() + (reason == null ? "" : ": " + reason);
    }

    private static boolean reached(SetResource now, SetResource accepted, Goal goal) {
        SetState state = now.status().state();
        if (state == SetState.DELETED && goal != Goal.GONE) {
            throw new CliException(ExitCode.NOT_FOUND, now.name() + " was deleted meanwhile");
        }
        String reason = now.status().reason();
        boolean acted = now.status().observedGeneration() >= accepted.generation();
        if (state == SetState.FAILED && acted && goal != Goal.GONE) {
            throw new CliException(ExitCode.SET_FAILED, describe(now) + "; see: mos set get " + now.name());
        }
        boolean blocked =
                reason != null && (state == SetState.UPDATING || (state == SetState.RUNNING && goal == Goal.ACTED));
        if (blocked && acted && goal != Goal.GONE) {
            // It runs, and not as it was asked to.
            throw new CliException(ExitCode.SET_FAILED, describe(now) + "; see: mos set get " + now.name());
        }
        return switch (goal) {
            case RUNNING -> acted && state == SetState.RUNNING;
            case STOPPED -> acted && state == SetState.STOPPED;
            case GONE -> state == SetState.DELETED;
            case ACTED -> acted && (state == SetState.RUNNING || state == SetState.STOPPED);
        };
    }

    private void tell(Progress progress, String name, boolean now) {
        if (!now && System.nanoTime() - eventsReadNanos < EVENTS_EVERY_NANOS) {
            return;
        }
        eventsReadNanos = System.nanoTime();
        EventQuery query = EventQuery.ofSet(name).withAfter(lastEvent);
        for (Event event : client.events(query).items()) {
            lastEvent = Math.max(lastEvent, event.id());
            String container = event.container() == null ? "" : event.container() + ": ";
            progress.line("  " + event.type() + "  " + container + event.message());
        }
    }
}
