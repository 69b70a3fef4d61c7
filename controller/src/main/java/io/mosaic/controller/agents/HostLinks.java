package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.share.Tracker;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server that agents connect to: TLS with the cluster CA, client certificates asked for but only {@code Join} does
 * without one.
 *
 * <p>Thread-safe.
 */
public final class HostLinks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostLinks.class);

    private static final int METADATA_BYTES_MAX = 8 * 1024;

    /** A session, and the side streams of one host at the same time. */
    static final int CALLS_PER_CONNECTION_MAX = 512;

    private static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** A connection whose other end vanished is given up after some twice this. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    /** A connection without a call; an agent's has its session. */
    private static final Duration IDLE_CONNECTION = Duration.ofMinutes(2);

    private static final Duration STOP = Duration.ofSeconds(2);

    private final SessionRegistry sessions;
    private final HostStreams streams;
    private final Heartbeats heartbeats;
    private final SessionCommits commits;
    private final UsageBoard usages = new UsageBoard(System::nanoTime);
    private final JoinService joins;
    private final GrantService grants;
    private final ShareService shares;
    private final ClusterLog.Subscription subscription;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;

    /**
     * Where it listens and what it says of itself.
     *
     * @param controller this controller's name, for the agents' logs
     * @param port 0 takes any free one
     * @param names what agents call this controller by: DNS names and addresses, for its certificate
     * @param heartbeat how often agents should say that they live; a few times per lease of 10 s
     * @param images URL of the image repository, as hosts reach it; null: there is none
     */
    public record Settings(
            String controller,
            String bind,
            int port,
            List<String> names,
            Duration heartbeat,
            @Nullable String images) {
        public static final Duration HEARTBEAT = Duration.ofSeconds(2);

        /** Without an image repository. */
        public Settings(String controller, String bind, int port, List<String> names, Duration heartbeat) {
            this(controller, bind, port, names, heartbeat, null);
        }
    }

    private HostLinks(
            Settings settings, ClusterLog log, ClusterAuthority authority, HostLeases leases, InstantSource clock)
            throws GeneralSecurityException {
        sessions = new SessionRegistry(log);
        streams = new HostStreams(sessions);
        heartbeats = new Heartbeats(leases, System::nanoTime, sessions::lost);
        commits = new SessionCommits(
                log,
                sessions,
                heartbeats,
                clock,
                new ControllerMessage.Welcome(
                        settings.controller(), settings.heartbeat().toMillis()),
                Thread::sleep);
        heartbeats.start();
        commits.start();
        joins = new JoinService(log, authority, clock);
        grants = new GrantService(settings.images(), authority.issueController(), sessions::image, clock);
        shares = new ShareService(authority.certificate(), Tracker.ofUsualSize(new Random()), clock, System::nanoTime);
        subscription = log.subscribe(sessions);
        server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(settings.bind(), settings.port()),
                        TlsServerCredentials.newBuilder()
                                .keyManager(
                                        authority.issueServer(settings.names()).keyManagers())
                                .trustManager(ClusterTrust.in(authority.certificate()))
                                .clientAuth(TlsServerCredentials.ClientAuth.OPTIONAL)
                                .build())
                .executor(executor)
                .flowControlWindow(LinkMethodDescriptors.FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(LinkMethodDescriptors.AGENT_MESSAGE_BYTES_MAX)
                .addStreamTracerFactory(new JoinSizeLimit())
                .maxInboundMetadataSize(METADATA_BYTES_MAX)
                .maxConnectionIdle(IDLE_CONNECTION.toMillis(), TimeUnit.MILLISECONDS)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .handshakeTimeout(HANDSHAKE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(service())
                .build();
    }

    /**
     * Listens.
     *
     * @throws IOException when the address is taken
     * @throws GeneralSecurityException when the CA cannot certify this server
     */
    public static HostLinks start(
            Settings settings, ClusterLog log, ClusterAuthority authority, HostLeases leases, InstantSource clock)
            throws IOException, GeneralSecurityException {
        HostLinks links = new HostLinks(settings, log, authority, leases, clock);
        try {
            links.server.start();
        } catch (IOException e) {
            links.close();
            throw e;
        }
        LOG.info("agents connect to {}:{}", settings.bind(), links.port());
        return links;
    }

    /** The port that it listens on. */
    public int port() {
        return server.getPort();
    }

    /** Side streams for logs and exec. */
    public HostStreams streams() {
        return streams;
    }

    /** Rights to the image repository. */
    public GrantService grants() {
        return grants;
    }

    /** What the sets use on the hosts whose session is here. */
    UsageBoard usages() {
        return usages;
    }

    /** How many hosts have a session with this controller. */
    public int connected() {
        return sessions.size();
    }

    /** Brings hosts together that fetch the same blob. */
    public ShareService shares() {
        return shares;
    }

    /** States that agents reported and the transition table forbids, since the start. */
    public long impossibleTransitions() {
        return commits.impossibleTransitions();
    }

    /** Messages of agents that only a newer version knows, since the start; they were passed over. */
    public long passedOver() {
        return commits.passedOverMessages();
    }

    /** Ends all sessions and streams; agents connect to another controller, or here again. */
    @Override
    public void close() {
        Status why = Status.UNAVAILABLE.withDescription("the controller stops");
        sessions.forEach(session -> session.end(why));
        streams.endAll(why);
        server.shutdown();
        try {
            if (!server.awaitTermination(STOP.toMillis(), TimeUnit.MILLISECONDS)
                    && !server.shutdownNow().awaitTermination(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("some calls of agents do not end; they end with the process");
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        subscription.close();
        commits.close();
        heartbeats.close();
        executor.shutdown();
    }

    private ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(LinkMethods.SERVICE)
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.JOIN), this::join)
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.SESSION), authenticated(this::session))
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.STREAM), authenticated(this::stream))
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.GRANT), authenticated(this::grant))
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.SHARE), authenticated(this::share))
                .addMethod(Parsed.requestsOf(LinkMethodDescriptors.FORWARD), this::forward)
                .build();
    }

    /** A call that needs to know the host. */
    private interface HostCall<Q, A> {
        ServerCall.Listener<Q> start(ServerCall<Q, A> call, HostIdentity peer);
    }

    private <Q, A> ServerCallHandler<Q, A> authenticated(HostCall<Q, A> next) {
        return (call, headers) -> {
            try {
                return next.start(call, Peer.require(call.getAttributes(), sessions.image()));
            } catch (StatusRuntimeException e) {
                LOG.warn(
                        "a call of {} was refused: {}",
                        call.getMethodDescriptor().getBareMethodName(),
                        e.getMessage());
                call.close(e.getStatus(), new Metadata());
                return new ServerCall.Listener<>() {};
            }
        };
    }

    private ServerCall.Listener<Parsed<AgentMessage>> session(
            ServerCall<Parsed<AgentMessage>, ControllerMessage> call, HostIdentity peer) {
        call.sendHeaders(new Metadata());
        SessionCall session = new SessionCall(
                call, new HostSession(peer, call, sessions::image), sessions, commits, heartbeats, usages);
        session.start();
        return session;
    }

    private ServerCall.Listener<Parsed<Frame>> stream(ServerCall<Parsed<Frame>, Frame> call, HostIdentity peer) {
        call.sendHeaders(new Metadata());
        StreamCall stream = new StreamCall(
                call,
                "host " + peer.host(),
                (first, opened) -> streams.attach(peer.host(), first, opened),
                streams::gone);
        streams.opened(stream);
        stream.start();
        return stream;
    }

    /** Another controller's, for a host whose session is here. */
    private ServerCall.Listener<Parsed<Frame>> forward(ServerCall<Parsed<Frame>, Frame> call, Metadata headers) {
        try {
            Peer.requireController(call.getAttributes());
        } catch (StatusRuntimeException e) {
            LOG.warn("a forwarded stream was refused: {}", e.getMessage());
            call.close(e.getStatus(), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        call.sendHeaders(new Metadata());
        StreamCall stream = new StreamCall(call, "a controller", new ForwardedStreams(streams)::begin, streams::gone);
        streams.opened(stream);
        stream.start();
        return stream;
    }

    private ServerCall.Listener<Parsed<LinkMethods.JoinRequest>> join(
            ServerCall<Parsed<LinkMethods.JoinRequest>, LinkMethods.JoinAnswer> call, Metadata headers) {
        RequestCall<LinkMethods.JoinRequest, LinkMethods.JoinAnswer> join =
                new RequestCall<>(call, request -> joins.join(request, call.getAttributes()));
        join.start();
        return join;
    }

    private ServerCall.Listener<Parsed<LinkMethods.GrantRequest>> grant(
            ServerCall<Parsed<LinkMethods.GrantRequest>, LinkMethods.GrantAnswer> call, HostIdentity peer) {
        RequestCall<LinkMethods.GrantRequest, LinkMethods.GrantAnswer> grant =
                new RequestCall<>(call, request -> grants.grant(peer, request));
        grant.start();
        return grant;
    }

    private ServerCall.Listener<Parsed<ShareReport>> share(
            ServerCall<Parsed<ShareReport>, ShareAnswer> call, HostIdentity peer) {
        RequestCall<ShareReport, ShareAnswer> share = new RequestCall<>(call, report -> {
            try {
                return shares.report(peer.host(), report);
            } catch (ProblemException e) {
                throw JoinService.status(e).asRuntimeException();
            }
        });
        share.start();
        return share;
    }
}
