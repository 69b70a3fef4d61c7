package io.mosaic.controller.agents;

import io.grpc.ServerCall;
import io.grpc.Status;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The sessions of agents without server and threads: the same registry, commits and heartbeats as {@link HostLinks} has,
 * each given its turn by whoever holds this, so that they run in simulated time. Connections are calls of the holder's.
 *
 * <p>Not thread-safe.
 */
public final class SteppedLinks implements AutoCloseable {
    private final SessionRegistry sessions;
    private final Heartbeats heartbeats;
    private final SessionCommits commits;
    private final UsageBoard usages;
    private final ClusterLog.Subscription subscription;

    /** @param nanos the monotonic clock, in nanoseconds */
    public SteppedLinks(
            ClusterLog log,
            HostLeases leases,
            InstantSource clock,
            LongSupplier nanos,
            ControllerMessage.Welcome welcome) {
        sessions = new SessionRegistry(log);
        usages = new UsageBoard(nanos);
        heartbeats = new Heartbeats(leases, nanos, sessions::lost);
        commits = new SessionCommits(log, sessions, heartbeats, clock, welcome, pause -> {
            throw new AwayException();
        });
        subscription = log.subscribe(sessions);
    }

    /** A connection of that host's agent. */
    public Link open(ServerCall<?, ControllerMessage> call, HostIdentity host) {
        HostSession session = new HostSession(host, call, sessions::image);
        return new Link(session, new SessionCall(call, session, sessions, commits, heartbeats, usages));
    }

    /**
     * Commits what agents said.
     *
     * @return false when the database is away, and what was said waits for the next call
     */
    public boolean commit() throws InterruptedException {
        try {
            commits.step();
            return true;
        } catch (AwayException e) {
            return false;
        }
    }

    /** Writes down who was heard. */
    public void beat() {
        heartbeats.write();
    }

    /** States that agents reported and the transition table forbids, since the start. */
    public long impossibleTransitions() {
        return commits.impossibleTransitions();
    }

    @Override
    public void close() {
        subscription.close();
    }

    /** One connection of one agent. */
    public static final class Link {
        private final HostSession session;
        private final SessionCall call;

        private Link(HostSession session, SessionCall call) {
            this.session = session;
            this.call = call;
        }

        /** The agent says that. */
        public void say(AgentMessage message) {
            call.onMessage(new Parsed.Message<>(message));
        }

        /** Tells the agent the next thing; says whether there was one. */
        public boolean tellNext() {
            return session.tellNext();
        }

        /** The connection broke. */
        public void broke() {
            call.onCancel();
        }

        /** The controller ended the session, and the agent has heard of it. */
        public void completed() {
            call.onComplete();
        }

        /** Ends the session. */
        public void end(Status why) {
            session.end(why);
        }
    }

    /** Ends a step that would have to wait. */
    private static final class AwayException extends IllegalStateException {
        private static final long serialVersionUID = 1;

        AwayException() {
            super("the database is away");
        }
    }
}
