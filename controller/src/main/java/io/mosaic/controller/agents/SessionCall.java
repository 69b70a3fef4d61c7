package io.mosaic.controller.agents;

import io.grpc.ServerCall;
import io.grpc.Status;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One agent's session, inward. gRPC calls it from one thread at a time. */
final class SessionCall extends ServerCall.Listener<Parsed<AgentMessage>> {

    private static final Logger LOG = LoggerFactory.getLogger(SessionCall.class);

    /** Messages that an agent may have under way before one is committed. */
    private static final int AHEAD = 16;

    private final ServerCall<?, ControllerMessage> call;
    private final HostSession session;
    private final SessionRegistry sessions;
    private final SessionCommits commits;
    private final Heartbeats heartbeats;
    private final UsageBoard usages;
    private boolean greeted;

    SessionCall(
            ServerCall<?, ControllerMessage> call,
            HostSession session,
            SessionRegistry sessions,
            SessionCommits commits,
            Heartbeats heartbeats,
            UsageBoard usages) {
        this.usages = usages;
        this.call = call;
        this.session = session;
        this.sessions = sessions;
        this.commits = commits;
        this.heartbeats = heartbeats;
    }

    void start() {
        session.start();
        call.request(1);
    }

    @Override
    public void onMessage(Parsed<AgentMessage> parsed) {
        switch (parsed) {
            case Parsed.Fault<AgentMessage>(Status why) -> {
                LOG.warn("host {} sent no message of ours: {}", session.host(), why.getDescription());
                session.end(why);
            }
            case Parsed.Message<AgentMessage>(AgentMessage message) -> heard(message);
        }
    }

    private void heard(AgentMessage message) {
        if (!(message instanceof AgentMessage.Hello) != greeted) {
            session.end(Status.INVALID_ARGUMENT.withDescription(
                    greeted ? "a session has one hello" : "a session begins with hello"));
            return;
        }
        String fault = MessageRules.fault(message);
        if (fault != null) {
            LOG.warn("host {} sent a message that is not whole: {}", session.host(), fault);
            session.end(Status.INVALID_ARGUMENT.withDescription(fault));
            return;
        }
        if (greeted) {
            // A hello is no heartbeat: it claims the host first.
            heartbeats.heard(session.host());
            if (message instanceof AgentMessage.Heartbeat heartbeat && heartbeat.number() != null) {
                heartbeats.answer(session, heartbeat.number());
            }
        }
        switch (message) {
            case AgentMessage.Hello hello -> hello(hello);
            case AgentMessage.Heartbeat heartbeat -> heartbeat(heartbeat);
            case AgentMessage.Usage usage -> {
                if (sessions.current(session)) {
                    usages.heard(session.host(), usage.sets());
                }
                call.request(1);
            }
            case AgentMessage.Reports reports -> commits.add(new SessionCommits.Said(session, reports));
            case AgentMessage.Images images -> images(images);
            case AgentMessage.Unknown unknown -> passOver();
        }
    }

    /** The agent is newer than this controller, and says something that is not known here yet. */
    private void passOver() {
        if (!commits.passedOver()) {
            LOG.warn(
                    "host {} says what only a newer version knows; that is passed over, here and from now on",
                    session.host());
        }
        call.request(1);
    }

    private void hello(AgentMessage.Hello hello) {
        greeted = true;
        LOG.info(
                "host {} says hello, session {}, {} sets",
                session.host(),
                hello.session(),
                hello.sets().size());
        commits.add(new SessionCommits.Said(session, hello));
        call.request(AHEAD - 1);
    }

    private void heartbeat(AgentMessage.Heartbeat heartbeat) {
        HostResource host = sessions.image().host(session.host());
        if (host != null
                && (host.status().state() == HostState.UNREACHABLE
                        || host.status().state() == HostState.DOWN)
                && host.uid().equals(session.identity().uid())
                && session.told()) {
            session.end(Status.UNAVAILABLE.withDescription("the host was given up as silent; say hello again"));
        } else if (AgentDecision.tellsNews(host, heartbeat.degraded())) {
            commits.add(new SessionCommits.Said(session, heartbeat));
        } else {
            call.request(1);
        }
    }

    private void images(AgentMessage.Images images) {
        if (AgentDecision.tellsNews(sessions.image().host(session.host()), images)) {
            commits.add(new SessionCommits.Said(session, images));
        } else {
            call.request(1);
        }
    }

    @Override
    public void onReady() {
        session.ready();
    }

    @Override
    public void onHalfClose() {
        session.end(Status.OK);
        sessions.remove(session);
    }

    @Override
    public void onCancel() {
        LOG.info("session of host {} broke off", session.host());
        session.end(Status.CANCELLED);
        sessions.remove(session);
    }

    @Override
    public void onComplete() {
        LOG.info("session of host {} ended", session.host());
        sessions.remove(session);
    }
}
