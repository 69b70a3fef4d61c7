package io.mosaic.controller.lead;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.model.SetResource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the sets of silent hosts to others. A set is only taken off its host when another one has room for it now: else it
 * waits where it is, and is adopted if its host comes back. Of the leader's worker alone, but for {@link #stoppedZones}.
 */
final class Rebuilder {

    private static final Logger LOG = LoggerFactory.getLogger(Rebuilder.class);

    /** Sets in one commit; as with placements, the first are placed while the rest is still planned. */
    private static final int PER_COMMIT = 256;

    /** Commits under the leader's epoch. */
    @FunctionalInterface
    interface Committer {
        void commit(Decision decision) throws InterruptedException;
    }

    private final Scheduler scheduler;
    private final InstantSource clock;
    private final Rebuild.Limits limits;
    private final Committer committer;
    private volatile Set<String> stopped = Set.of();

    Rebuilder(Scheduler scheduler, InstantSource clock, Rebuild.Limits limits, Committer committer) {
        this.scheduler = scheduler;
        this.clock = clock;
        this.limits = limits;
        this.committer = committer;
    }

    /** Zones in which so many hosts are silent that nothing is rebuilt. */
    int stoppedZones() {
        return stopped.size();
    }

    /** Looks once. */
    void look(ClusterImage image, Map<String, Duration> ages, Duration watched) throws InterruptedException {
        if (watched.compareTo(Rebuild.SUSPECT) < 0) {
            // Too early to tell one silent host from many: the brake would not hold.
            return;
        }
        Rebuild.Plan plan = Rebuild.plan(image, ages, watched, limits);
        tell(plan.stopped());
        if (plan.due().isEmpty()) {
            return;
        }
        List<SetResource> fitting = fitting(image, plan.due());
        for (int from = 0; from < fitting.size(); from += PER_COMMIT) {
            List<SetResource> part = fitting.subList(from, Math.min(from + PER_COMMIT, fitting.size()));
            LOG.warn(
                    "{} sets of silent hosts are given to others, {} first",
                    part.size(),
                    part.getFirst().name());
            committer.commit(Rebuild.release(part, clock.instant()));
        }
    }

    /** Those for which the scheduler would find another host, if they waited for one. */
    private List<SetResource> fitting(ClusterImage image, List<SetResource> due) {
        ClusterImage waiting = image;
        Set<UUID> uids = new HashSet<>();
        for (SetResource set : due) {
            Change change = new Change.Put(Rebuild.waiting(set, clock.instant()));
            waiting = waiting.apply(change.at(waiting.revision() + 1));
            uids.add(set.uid());
        }
        List<SetResource> fitting = new ArrayList<>();
        for (SetPlan plan : scheduler.plan(waiting, Integer.MAX_VALUE)) {
            SetResource before = image.set(plan.set().uid());
            if (plan.host() != null && before != null && uids.contains(before.uid())) {
                fitting.add(before);
            }
        }
        return fitting;
    }

    private void tell(List<Rebuild.Stop> stops) throws InterruptedException {
        Set<String> now = new HashSet<>();
        for (Rebuild.Stop stop : stops) {
            now.add(stop.zone());
            if (!stopped.contains(stop.zone())) {
                LOG.warn("{}", stop.message(limits));
                committer.commit(Rebuild.tell(stop.zone(), true, stop.message(limits), clock.instant()));
            }
        }
        for (String zone : stopped) {
            if (!now.contains(zone)) {
                String message = "enough hosts of zone " + zone + " answer again: sets of silent hosts are rebuilt";
                LOG.info("{}", message);
                committer.commit(Rebuild.tell(zone, false, message, clock.instant()));
            }
        }
        stopped = Set.copyOf(now);
    }
}
