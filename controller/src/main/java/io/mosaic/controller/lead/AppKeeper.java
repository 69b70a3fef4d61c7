package io.mosaic.controller.lead;

import io.mosaic.controller.app.Ages;
import io.mosaic.controller.app.AppReconcile;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.Kind;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the apps that something touched, or whose time has come. What it remembers (which, and when) only saves looks:
 * a new leader looks at every app once and goes on from there.
 *
 * <p>{@link #heard} is for the log's thread; all else is the leader's worker's.
 */
final class AppKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(AppKeeper.class);

    /** Between two looks at one app: what many reports change is counted, judged and written down once. */
    private static final Duration REST = Duration.ofMillis(200);

    /** Looks at one app, one after another, before the others have their turn. */
    private static final int LOOKS_MAX = 8;

    private static final Duration AFTER_FAULT = Duration.ofSeconds(10);

    private final Supplier<ClusterImage> image;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Rebuilder.Committer committer;
    private final HostSilence silence;
    /** Guarded by itself. */
    private final Set<ResourceKey> touched = new HashSet<>();

    private final Map<ResourceKey, Long> due = new HashMap<>();
    private final Map<ResourceKey, Long> looked = new HashMap<>();
    private final Map<ResourceKey, Map<Stamp, Long>> watched = new HashMap<>();

    AppKeeper(
            Supplier<ClusterImage> image,
            InstantSource clock,
            LongSupplier nanos,
            Rebuilder.Committer committer,
            HostSilence silence) {
        this.silence = silence;
        this.image = image;
        this.clock = clock;
        this.nanos = nanos;
        this.committer = committer;
    }

    /** From now on; every app is looked at once. */
    void begin(ClusterImage start) {
        synchronized (touched) {
            start.resources(Kind.APP).keySet().forEach(touched::add);
        }
    }

    /** Notes the apps that these changes touch; says whether there are any. */
    boolean heard(List<Change> changes) {
        boolean any = false;
        synchronized (touched) {
            for (Change change : changes) {
                ResourceKey key = app(change);
                if (key != null) {
                    any |= touched.add(key);
                }
            }
        }
        return any;
    }

    private static @Nullable ResourceKey app(Change change) {
        Resource resource = switch (change) {
            case Change.Put put -> put.resource();
            case Change.Delete delete -> delete.last();
        };
        return switch (resource) {
            case AppResource app -> app.key();
            case SetResource set -> {
                AppMember member = set.app();
                yield member == null ? null : ResourceKey.app(set.tenant(), member.name());
            }
            default -> null;
        };
    }

    /** When the next look is due, by the monotonic clock; far away when none is. */
    long nextNanos() {
        long next = Long.MAX_VALUE;
        for (long at : due.values()) {
            next = Math.min(next, at);
        }
        return next;
    }

    /** Looks at the apps whose turn it is. */
    void look() throws InterruptedException {
        long now = nanos.getAsLong();
        synchronized (touched) {
            for (ResourceKey key : touched) {
                due.merge(key, looked.getOrDefault(key, now - REST.toNanos()) + REST.toNanos(), Math::min);
            }
            touched.clear();
        }
        // In order of their names: the same in every process, and in every run of a simulation.
        for (ResourceKey key : new TreeSet<>(due.keySet())) {
            Long at = due.get(key);
            if (at != null && now - at >= 0) {
                looked.put(key, now);
                try {
                    look(key);
                } catch (ProblemException e) {
                    throw e;
                } catch (RuntimeException e) {
                    // A fault over one app must not cost the others, nor the sets that wait for a host, their leader.
                    LOG.error("app {} could not be looked at", key, e);
                    due.put(key, now + AFTER_FAULT.toNanos());
                }
            }
        }
    }

    private void look(ResourceKey key) throws InterruptedException {
        Duration again = null;
        for (int i = 0; i < LOOKS_MAX; i++) {
            Watched ages = new Watched(watched.getOrDefault(key, Map.of()), nanos.getAsLong(), silence);
            Instant now = clock.instant();
            AppReconcile.Look look = AppReconcile.look(image.get(), key, ages, now);
            again = look.again();
            if (!look.decided().changes().isEmpty()) {
                // Decided once more at the head: what was true of our image may not be any more. A commit that fails
                // leaves
                // the app due.
                committer.commit(head -> AppReconcile.look(head, key, ages, now).decided());
            }
            // A look that had its fill did not ask for all: what it left out must not be taken for new at the next.
            boolean cut = again != null && again.isZero();
            watched.put(key, cut ? ages.all() : ages.asked());
            if (again == null || again.isPositive()) {
                break;
            }
        }
        due.remove(key);
        if (image.get().app(key.tenant(), key.name()) == null) {
            looked.remove(key);
            watched.remove(key);
        } else if (again != null) {
            due.put(key, nanos.getAsLong() + Math.max(again.toNanos(), REST.toNanos()));
        }
    }

    /** A time that stands in the image. */
    private record Stamp(UUID of, Instant since) {}

    /**
     * Ages by this leader's own monotonic clock, from when it first was asked for them: a new leader waits anew. The log's
     * thread asks as well, while the worker waits for it.
     */
    private static final class Watched implements Ages {
        private final Map<Stamp, Long> before;
        private final Map<Stamp, Long> asked = new ConcurrentHashMap<>();
        private final long now;
        private final HostSilence silence;

        Watched(Map<Stamp, Long> before, long now, HostSilence silence) {
            this.silence = silence;
            this.before = before;
            this.now = now;
        }

        @Override
        public Duration of(UUID of, Instant since) {
            Stamp stamp = new Stamp(of, since);
            long first = asked.computeIfAbsent(stamp, unknown -> before.getOrDefault(unknown, now));
            return Duration.ofNanos(now - first);
        }

        /** What was asked for now or before. */
        Map<Stamp, Long> all() {
            Map<Stamp, Long> all = new HashMap<>(before);
            all.putAll(asked);
            return all;
        }

        /** As the worker read it last; it reads nothing while the log's thread asks. */
        @Override
        public Duration silence(String host) {
            return silence.of(host);
        }

        /** What was asked for, and since when it is watched; the rest is no longer of interest. */
        Map<Stamp, Long> asked() {
            return asked;
        }
    }
}
