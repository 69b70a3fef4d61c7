package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.ImageWork;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ServerUnreachableException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for long work on the image repository and says how far it has come. */
final class ImageWait {

    private static final long LOOK_MILLIS = 500;

    /** Where no line can change in place, so many are written at most for one step of the work. */
    private static final int LINES = 10;

    private final Session session;
    private final Function<ImageWork, ImageWork.@Nullable Work> which;

    ImageWait(Session session, Function<ImageWork, ImageWork.@Nullable Work> which) {
        this.session = session;
        this.which = which;
    }

    /** What the call answers, which may be after hours. */
    <T> T on(Supplier<T> call) throws InterruptedException {
        FutureTask<T> task = new FutureTask<>(call::get);
        Thread.ofVirtual().start(task);
        try (Progress progress = new Progress(session.console())) {
            while (true) {
                try {
                    return task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    show(progress);
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException cause) {
                        throw cause;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        }
    }

    private void show(Progress progress) {
        try {
            ImageWork.Work work = which.apply(session.images().images().work());
            if (work != null) {
                progress.step(words(work));
            }
        } catch (ProblemException | ServerUnreachableException e) {
            // The work's own call says what is the matter.
            progress.tick();
            return;
        }
        progress.tick();
    }

    private String words(ImageWork.Work work) {
        if (work.blobsAll() == 0) {
            return work.step();
        }
        if (!session.console().errTerminal()) {
            long part = work.blobs() * LINES / work.blobsAll();
            return work.step() + ": " + part * 100 / LINES + "% of " + work.blobsAll() + " blobs";
        }
        return work.step() + ": " + work.blobs() + " of " + work.blobsAll() + " blobs, "
                + Ages.size(work.bytes().value()) + " of "
                + Ages.size(work.bytesAll().value());
    }
}
