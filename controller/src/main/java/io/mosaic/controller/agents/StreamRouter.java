package io.mosaic.controller.agents;

import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.mosaic.controller.store.Store;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Opens side streams to any host of the cluster: itself when the host's session is here, else through the controller that
 * holds it, on that one's link port, as a controller.
 *
 * <p>Thread-safe.
 */
public final class StreamRouter implements AutoCloseable {

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);
    private static final int CONNECT_MILLIS = 3000;
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final int streamsMax;
    private final HostStreams here;
    private final ControllerDirectory directory;
    private final TlsChannelCredentials.Builder credentials;
    private final ExecutorService callbacks = Executors.newVirtualThreadPerTaskExecutor();
    /** By address; gRPC lets an idle one's connection go. */
    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

    private final Map<String, Semaphore> free = new ConcurrentHashMap<>();

    /** @throws GeneralSecurityException when the CA cannot certify this controller */
    public StreamRouter(HostStreams here, ControllerDirectory directory, ClusterAuthority authority)
            throws GeneralSecurityException {
        this(here, directory, authority, HostLinks.CALLS_PER_CONNECTION_MAX);
    }

    /** @param streamsMax forwarded to one controller at the same time */
    StreamRouter(HostStreams here, ControllerDirectory directory, ClusterAuthority authority, int streamsMax)
            throws GeneralSecurityException {
        this.streamsMax = streamsMax;
        this.here = here;
        this.directory = directory;
        this.credentials = TlsChannelCredentials.newBuilder()
                .keyManager(authority.issueController().keyManagers())
                .trustManager(ClusterTrust.in(authority.certificate()));
    }

    /**
     * Opens a stream for that request.
     *
     * @return the caller closes it
     * @throws ProblemException of kind UNAVAILABLE when no controller holds the host or that one cannot be reached,
     *     TOO_MANY when as many streams go to that controller as it takes, TIMEOUT when the host's agent does not answer
     *     in time
     */
    public SideStream open(String host, StreamRequest request, Duration timeout) throws InterruptedException {
        if (here.holds(host)) {
            return here.open(host, request, timeout);
        }
        Store.Member holder = directory.holder(host);
        if (holder == null || directory.isSelf(holder)) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "host " + host + " is not connected");
        }
        ManagedChannel channel = channel(holder.address());
        Semaphore free = free(holder.address());
        if (!free.tryAcquire()) {
            // The connection would keep it waiting until another stream ends.
            throw new ProblemException(
                    Problem.Kind.TOO_MANY,
                    "controller " + holder.name() + ", which holds host " + host + ", serves "
                            + streamsMax
                            + " streams of this controller already; try again when one of them has ended");
        }
        RemoteStream stream = new RemoteStream(channel, "controller " + holder.name(), free::release);
        boolean opened = false;
        try {
            stream.open(Frame.control(new StreamControl.Forward(host, request)), timeout);
            Frame answer = stream.receive(timeout);
            if (answer == null) {
                throw new ProblemException(
                        Problem.Kind.UNAVAILABLE,
                        "controller " + holder.name() + ", which holds host " + host + ", does not answer");
            }
            if (answer.control() instanceof StreamControl.Failed(Problem problem)) {
                throw new ProblemException(problem);
            }
            opened = true;
            return stream;
        } finally {
            if (!opened) {
                stream.close();
            }
        }
    }

    /** What a connection to that controller can still take. */
    private Semaphore free(String address) {
        return free.computeIfAbsent(address, key -> new Semaphore(streamsMax));
    }

    private ManagedChannel channel(String address) {
        return channels.computeIfAbsent(
                address,
                key -> NettyChannelBuilder.forTarget("dns:///" + key, credentials.build())
                        .maxInboundMessageSize(LinkMethods.MESSAGE_BYTES_MAX)
                        .executor(callbacks)
                        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                        .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                        .keepAliveTimeout(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                        .idleTimeout(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                        .disableRetry()
                        .build());
    }

    /** Ends what goes through it. */
    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
        callbacks.shutdown();
    }
}
