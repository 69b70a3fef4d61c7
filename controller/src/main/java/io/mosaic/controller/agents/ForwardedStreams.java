package io.mosaic.controller.agents;

import io.grpc.Status;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves side streams that other controllers open here for hosts whose session is here: opens the host's own stream, says
 * so with an attach frame (or why not with a failed frame), and passes frames both ways, unread.
 *
 * <p>Thread-safe.
 */
final class ForwardedStreams {

    private static final Logger LOG = LoggerFactory.getLogger(ForwardedStreams.class);

    /** A little less than the caller waits, so that it hears why. */
    private static final Duration OPEN = Duration.ofSeconds(9);

    /** Only bounds one wait; a quiet command may stay quiet for ever. */
    private static final Duration RECEIVE = Duration.ofMinutes(1);

    private final HostStreams hosts;

    ForwardedStreams(HostStreams hosts) {
        this.hosts = hosts;
    }

    /** Begins one with its first frame; see {@link StreamCall.Opening}. */
    @Nullable
    Status begin(StreamControl first, StreamCall caller) {
        if (!(first instanceof StreamControl.Forward forward) || forward.host() == null || forward.request() == null) {
            return Status.INVALID_ARGUMENT.withDescription("a forwarded stream begins with a forward frame");
        }
        Thread.ofVirtual().name("forward-" + forward.host()).start(() -> serve(forward, caller));
        return null;
    }

    private void serve(StreamControl.Forward forward, StreamCall caller) {
        try (caller) {
            if (forward.request() instanceof StreamRequest.Unknown) {
                refuse(
                        caller,
                        Problem.Kind.UNAVAILABLE.with("the controller that holds host " + forward.host()
                                + " is of an older version, which does not know such a stream"));
                return;
            }
            try (SideStream host = hosts.open(forward.host(), forward.request(), OPEN)) {
                caller.send(Frame.control(new StreamControl.Attach("")));
                Thread inward = Thread.ofVirtual().name("forward-input").start(() -> {
                    pass(caller, host);
                    // A caller says all there is to say until it goes: then nobody reads what the host sends.
                    host.close();
                });
                pass(host, caller);
                caller.close();
                inward.join();
            } catch (ProblemException e) {
                // While the caller's stream is still open to be told.
                refuse(caller, e.problem());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until one of them ends. */
    private static void pass(SideStream from, SideStream to) {
        try {
            while (true) {
                Frame frame;
                try {
                    frame = from.receive(RECEIVE);
                } catch (ProblemException quiet) {
                    if (quiet.is(Problem.Kind.TIMEOUT)) {
                        continue;
                    }
                    throw quiet;
                }
                if (frame == null) {
                    return;
                }
                to.send(frame);
            }
        } catch (ProblemException e) {
            LOG.debug("a forwarded stream ends: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(StreamCall caller, Problem problem) {
        try {
            caller.send(Frame.control(new StreamControl.Failed(problem)));
            caller.close();
        } catch (ProblemException e) {
            LOG.debug("who asked for a forwarded stream is gone: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
