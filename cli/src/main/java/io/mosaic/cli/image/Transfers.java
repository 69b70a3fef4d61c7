package io.mosaic.cli.image;

import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Blobs on their way, a few at a time, while the user sees how far they are. One thread calls it. */
public final class Transfers {
    private static final long TICK_MILLIS = 150;

    private final Progress progress;
    private final String what;
    private final int parallel;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger done = new AtomicInteger();

    /**
     * @param what goes on, such as "pushing food/web:1"
     * @param parallel how many at once
     */
    public Transfers(Progress progress, String what, int parallel) {
        this.progress = progress;
        this.what = what;
        this.parallel = parallel;
    }

    /** One blob's way. */
    public interface Task {
        void run() throws IOException;
    }

    /** Bytes that went on; less than 0 when they must go again. */
    public void moved(long count) {
        bytes.addAndGet(count);
    }

    public long bytes() {
        return bytes.get();
    }

    /**
     * Runs all; the first fault ends the others and is thrown.
     *
     * @param total bytes, as far as known
     */
    public void run(List<Task> tasks, long total) throws IOException, InterruptedException {
        progress.step(what);
        Semaphore places = new Semaphore(parallel);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Task task : tasks) {
                running.add(threads.submit(() -> {
                    places.acquire();
                    try {
                        task.run();
                        done.incrementAndGet();
                    } finally {
                        places.release();
                    }
                    return null;
                }));
            }
            for (Future<?> each : running) {
                await(each, running, total);
            }
        } finally {
            threads.shutdownNow();
            threads.awaitTermination(10, TimeUnit.SECONDS);
        }
    }

    private void await(Future<?> one, List<Future<?>> all, long total) throws IOException, InterruptedException {
        while (true) {
            try {
                one.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                progress.live(what + ": " + done + " of " + all.size() + ", " + Ages.size(bytes.get()) + " of "
                        + Ages.size(total));
                for (Future<?> each : all) {
                    if (each.state() == Future.State.FAILED) {
                        throw thrown(each.exceptionNow());
                    }
                }
            } catch (ExecutionException e) {
                throw thrown(e.getCause());
            }
        }
    }

    private static IOException thrown(@Nullable Throwable fault) {
        return switch (fault) {
            case null -> new IOException("a transfer ended without saying why");
            case UncheckedIOException io ->
                io.getCause() == null ? new IOException(io.getMessage(), io) : io.getCause();
            case IOException io -> io;
            case RuntimeException other -> throw other;
            case Error error -> throw error;
            default -> new IOException(fault);
        };
    }
}
