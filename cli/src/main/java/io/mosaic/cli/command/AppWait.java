package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Event;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Waits until an app is as it was asked to be, and tells its story meanwhile. Not thread-safe. */
final class AppWait {

    /** What is waited for. */
    enum Goal {
        /** As many instances as wanted are healthy, at the release wanted. */
        READY,
        /** The instance that was to become primary is. */
        SWITCHED,
        /** Nothing of it is left. */
        GONE
    }

    private static final Duration GLANCE = Duration.ofMillis(100);

    private final Session session;
    private final MosaicClient client;
    private final String name;
    private final Duration timeout;
    private long lastEvent;

    /** Made before the call whose outcome it waits for, so that only what comes after it is told. */
    AppWait(Session session, String name, Duration timeout) {
        this.session = session;
        this.client = session.client();
        this.name = name;
        this.timeout = timeout;
        List<Event> newest = client.events(EventQuery.ofApp(name).withLimit(1)).items();
        this.lastEvent = newest.isEmpty() ? 0 : newest.getLast().id();
    }

    /**
     * Returns the app once the goal is reached.
     *
     * @param accepted as the call answered
     * @throws CliException with {@link ExitCode#TIMEOUT}, or {@link ExitCode#SET_FAILED} when the update that was asked for
     *     has failed and was ended
     */
    AppResource await(AppResource accepted, Goal goal) throws InterruptedException {
        try (Progress progress = new Progress(session.console());
                Watch<AppResource> watch = client.apps().watch(List.of(), accepted.revision())) {
            AppResource now = accepted;
            boolean gone = false;
            while (true) {
                String failure = switch (goal) {
                    case READY -> failure(now, accepted);
                    case SWITCHED -> unswitched(now, accepted);
                    case GONE -> null;
                };
                if (failure != null) {
                    tell(progress);
                    throw new CliException(ExitCode.SET_FAILED, failure);
                }
                boolean reached = switch (goal) {
                    case READY -> ready(now, accepted);
                    case SWITCHED -> switched(now, accepted);
                    case GONE -> gone;
                };
                if (reached) {
                    break;
                }
                progress.step(describe(now));
                if (progress.elapsed().compareTo(timeout) > 0) {
                    throw new CliException(
                            ExitCode.TIMEOUT,
                            "after " + Ages.seconds(timeout) + " still " + describe(now)
                                    + "; it goes on, see: mos app get " + name);
                }
                WatchEvent<AppResource> event = watch.next(GLANCE);
                AppResource item = event == null ? null : event.item();
                if (event != null && item != null && item.uid().equals(accepted.uid())) {
                    now = item;
                    gone = event.type() == WatchEvent.Type.DELETE;
                    tell(progress);
                }
                progress.tick();
            }
            tell(progress);
            progress.line(name + " " + (gone ? "deleted" : now.status().state()) + " after "
                    + Ages.seconds(progress.elapsed()));
            return now;
        }
    }

    /** Whether the one that was to be is primary; it was asked for, so the answer says to whom. */
    private static boolean switched(AppResource now, AppResource accepted) {
        RolesStatus roles = now.status().roles();
        RolesStatus asked = accepted.status().roles();
        RolesStatus.Switchover switchover = asked == null ? null : asked.switchover();
        return roles != null
                && switchover != null
                && roles.phase() == RolesStatus.Phase.HELD
                && switchover.to().equals(roles.primary());
    }

    /** Why the switchover came to nothing, null as long as it did not. */
    private static @Nullable String unswitched(AppResource now, AppResource accepted) {
        RolesStatus roles = now.status().roles();
        RolesStatus asked = accepted.status().roles();
        boolean over = roles == null || roles.switchover() == null;
        return over && asked != null && asked.switchover() != null && !switched(now, accepted)
                ? now.name() + ": the switchover to " + asked.switchover().to() + " failed; " + AppViews.roles(now)
                : null;
    }

    private static boolean ready(AppResource now, AppResource accepted) {
        return now.status().observedGeneration() >= accepted.generation()
                && now.status().state() == AppStatus.State.READY
                && now.release() == accepted.release();
    }

    /** Why the update that was asked for came to nothing, null as long as it did not. */
    private static @Nullable String failure(AppResource now, AppResource accepted) {
        Rollout rollout = now.status().rollout();
        if (rollout == null || rollout.equals(accepted.status().rollout())) {
            return null;
        }
        boolean ended = rollout.state() == Rollout.State.REVERTED || rollout.state() == Rollout.State.FAILED;
        boolean ours = Integer.valueOf(accepted.release()).equals(rollout.failed());
        return ended && ours ? now.name() + ": " + AppViews.rollout(rollout) : null;
    }

    static String describe(AppResource app) {
        AppStatus status = app.status();
        Rollout rollout = status.rollout();
        return app.name() + " " + status.state() + ": " + status.ready() + " of "
                + app.spec().replicas() + " ready"
                + (rollout != null && rollout.active()
                        ? ", " + status.updated() + " at release " + app.release() + ", " + rollout.state()
                        : "")
                + (status.leaving() == 0 ? "" : ", " + status.leaving() + " leaving");
    }

    private void tell(Progress progress) {
        for (Event event :
                client.events(EventQuery.ofApp(name).withAfter(lastEvent)).items()) {
            lastEvent = event.id();
            progress.line("  " + event.type() + "  " + event.message());
        }
    }
}
