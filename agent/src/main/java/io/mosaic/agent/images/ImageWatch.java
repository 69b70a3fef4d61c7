package io.mosaic.agent.images;

import io.mosaic.agent.docker.DockerException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which images the scheduler is to hear of: looks soon after this agent brought or removed some, but not more often than every few
 * seconds, and now and then for what others did.
 *
 * <p>Thread-safe.
 */
public final class ImageWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ImageWatch.class);

    /** What others do with the daemon concerns few sets. */
    private static final Duration EVERY = Duration.ofMinutes(1);

    /** Between two looks: each may cost the cluster a commit. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final ImageStock stock;
    private final Semaphore changed = new Semaphore(0);
    private final Thread thread = Thread.ofVirtual().name("image-watch").unstarted(this::run);
    private volatile @Nullable List<String> latest;

    private ImageWatch(ImageStock stock) {
        this.stock = stock;
    }

    /** One that looks when those images change. */
    public static ImageWatch of(ImageStock stock, RepositoryImages images) {
        ImageWatch watch = new ImageWatch(stock);
        images.ledger().onChange(watch.changed::release);
        return watch;
    }

    public void start() {
        thread.start();
    }

    /** The names as of now; what was known last when the daemon does not say. */
    public synchronized List<String> look() {
        List<String> known = latest;
        try {
            List<String> names = stock.names();
            if (!names.equals(known)) {
                known = names;
                latest = names;
            }
        } catch (DockerException e) {
            LOG.warn("the daemon does not say which images it has: {}", e.getMessage());
        }
        return known == null ? List.of() : known;
    }

    /** The names as of the last look; null: there was none. */
    public @Nullable List<String> latest() {
        return latest;
    }

    private void run() {
        try {
            while (true) {
                changed.tryAcquire(EVERY.toMillis(), TimeUnit.MILLISECONDS);
                changed.drainPermits();
                try {
                    look();
                } catch (RuntimeException e) {
                    LOG.error("images are not looked at: a fault of the agent", e);
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            LOG.debug("images are looked at no more");
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
