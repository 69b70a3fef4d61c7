package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.HeldDecision;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.store.ClusterLog.Idempotency;
import io.mosaic.controller.store.Store.Entry;
import io.mosaic.controller.store.Store.KeptOutcome;
import io.mosaic.controller.store.Store.ScopedKey;
import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to commit a group: runs the decisions one after the other, each on the image that the ones before it left,
 * and holds what came of each until the transaction is known to be kept. Changes nothing outside itself, so a try that
 * fails is dropped and another made. Not thread-safe.
 */
final class GroupAttempt implements Store.Work {
    private static final Logger LOG = LoggerFactory.getLogger(GroupAttempt.class);

    private final UUID id = UUID.randomUUID();
    private final List<PendingCommit> group;
    private final ClusterImage known;
    private final int changesMax;
    private final Instant now;
    /** The head that was decided on ahead of time; null when nothing was. */
    private Store.@Nullable Head assumed;

    private ClusterImage image;
    private long compactedTo;
    private final List<Change> published = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final Map<ScopedKey, KeptOutcome> outcomes = new LinkedHashMap<>();
    private final List<Runnable> answers = new ArrayList<>();

    /**
     * @param known the image before it, at the revision that the store is told to be known
     * @param changesMax after this many changes the rest of the group is left for the next
     */
    GroupAttempt(List<PendingCommit> group, ClusterImage known, int changesMax, Instant now) {
        this.group = new ArrayList<>(group);
        this.known = known;
        this.image = known;
        this.changesMax = changesMax;
        this.now = now;
    }

    /**
     * The next attempt, to be decided while this one, which is decided, is on its way to the store: as if this one were kept,
     * nobody else committed anything, and no key had come before. Mostly so it is; if not, it is decided anew.
     */
    GroupAttempt ahead(Store.Head head, Instant at) {
        GroupAttempt next = new GroupAttempt(List.of(), image, changesMax, at);
        next.assumed =
                new Store.Head(image.revision(), head.epoch(), head.compactedTo(), List.of(), Map.of(), Set.of());
        return next;
    }

    /** Takes one more commit and decides it ahead; says whether there is room for another. */
    boolean add(PendingCommit pending) {
        if (assumed == null) {
            throw new IllegalStateException("only what is decided ahead grows");
        }
        group.add(pending);
        if (!pending.done()) {
            decide(pending, assumed);
        }
        return entries.size() < changesMax;
    }

    /** The commits that it is for. */
    List<PendingCommit> group() {
        return group;
    }

    /** The image before it. */
    ClusterImage known() {
        return known;
    }

    UUID id() {
        return id;
    }

    /** The idempotency keys that the group needs looked up. */
    Set<ScopedKey> keys() {
        Set<ScopedKey> keys = new LinkedHashSet<>();
        for (PendingCommit pending : group) {
            Idempotency idempotency = pending.commit().idempotency();
            if (idempotency != null) {
                keys.add(scoped(idempotency));
            }
        }
        return keys;
    }

    /** The hosts whose sessions the group goes by; all of them are this controller's. */
    Store.Holds holds() {
        String controller = "";
        Set<String> hosts = new HashSet<>();
        for (PendingCommit pending : group) {
            if (pending.commit().decision() instanceof HeldDecision held) {
                controller = held.holder();
                hosts.addAll(held.hosts());
            }
        }
        return hosts.isEmpty() ? Store.Holds.NONE : new Store.Holds(controller, hosts);
    }

    @Override
    public Store.Batch decide(Store.Head head) {
        compactedTo = head.compactedTo();
        if (assumed != null) {
            if (holds(assumed, head)) {
                return new Store.Batch(entries, events, outcomes, now);
            }
            forget();
        }
        for (Change change : head.missed()) {
            image = image.apply(change);
            published.add(change);
        }
        if (image.revision() != head.revision()) {
            throw new IllegalStateException(
                    "the head is at " + head.revision() + ", the changes read end at " + image.revision());
        }
        for (PendingCommit pending : group) {
            if (entries.size() >= changesMax) {
                break;
            }
            if (!pending.done()) {
                decide(pending, head);
            }
        }
        return new Store.Batch(entries, events, outcomes, now);
    }

    private static boolean holds(Store.Head assumed, Store.Head head) {
        return assumed.revision() == head.revision()
                && assumed.epoch() == head.epoch()
                && head.missed().isEmpty()
                && head.kept().isEmpty()
                && head.elsewhere().isEmpty();
    }

    /** Undoes what was decided ahead. */
    private void forget() {
        assumed = null;
        image = known;
        published.clear();
        entries.clear();
        events.clear();
        outcomes.clear();
        answers.clear();
    }

    private void decide(PendingCommit pending, Store.Head head) {
        try {
            Committed committed = committed(pending.commit(), head);
            answers.add(() -> pending.complete(committed));
        } catch (ProblemException e) {
            answers.add(() -> pending.refuse(e));
        } catch (RuntimeException | StackOverflowError e) {
            LOG.error("a decision failed unexpectedly; its caller alone is told", e);
            answers.add(() -> pending.refuse(
                    new ProblemException(Problem.Kind.INTERNAL, "an unexpected fault; the controller's log has it")));
        }
    }

    private Committed committed(ClusterLog.Commit commit, Store.Head head) {
        Idempotency idempotency = commit.idempotency();
        if (idempotency != null) {
            KeptOutcome kept =
                    outcomes.getOrDefault(scoped(idempotency), head.kept().get(scoped(idempotency)));
            if (kept != null) {
                return replayed(idempotency, kept);
            }
        }
        if (commit.epoch() != 0 && commit.epoch() != head.epoch()) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "leadership of epoch " + commit.epoch() + " is over: epoch " + head.epoch() + " is in force");
        }
        Decision decision = commit.decision();
        return decided(
                decision instanceof HeldDecision held ? held.decide(image, head.elsewhere()) : decision.decide(image),
                idempotency);
    }

    private static Committed replayed(Idempotency idempotency, KeptOutcome kept) {
        if (!kept.requestHash().equals(idempotency.requestHash())) {
            throw new ProblemException(
                    Problem.Kind.KEY_REUSED, "this idempotency key came with another request before");
        }
        return new Committed(kept.revision(), ChangeJson.listed(kept.changes()), List.of(), true);
    }

    /** Takes over what was decided, all of it or, when it throws, nothing. */
    private Committed decided(Decision.Decided decided, @Nullable Idempotency idempotency) {
        ClusterImage next = image;
        List<Entry> own = new ArrayList<>(decided.changes().size());
        for (Change change : decided.changes()) {
            Entry entry = ChangeJson.entry(change.at(next.revision() + 1), next);
            own.add(entry);
            next = next.apply(entry.change());
        }
        List<Change> changes = own.stream().map(Entry::change).toList();
        if (idempotency != null) {
            outcomes.put(
                    scoped(idempotency),
                    new KeptOutcome(idempotency.requestHash(), next.revision(), ChangeJson.list(own)));
        }
        image = next;
        entries.addAll(own);
        published.addAll(changes);
        events.addAll(decided.events());
        return new Committed(
                next.revision(), changes, own.stream().map(Entry::body).toList(), false);
    }

    private static ScopedKey scoped(Idempotency idempotency) {
        return new ScopedKey(idempotency.scope(), idempotency.key());
    }

    /** The image after the group, once it is kept. */
    ClusterImage image() {
        return image;
    }

    long compactedTo() {
        return compactedTo;
    }

    /** The changes that follow the image known before: other controllers' first, then the group's own. */
    List<Change> published() {
        return published;
    }

    /** Tells every caller that was served what came of it; only once the group is kept. */
    void answer() {
        answers.forEach(Runnable::run);
    }
}
