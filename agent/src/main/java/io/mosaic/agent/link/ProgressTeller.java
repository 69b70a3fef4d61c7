package io.mosaic.agent.link;

import io.mosaic.model.SaveProgress;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the other end of a side stream how far something is: the latest that it heard, some times a second at most. Whoever tells it never
 * waits. Closed, it sends nothing more.
 */
final class ProgressTeller implements Consumer<SaveProgress>, AutoCloseable {

    private static final Duration EVERY = Duration.ofMillis(300);

    private final AtomicReference<@Nullable SaveProgress> latest = new AtomicReference<>();
    private final @Nullable BlockingCall<Frame, Frame> call;
    private final @Nullable Thread thread;
    /** Of the thread, and of who closes when that has ended. */
    private @Nullable SaveProgress told;

    private ProgressTeller(@Nullable BlockingCall<Frame, Frame> call) {
        this.call = call;
        this.thread =
                call == null ? null : Thread.ofVirtual().name("progress-teller").start(() -> tell(call));
    }

    static ProgressTeller start(BlockingCall<Frame, Frame> call) {
        return new ProgressTeller(call);
    }

    /** For an end that knows nothing of such frames. */
    static ProgressTeller silent() {
        return new ProgressTeller(null);
    }

    @Override
    public void accept(SaveProgress now) {
        latest.set(now);
    }

    private void tell(BlockingCall<Frame, Frame> call) {
        try {
            while (send(call)) {
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The latest, if that was not told yet; false when nobody hears it any more. */
    private boolean send(BlockingCall<Frame, Frame> call) throws InterruptedException {
        SaveProgress now = latest.get();
        if (now != null && !now.equals(told)) {
            told = now;
            return call.send(Frame.control(new StreamControl.Progress(now)));
        }
        return true;
    }

    /** Tells the last as well. */
    @Override
    public void close() {
        if (call == null || thread == null) {
            return;
        }
        thread.interrupt();
        try {
            thread.join();
            send(call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
