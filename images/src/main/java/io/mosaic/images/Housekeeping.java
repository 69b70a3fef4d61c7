package io.mosaic.images;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.TokenKeys;
import io.mosaic.images.registry.Collector;
import io.mosaic.images.registry.ImageParts;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.GarbageReport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects garbage now and then, and looks after the keys of tokens. The first time comes after a random part of the interval, so that restarts do not put it off. */
final class Housekeeping implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    /** No token has such a name. */
    private static final String ACTOR = "mosaic/images";

    private static final Duration STOP = Duration.ofSeconds(10);

    /** A key whose time is over signs nothing any more, so it may stay for some minutes. */
    private static final Duration KEYS_EVERY = Duration.ofMinutes(5);

    private final Collector collector;
    private final AuditTrail audit;
    private final ImageParts parts;
    private final ImagesConfig.Garbage settings;
    private final Metrics.Count freed;
    private final Metrics.Count failed;
    private final TokenKeys keys;
    private final Thread thread;
    private final Thread keyThread;

    Housekeeping(
            Collector collector,
            ImageParts parts,
            AuditTrail audit,
            ImagesConfig.Garbage settings,
            TokenKeys keys,
            Metrics metrics) {
        this.collector = collector;
        this.parts = parts;
        this.audit = audit;
        this.settings = settings;
        this.keys = keys;
        this.freed = metrics.count("mosaic_images_freed_bytes_total", "Bytes of blobs that nobody needed any more.");
        this.failed = metrics.count("mosaic_images_collections_failed_total", "Collections that broke off.");
        this.thread = Thread.ofPlatform().name("housekeeping").daemon().start(this::run);
        this.keyThread = Thread.ofVirtual().name("token-keys").start(this::attendKeys);
    }

    private void attendKeys() {
        try {
            while (true) {
                Thread.sleep(KEYS_EVERY);
                try {
                    keys.tidy();
                } catch (IOException e) {
                    LOG.warn("keys of tokens cannot be kept, trying on: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long every = settings.everyOrDay().toMillis();
        // What was put before layers were looked at is looked at once, at the first start.
        long wait = 0;
        long first = ThreadLocalRandom.current().nextLong(every);
        while (true) {
            try {
                Thread.sleep(wait);
                catchUp();
                Thread.sleep(first);
                first = 0;
                GarbageReport report =
                        collector.collect(settings.graceOrDay(), Boolean.TRUE.equals(settings.untagged()));
                freed.add(report.bytes().value());
                LOG.info("garbage collected: {}", report);
                if (report.manifests() + report.links() + report.blobs() > 0) {
                    audit.tell(ACTOR, null, "collect garbage", 200, report.blobs() + " blobs, " + report.bytes());
                }
            } catch (InterruptedException e) {
                return;
            } catch (IOException | RuntimeException e) {
                if (Thread.interrupted()) {
                    return;
                }
                failed.add(1);
                LOG.warn("the collection broke off; the next one goes on", e);
            }
            wait = every;
        }
    }

    private void catchUp() throws InterruptedException {
        int count = parts.catchUp();
        if (count > 0) {
            LOG.info("looked at the layers of {} images", count);
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        keyThread.interrupt();
        thread.join(STOP);
        keyThread.join(STOP);
    }
}
