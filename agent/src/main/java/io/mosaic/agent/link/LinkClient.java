package io.mosaic.agent.link;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this host connected to any of the controllers: joins first when it has no certificate, then holds one session
 * after the other. Waits between attempts grow, and are never the same on two hosts.
 *
 * <p>Thread-safe.
 */
public final class LinkClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkClient.class);
    private static final Duration WAIT_FIRST = Duration.ofMillis(200);
    private static final Duration WAIT_MAX = Duration.ofSeconds(10);

    /** A session that lasted this long was a good one: the next wait is short again. */
    private static final Duration GOOD_SESSION = Duration.ofSeconds(30);

    /** A controller whose machine died says no goodbye; twice this long, and it is given up. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    /** How long this agent stays off when another one has taken its host's place; that much again at most, at random. */
    private static final Duration REPLACED = Duration.ofSeconds(20);

    private static final Duration SHUTDOWN = Duration.ofSeconds(2);

    private final List<Address> controllers;
    private final AgentIdentity identity;
    private final @Nullable JoinTokenText token;
    private final HostSide host;
    private final Outbox outbox;
    private final SideStreams streams;
    private final Clock clock;
    private final RandomGenerator random;
    /** Names this life of the agent, so that another one with a copy of its identity can be told from it. */
    private final String process;

    private final ExecutorService callbacks = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread thread;
    /** Tried last; of the link's own thread. */
    private @Nullable Address last;

    /** Of the last session; of the link's own thread. */
    private long number;

    private volatile boolean closing;
    private volatile @Nullable LinkSession session;

    /**
     * A link that has not begun.
     *
     * @param token join token as configured; null when the host has joined already
     * @throws IllegalArgumentException when the token is none
     */
    public LinkClient(
            List<Address> controllers,
            AgentIdentity identity,
            @Nullable String token,
            HostSide host,
            Outbox outbox,
            SideStreams streams,
            Clock clock,
            RandomGenerator random) {
        this.controllers = List.copyOf(controllers);
        this.identity = identity;
        this.token = token == null ? null : JoinTokenText.parse(token);
        this.host = host;
        this.outbox = outbox;
        this.streams = streams;
        this.clock = clock;
        this.random = random;
        this.process = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        this.thread = Thread.ofVirtual().name("link").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Begins a new session, for instance as the inventory changed; nothing happens when there is none. */
    public void reconnect() {
        LinkSession current = session;
        if (current != null) {
            current.close();
        }
    }

    /** Whether a controller has welcomed this host in the session that goes on. */
    public boolean connected() {
        LinkSession current = session;
        return current != null && current.welcomed();
    }

    /**
     * Asks the controller of the session that goes on.
     *
     * @throws StatusRuntimeException as it refuses; UNAVAILABLE when there is no session
     */
    public LinkMethods.GrantAnswer grant(LinkMethods.GrantRequest request) {
        LinkSession current = session;
        if (current == null || !current.welcomed()) {
            throw Status.UNAVAILABLE
                    .withDescription("no controller is connected")
                    .asRuntimeException();
        }
        return current.grant(request);
    }

    /**
     * Tells the controller of the session that goes on which pieces of a blob this host has; it answers who has the others.
     *
     * @throws StatusRuntimeException as it refuses; UNAVAILABLE when there is no session
     */
    public ShareAnswer share(ShareReport report) {
        LinkSession current = session;
        if (current == null || !current.welcomed()) {
            throw Status.UNAVAILABLE
                    .withDescription("no controller is connected")
                    .asRuntimeException();
        }
        return current.share(report);
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        callbacks.shutdown();
    }

    private void run() {
        int failures = 0;
        try {
            while (!closing) {
                List<Address> order = new ArrayList<>(controllers);
                Collections.shuffle(order, java.util.Random.from(random));
                avoidLast(order);
                for (Address address : order) {
                    last = address;
                    long began = System.nanoTime();
                    Status end = attempt(address);
                    boolean good = System.nanoTime() - began > GOOD_SESSION.toNanos();
                    failures = good ? 0 : failures + 1;
                    Thread.sleep(end.getCode() == Status.Code.ALREADY_EXISTS ? replaced() : wait(failures));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The one whose session ended just now may be stopping: it comes last. */
    private void avoidLast(List<Address> order) {
        Address avoided = last;
        if (avoided != null && order.remove(avoided)) {
            order.add(avoided);
        }
    }

    private Duration replaced() {
        LOG.error("another agent runs with this host's identity, and came later: stop one of the two."
                + " This one stays off and asks again from time to time");
        return REPLACED.plusMillis(random.nextLong(REPLACED.toMillis()));
    }

    /** Between half of the doubled wait and all of it, so that hosts do not come back in step. */
    private Duration wait(int failures) {
        long most = Math.min(WAIT_MAX.toMillis(), WAIT_FIRST.toMillis() << Math.min(failures, 10));
        return Duration.ofMillis(most / 2 + random.nextLong(most / 2 + 1));
    }

    /** One session, as far as it comes; says how it ended. */
    private Status attempt(Address address) throws InterruptedException {
        ManagedChannel channel = null;
        try {
            if (!identity.joined()) {
                join(address);
            }
            channel = channel(address, identity.channelCredentials());
            if (identity.renewalDue(clock.instant())) {
                identity.renew(channel);
            }
            LinkSession current =
                    new LinkSession(channel, host, outbox, streams, identity, clock, process, nextNumber());
            session = current;
            Status end = current.run();
            LOG.warn("the session with controller {} ended: {}", address, word(end));
            return end;
        } catch (StatusRuntimeException e) {
            LOG.warn("controller {}: {}", address, word(e.getStatus()));
            // A refused join may have the same status as a session that another agent took over.
            return Status.UNKNOWN.withCause(e);
        } catch (GeneralSecurityException | IOException e) {
            LOG.warn("controller {}: {}", address, e.getMessage());
            return Status.UNKNOWN.withCause(e);
        } catch (RuntimeException e) {
            // Whatever it was: an agent that no longer tries is lost for good.
            LOG.error("controller {}: a fault of the agent", address, e);
            return Status.UNKNOWN.withCause(e);
        } finally {
            session = null;
            if (channel != null) {
                end(channel);
            }
        }
    }

    /** Grows from session to session, also over restarts, and even when the machine's clock is put back meanwhile. */
    private long nextNumber() {
        number = Math.max(number + 1, clock.millis());
        return number;
    }

    private void join(Address address) throws GeneralSecurityException, IOException, InterruptedException {
        if (token == null) {
            throw new GeneralSecurityException("this host has not joined: give it a joinToken in its configuration");
        }
        ManagedChannel channel = channel(address, AgentIdentity.joiningCredentials(token));
        try {
            identity.join(channel, token);
        } finally {
            end(channel);
        }
    }

    private ManagedChannel channel(Address address, ChannelCredentials credentials) {
        return NettyChannelBuilder.forAddress(address.host(), address.port(), credentials)
                .flowControlWindow(LinkMethodDescriptors.FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(LinkMethods.MESSAGE_BYTES_MAX)
                .executor(callbacks)
                .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .disableRetry()
                .build();
    }

    private static void end(ManagedChannel channel) throws InterruptedException {
        channel.shutdownNow();
        if (!channel.awaitTermination(SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("a connection did not end within {} s", SHUTDOWN.toSeconds());
        }
    }

    /** The code, and the innermost cause: what wraps it tells an operator nothing. */
    private static String word(Status status) {
        Throwable cause = status.getCause();
        if (cause == null) {
            return status.getCode() + (status.getDescription() == null ? "" : ": " + status.getDescription());
        }
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return status.getCode() + ": " + cause.getMessage();
    }
}
