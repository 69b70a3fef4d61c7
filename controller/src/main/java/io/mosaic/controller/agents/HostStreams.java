package io.mosaic.controller.agents;

import io.grpc.Status;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Opens side streams: asks the agent over its session, and hands out the stream that it opens in answer.
 *
 * <p>Thread-safe.
 */
public final class HostStreams {

    /** An agent that opened a call must say within this time what it is for. */
    static final Duration ATTACH_WITHIN = Duration.ofSeconds(10);

    private final SessionRegistry sessions;
    private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
    private final Set<StreamCall> open = ConcurrentHashMap.newKeySet();
    private final SecureRandom random = new SecureRandom();

    private record Waiting(String host, CompletableFuture<SideStream> stream) {}

    HostStreams(SessionRegistry sessions) {
        this.sessions = sessions;
    }

    /**
     * Opens a stream for that request.
     *
     * @return the caller closes it
     * @throws ProblemException of kind UNAVAILABLE when the host has no session with this controller, TIMEOUT when its
     *     agent does not answer in time
     */
    public SideStream open(String host, StreamRequest request, Duration timeout) throws InterruptedException {
        byte[] bits = new byte[16];
        random.nextBytes(bits);
        String id = HexFormat.of().formatHex(bits);
        CompletableFuture<SideStream> answer = new CompletableFuture<>();
        waiting.put(id, new Waiting(host, answer));
        try {
            HostSession session = sessions.of(host);
            if (session == null || !session.open(new ControllerMessage.Open(id, request))) {
                throw new ProblemException(
                        Problem.Kind.UNAVAILABLE, "host " + host + " is not connected to this controller");
            }
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Whoever comes with this id from now on is turned away; who came just now is welcome.
            if (!answer.completeExceptionally(e)) {
                return answer.join();
            }
            throw new ProblemException(Problem.Kind.TIMEOUT, "the agent of host " + host + " did not answer in time");
        } catch (InterruptedException e) {
            if (!answer.completeExceptionally(e)) {
                answer.join().close();
            }
            throw e;
        } catch (ExecutionException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "the connection to host " + host + " ended meanwhile");
        } finally {
            waiting.remove(id);
        }
    }

    /** A new call of an agent; it is watched until it has attached. */
    void opened(StreamCall call) {
        open.add(call);
        Thread.ofVirtual().name("attach-watch").start(() -> watch(call));
    }

    private void watch(StreamCall call) {
        try {
            Thread.sleep(ATTACH_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!call.isAttached()) {
            call.end(Status.DEADLINE_EXCEEDED.withDescription("no attach frame in time"));
        }
    }

    /** Hands the stream of that host to whoever waits for it; says why when nobody does. */
    @Nullable
    Status attach(String host, StreamControl first, StreamCall call) {
        if (!(first instanceof StreamControl.Attach(String id))) {
            return Status.INVALID_ARGUMENT.withDescription("a side stream begins with an attach frame");
        }
        Waiting waits = id == null ? null : waiting.remove(id);
        return waits != null && waits.host().equals(host) && waits.stream().complete(call)
                ? null
                : Status.NOT_FOUND.withDescription("nobody waits for this side stream");
    }

    /** Whether that host's session is here. */
    boolean holds(String host) {
        return sessions.of(host) != null;
    }

    void gone(StreamCall call) {
        open.remove(call);
    }

    void endAll(Status why) {
        open.forEach(call -> call.end(why));
    }
}
