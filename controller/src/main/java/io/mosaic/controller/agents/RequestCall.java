package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request that is answered once. One that asks to join may be anybody's, so it gets one message, of the size that a request needs
 * ({@link JoinSizeLimit}), and little time.
 *
 * @param <Q> what is asked
 * @param <A> the answer
 */
final class RequestCall<Q, A> extends ServerCall.Listener<Parsed<Q>> {

    /** How long a caller may take to send its request. */
    private static final Duration REQUEST_WITHIN = Duration.ofSeconds(10);

    private final ServerCall<?, A> call;
    private final Answers<Q, A> answers;
    private final Thread watch;

    /** Knows the answers. */
    interface Answers<Q, A> {
        /** @throws StatusRuntimeException when it is refused; the description says why and holds no secret */
        A answer(Q request) throws InterruptedException;
    }

    /** Whoever sets it, and nobody else, closes the call. */
    private final AtomicBoolean taken = new AtomicBoolean();

    RequestCall(ServerCall<?, A> call, Answers<Q, A> answers) {
        this.call = call;
        this.answers = answers;
        this.watch = Thread.ofVirtual().name("request-watch").unstarted(this::watch);
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
    public void onMessage(Parsed<Q> request) {
        if (taken.compareAndSet(false, true)) {
            watch.interrupt();
            call.close(answer(request), new Metadata());
        }
    }

    @Override
    public void onHalfClose() {
        watch.interrupt();
        end(Status.INVALID_ARGUMENT.withDescription("a request is one message"));
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

    private Status answer(Parsed<Q> parsed) {
        return switch (parsed) {
            case Parsed.Fault<Q>(Status why) -> why;
            case Parsed.Message<Q>(Q request) -> {
                try {
                    A answer = answers.answer(request);
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
