package io.mosaic.controller.agents;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.scale.AppUse;
import io.mosaic.controller.scale.SharedText;
import io.mosaic.controller.scale.SharedUse;
import io.mosaic.controller.scale.UsageTotals;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.ResourceKey;
import io.mosaic.scale.Recommendations;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other controllers, by a row in the database, what instances use on the hosts that are held here, and reads what they
 * tell: each has a part of the hosts, and whichever leads must know of all.
 *
 * <p>Thread-safe.
 */
public final class UsageShare implements SharedUse, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(UsageShare.class);

    private static final Duration EVERY = Duration.ofSeconds(5);

    /** A controller that is silent for so long holds no hosts any more. */
    private static final Duration STALE = Duration.ofSeconds(20);

    /** What a leader left counts a little longer: the next has to be found first. */
    private static final Duration FORGET = Duration.ofMinutes(1);

    private final Store store;
    private final String id;
    private final Supplier<ClusterImage> image;
    private final UsageBoard board;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Thread thread;
    private volatile Seen seen;
    private volatile Left left = new Left(0, Map.of());

    private record Seen(Map<ResourceKey, AppUse> uses, Map<ResourceKey, Recommendations> memory, long at) {}

    private record Left(long epoch, Map<ResourceKey, Recommendations> memory) {}

    private UsageShare(
            Store store,
            String id,
            Supplier<ClusterImage> image,
            UsageBoard board,
            InstantSource clock,
            LongSupplier nanos) {
        this.store = store;
        this.id = id;
        this.image = image;
        this.board = board;
        this.clock = clock;
        this.nanos = nanos;
        this.seen = new Seen(Map.of(), Map.of(), nanos.getAsLong());
        this.thread = Thread.ofVirtual().name("usage-share").unstarted(this::run);
    }

    /**
     * Shares what that link hears, now and from time to time.
     *
     * @param id names this life of this controller
     */
    public static UsageShare start(
            Store store, String id, Supplier<ClusterImage> image, HostLinks links, InstantSource clock) {
        UsageShare share = new UsageShare(store, id, image, links.usages(), clock, System::nanoTime);
        share.thread.start();
        return share;
    }

    /** One that shares when it is told to. */
    static UsageShare stepped(
            Store store,
            String id,
            Supplier<ClusterImage> image,
            UsageBoard board,
            InstantSource clock,
            LongSupplier nanos) {
        return new UsageShare(store, id, image, board, clock, nanos);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    share();
                } catch (StoreException e) {
                    LOG.debug("what instances use could not be shared: {}", e.reason());
                } catch (RuntimeException e) {
                    LOG.error("what instances use could not be shared", e);
                }
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException e) {
            LOG.debug("sharing ends");
        }
    }

    /** Tells and reads once. */
    void share() throws StoreException {
        Left mine = left;
        List<AppUse> uses = UsageTotals.of(image.get(), board.told(), clock.instant());
        List<Store.Shared> all = store.share(id, new SharedText(uses, mine.epoch(), mine.memory()).text(), FORGET);
        Map<ResourceKey, AppUse> totals = new HashMap<>();
        Map<ResourceKey, Recommendations> memory = Map.of();
        long newest = 0;
        for (Store.Shared row : all) {
            SharedText shared = SharedText.parse(row.text());
            if (row.age().compareTo(STALE) <= 0) {
                for (AppUse use : shared.apps()) {
                    totals.merge(
                            ResourceKey.app(use.tenant(), use.app()),
                            use.older(row.age().toMillis()),
                            AppUse::plus);
                }
            }
            if (shared.epoch() > newest) {
                newest = shared.epoch();
                memory = shared.memory();
            }
        }
        seen = new Seen(totals, memory, nanos.getAsLong());
    }

    @Override
    public @Nullable AppUse use(ResourceKey app) {
        Seen now = seen;
        AppUse use = now.uses().get(app);
        return use == null
                ? null
                : use.older(Duration.ofNanos(nanos.getAsLong() - now.at()).toMillis());
    }

    @Override
    public Recommendations left(ResourceKey app) {
        return seen.memory().getOrDefault(app, Recommendations.NONE);
    }

    @Override
    public void leave(long epoch, Map<ResourceKey, Recommendations> memory) {
        left = new Left(epoch, Map.copyOf(memory));
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
