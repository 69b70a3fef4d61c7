package io.mosaic.cli.command;

import io.mosaic.cli.term.Console;
import io.mosaic.model.Interval;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Hands on what a watch tells, for a time, while somebody reads it, until the process is stopped. */
final class WatchLoop {
    private static final Duration GLANCE = Duration.ofSeconds(1);

    private WatchLoop() {}

    static <T> void run(Console console, Watch<T> watch, @Nullable Interval span, Consumer<WatchEvent<T>> sink)
            throws InterruptedException {
        long end = span == null ? 0 : System.nanoTime() + span.duration().toNanos();
        while (true) {
            long left = span == null ? GLANCE.toNanos() : end - System.nanoTime();
            if (left <= 0) {
                return;
            }
            WatchEvent<T> event = watch.next(Duration.ofNanos(Math.min(left, GLANCE.toNanos())));
            if (event != null) {
                sink.accept(event);
            }
            if (console.outClosed()) {
                return;
            }
        }
    }
}
