package io.mosaic.agent.link;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.HostInventory;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One session with a controller, from hello to its end. */
final class LinkSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkSession.class);
    private static final Duration WELCOME = Duration.ofSeconds(15);

    /** Answered from the controller's memory. */
    private static final Duration GRANT = Duration.ofSeconds(5);

    private static final long HEARTBEAT_MILLIS_MIN = 100;
    private static final long HEARTBEAT_MILLIS_MAX = 60_000;

    /** How often a session looks whether the certificate must be renewed. */
    private static final Duration RENEWAL_LOOK = Duration.ofMinutes(1);

    /** Older ones are of no use when they are answered. */
    private static final int BEATS_MAX = 16;

    private static final long FOREVER = Long.MAX_VALUE / 1_000_000;

    private final ManagedChannel channel;
    private final HostSide host;
    private final Outbox outbox;
    private final SideStreams streams;
    private final AgentIdentity identity;
    private final Clock clock;
    private final String process;
    private final long number;
    private final BlockingCall<AgentMessage, ControllerMessage> call;
    private volatile boolean welcomed;
    /** When hello was sent, by the host's clock for it; until the answer is taken over. */
    private @Nullable Long helloAt;
    /** When the heartbeats were sent that wait for an answer, by their number. */
    private final NavigableMap<Long, Long> beats = new ConcurrentSkipListMap<>();

    /** Of the thread that tells. */
    private long beat;

    /** Messages that only a newer version knows; of the thread that hears. */
    private long passedOver;

    LinkSession(
            ManagedChannel channel,
            HostSide host,
            Outbox outbox,
            SideStreams streams,
            AgentIdentity identity,
            Clock clock,
            String process,
            long number) {
        this.channel = channel;
        this.host = host;
        this.outbox = outbox;
        this.streams = streams;
        this.identity = identity;
        this.clock = clock;
        this.process = process;
        this.number = number;
        this.call = new BlockingCall<>(channel, LinkMethodDescriptors.SESSION);
    }

    boolean welcomed() {
        return welcomed;
    }

    LinkMethods.GrantAnswer grant(LinkMethods.GrantRequest request) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(GRANT.toMillis(), TimeUnit.MILLISECONDS);
        return ClientCalls.blockingUnaryCall(channel, LinkMethodDescriptors.GRANT, options, request);
    }

    ShareAnswer share(ShareReport report) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(GRANT.toMillis(), TimeUnit.MILLISECONDS);
        return ClientCalls.blockingUnaryCall(channel, LinkMethodDescriptors.SHARE, options, report);
    }

    /** Holds the session until it ends; says why it did. */
    Status run() throws InterruptedException {
        try (call) {
            outbox.forgetReports();
            long moment = host.moment();
            helloAt = moment;
            HostInventory inventory = host.inventory();
            call.send(new AgentMessage.Hello(
                    number, inventory, host.zone(), host.pool(), host.labels(), host.sets(), process));
            ControllerMessage first = call.receive(WELCOME.toMillis());
            while (first instanceof ControllerMessage.Unknown) {
                passedOver++;
                first = call.receive(WELCOME.toMillis());
            }
            if (!(first instanceof ControllerMessage.Welcome welcome)) {
                Status status = call.status();
                return status == null ? Status.DEADLINE_EXCEEDED.withDescription("no welcome came") : status;
            }
            LOG.info("controller {} welcomed this host", welcome.controller());
            welcomed = true;
            long interval = Math.clamp(welcome.heartbeatMillis(), HEARTBEAT_MILLIS_MIN, HEARTBEAT_MILLIS_MAX);
            Thread sender = Thread.ofVirtual().name("link-sender").start(() -> tell(interval, inventory.images()));
            try {
                hear();
            } finally {
                sender.interrupt();
                sender.join();
            }
            if (passedOver > 0) {
                LOG.warn("{} messages that only a newer version knows were passed over", passedOver);
            }
            Status status = call.status();
            return status == null ? Status.OK : status;
        }
    }

    @Override
    public void close() {
        call.close();
    }

    private void hear() throws InterruptedException {
        while (true) {
            ControllerMessage message = call.receive(FOREVER);
            switch (message) {
                case null -> {
                    return;
                }
                case ControllerMessage.Desired desired -> {
                    host.desired(desired);
                    Long sent = helloAt;
                    if (sent != null) {
                        // Only the first was made after the hello was committed for it.
                        helloAt = null;
                        host.granted(sent);
                    }
                }
                case ControllerMessage.Delta delta -> host.delta(delta);
                case ControllerMessage.Open open -> streams.open(channel, open);
                case ControllerMessage.Alive alive -> answered(alive.number());
                case ControllerMessage.Unknown unknown -> {
                    if (passedOver++ == 0) {
                        LOG.warn("the controller says what only a newer version knows; that is passed over");
                    }
                }
                case ControllerMessage.Welcome again ->
                    LOG.warn("controller {} welcomed this host twice", again.controller());
            }
        }
    }

    /** What is answered too late to count needs a new session, whose hello counts. */
    private void answered(long number) {
        Map.Entry<Long, Long> newest = beats.floorEntry(number);
        if (newest == null) {
            return;
        }
        beats.headMap(number, true).clear();
        if (!host.continued(newest.getValue())) {
            LOG.info("this host was without an answer for too long: says hello again");
            call.close();
        }
    }

    /**
     * Reports go at once; a heartbeat goes when nothing else went for its interval, and when it tells news of the host: a
     * report says as well that the host lives.
     */
    private void tell(long interval, List<String> imagesTold) {
        try {
            long beatAt = System.nanoTime();
            long sentAt = beatAt;
            boolean beaten = false;
            String told = null;
            long renewAt = System.nanoTime() + RENEWAL_LOOK.toNanos();
            AgentMessage.Usage sent = null;
            List<String> images = imagesTold;
            while (call.status() == null) {
                // Rounded up: the last part of a millisecond must not be spent asking over and over.
                long left = Math.ceilDiv(beatAt - System.nanoTime(), 1_000_000);
                AgentMessage.Reports reports = outbox.take(Math.max(0, left));
                if (reports != null) {
                    if (!call.send(reports)) {
                        outbox.putBack(reports.events());
                        return;
                    }
                    sentAt = System.nanoTime();
                }
                if (System.nanoTime() - beatAt >= 0) {
                    String trouble = host.degraded();
                    boolean asks = host.wantsAnswers();
                    if (!beaten
                            || asks
                            || !Objects.equals(trouble, told)
                            || System.nanoTime() - sentAt >= interval * 1_000_000) {
                        call.send(heartbeat(trouble, asks));
                        beaten = true;
                        told = trouble;
                        sentAt = System.nanoTime();
                    }
                    beatAt = (asks ? System.nanoTime() : sentAt) + interval * 1_000_000;
                }
                sent = usage(sent);
                images = images(images);
                if (System.nanoTime() - renewAt >= 0) {
                    renewAt = System.nanoTime() + RENEWAL_LOOK.toNanos();
                    renewIfDue();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private AgentMessage.Heartbeat heartbeat(@Nullable String trouble, boolean asks) {
        if (!asks) {
            return new AgentMessage.Heartbeat(trouble);
        }
        beat++;
        beats.put(beat, host.moment());
        while (beats.size() > BEATS_MAX) {
            beats.pollFirstEntry();
        }
        return new AgentMessage.Heartbeat(trouble, beat);
    }

    /** Sends what the sets use when it was measured anew. */
    @SuppressWarnings("ReferenceEquality")
    private AgentMessage.@Nullable Usage usage(AgentMessage.@Nullable Usage sent) throws InterruptedException {
        AgentMessage.Usage usage = host.usage();
        if (usage != null && usage != sent) {
            call.send(usage);
        }
        return usage;
    }

    /** Sends which images are there when they are others than those told last. */
    private List<String> images(List<String> told) throws InterruptedException {
        List<String> images = host.images();
        if (images == null || images.equals(told)) {
            return told;
        }
        call.send(new AgentMessage.Images(images));
        return images;
    }

    private void renewIfDue() {
        if (!identity.renewalDue(clock.instant())) {
            return;
        }
        try {
            // The new certificate is shown from the next connection on.
            identity.renew(channel);
        } catch (StatusRuntimeException | IOException | GeneralSecurityException e) {
            LOG.warn("the certificate could not be renewed: {}", e.getMessage());
        }
    }
}
