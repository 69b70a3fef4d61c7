package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.model.link.LinkMethods;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request to join. Its caller may be anybody, so it gets one message, of the size that a request needs ({@link
 * JoinSizeLimit}), and little time.
 */
final class JoinCall extends ServerCall.Listener<Parsed<LinkMethods.JoinRequest>> {

    /** How long a caller may take to send its request. */
    private static final Duration REQUEST_WITHIN = Duration.ofSeconds(10);

    private final ServerCall<?, LinkMethods.JoinAnswer> call;
    private final JoinService joins;
    private final Thread watch;

    /** Whoever sets it, and nobody else, closes the call. */
    private final AtomicBoolean taken = new AtomicBoolean();

    JoinCall(ServerCall<?, LinkMethods.JoinAnswer> call, JoinService joins) {
        this.call = call;
        this.joins = joins;
        this.watch = Thread.ofVirtual().name("join-watch").unstarted(this::watch);
    }

    void start() {
        watch.start();
        call.request(1);
    }

    private void watch() {
        try {
            Thread.sleep(REQUEST_WITHIN);
            end(Status.DEADLINE_EXCEEDED.withDescription("no request in time"));
        } catch (InterruptedException e) {
            // The request came, or the caller went.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void onMessage(Parsed<LinkMethods.JoinRequest> request) {
        if (taken.compareAndSet(false, true)) {
            watch.interrupt();
            call.close(answer(request), new Metadata());
        }
    }

    @Override
    public void onHalfClose() {
        watch.interrupt();
        end(Status.INVALID_ARGUMENT.withDescription("a request to join is one message"));
    }

    @Override
    public void onCancel() {
        watch.interrupt();
    }

    private void end(Status why) {
        if (taken.compareAndSet(false, true)) {
            call.close(why, new Metadata());
        }
    }

    private Status answer(Parsed<LinkMethods.JoinRequest> parsed) {
        return switch (parsed) {
            case Parsed.Fault<LinkMethods.JoinRequest>(Status why) -> why;
            case Parsed.Message<LinkMethods.JoinRequest>(LinkMethods.JoinRequest request) -> {
                try {
                    LinkMethods.JoinAnswer answer = joins.join(request, call.getAttributes());
                    call.sendHeaders(new Metadata());
                    call.sendMessage(answer);
                    yield Status.OK;
                } catch (StatusRuntimeException e) {
                    yield e.getStatus();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    yield Status.UNAVAILABLE.withDescription("the controller stops");
                }
            }
        };
    }
}
