package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, for tests and simulation: the same promises as {@link PostgresStore} but durability. It keeps
 * resources as JSON, as the real one does, and can be made slow or broken at each step ({@link #fault}).
 *
 * <p>Thread-safe: one lock stands for the head's.
 */
public final class MemoryStore implements Store {

    /** A step of a call at which a {@link Fault} may strike. */
    public enum Step {
        LOAD,
        /** An append, before its work has run. */
        APPEND,
        /** An append, after its work has run and before anything is kept. */
        BEFORE_COMMIT,
        /** An append that is kept, before its caller hears of it. */
        AFTER_COMMIT,
        RESOLVE,
        READ_CHANGES,
        TRIM,
        /** Telling listeners of a commit; a fault here loses the news. */
        NOTIFY,
        OTHER
    }

    /** Strikes at a step by throwing, or slows it down by sleeping. */
    @FunctionalInterface
    public interface Fault {
        Fault NONE = step -> {};

        void at(Step step) throws StoreException;
    }

    private record Row(boolean deleted, Instant at, String body) {}

    private record Key(KeptOutcome outcome, Instant at) {}

    private final InstantSource clock;
    private final NavigableMap<ResourceKey, String> resources = new TreeMap<>();
    private final NavigableMap<Long, Row> changes = new TreeMap<>();
    private final NavigableMap<Long, Event> events = new TreeMap<>();
    private final NavigableMap<Long, AuditEntry> audit = new TreeMap<>();
    private final Map<ScopedKey, Key> keys = new HashMap<>();
    private final Map<UUID, UUID> groups = new HashMap<>();
    private final MemoryMembers members = new MemoryMembers();
    private final List<HeadListener> listeners = new CopyOnWriteArrayList<>();
    private volatile Fault fault = Fault.NONE;
    private volatile Predicate<Change> refused = change -> false;
    private long revision;
    private long epoch;
    private long compactedTo;
    private long lastEvent;
    private long lastAudit;
    private String leader = "";
    private Instant leaderUntil = Instant.MIN;

    /** @param clock stands for the database server's own */
    public MemoryStore(InstantSource clock) {
        this.clock = clock;
    }

    /** From now on that fault may strike; {@link Fault#NONE} ends it. */
    public void fault(Fault changed) {
        this.fault = changed;
    }

    /** From now on what holds such a change is refused, as a database does that cannot take its text. */
    public void refuse(Predicate<Change> changes) {
        this.refused = changes;
    }

    @Override
    public synchronized Snapshot load() throws StoreException {
        fault.at(Step.LOAD);
        Map<ResourceKey, String> newer = new HashMap<>();
        List<Resource> all = resources.values().stream()
                .map(body -> ChangeJson.resource(body, newer))
                .toList();
        return new Snapshot(revision, compactedTo, all, newer);
    }

    @Override
    public void append(Append append, Work work) throws StoreException {
        long head;
        synchronized (this) {
            fault.at(Step.APPEND);
            Map<ScopedKey, KeptOutcome> kept = new HashMap<>();
            for (ScopedKey key : append.keys()) {
                Key found = keys.get(key);
                if (found != null) {
                    kept.put(key, found.outcome());
                }
            }
            if (revision - append.known() > MISSED_MAX && append.known() >= compactedTo) {
                throw new StoreException(StoreException.Kind.BEHIND, "the log is far behind the head");
            }
            List<Change> missed = after(append.known(), Integer.MAX_VALUE);
            Batch batch = work.decide(
                    new Head(revision, epoch, compactedTo, missed, kept, members.elsewhere(append.holds())));
            fault.at(Step.BEFORE_COMMIT);
            if (batch.changes().stream().map(Entry::change).anyMatch(refused)) {
                throw new StoreException(StoreException.Kind.REFUSED, "refused");
            }
            if (batch.isEmpty()) {
                return;
            }
            keep(batch);
            groups.put(append.log(), append.group());
            fault.at(Step.AFTER_COMMIT);
            head = revision;
        }
        tell(append.log(), head);
    }

    private void keep(Batch batch) {
        for (Entry entry : batch.changes()) {
            Change change = entry.change();
            if (change.revision() != revision + 1) {
                throw new IllegalArgumentException("change " + change.revision() + " does not follow " + revision);
            }
            revision = change.revision();
            boolean deleted = change instanceof Change.Delete;
            changes.put(revision, new Row(deleted, batch.at(), entry.body()));
            if (deleted) {
                resources.remove(change.key());
            } else {
                resources.put(change.key(), entry.body());
            }
        }
        for (Event event : batch.events()) {
            events.put(++lastEvent, event.numbered(lastEvent));
        }
        batch.outcomes().forEach((key, outcome) -> keys.put(key, new Key(outcome, batch.at())));
    }

    private void tell(UUID log, long head) {
        for (HeadListener listener : listeners) {
            try {
                fault.at(Step.NOTIFY);
            } catch (StoreException lost) {
                continue;
            }
            listener.committed(log, head);
        }
    }

    @Override
    public synchronized boolean committed(UUID log, UUID group) throws StoreException {
        fault.at(Step.RESOLVE);
        return group.equals(groups.get(log));
    }

    @Override
    public synchronized List<Change> changesAfter(long from, int limit) throws StoreException {
        fault.at(Step.READ_CHANGES);
        return after(from, limit);
    }

    private List<Change> after(long from, int limit) {
        if (from < compactedTo) {
            throw new ProblemException(
                    Problem.Kind.COMPACTED, "changes up to revision " + compactedTo + " are no longer kept");
        }
        return changes.tailMap(from, false).entrySet().stream()
                .limit(limit)
                .map(row -> ChangeJson.change(
                        row.getKey(), row.getValue().deleted(), row.getValue().body()))
                .toList();
    }

    @Override
    public synchronized long compactedTo() throws StoreException {
        fault.at(Step.OTHER);
        return compactedTo;
    }

    @Override
    public synchronized long trim(Retention retention) throws StoreException {
        fault.at(Step.TRIM);
        while (!changes.isEmpty()
                && changes.firstKey() <= revision - retention.changes()
                && changes.firstEntry().getValue().at().isBefore(retention.changesBefore())) {
            compactedTo = changes.pollFirstEntry().getKey();
        }
        keys.values().removeIf(key -> key.at().isBefore(retention.keysBefore()));
        events.headMap(lastEvent - retention.events(), true).clear();
        audit.headMap(lastAudit - retention.audit(), true).clear();
        return compactedTo;
    }

    @Override
    public synchronized List<Event> events(EventQuery query) throws StoreException {
        fault.at(Step.OTHER);
        List<Event> found = tail(events, query.after()).stream()
                .filter(event -> query.tenant() == null || query.tenant().equals(event.tenant()))
                .filter(event -> query.kind() == null || query.kind() == event.kind())
                .filter(event -> query.name() == null || query.name().equals(event.name()))
                .toList();
        return cut(found, query.after(), query.limit());
    }

    @Override
    public synchronized void appendAudit(List<AuditEntry> entries) throws StoreException {
        fault.at(Step.OTHER);
        for (AuditEntry entry : entries) {
            audit.put(++lastAudit, entry.numbered(lastAudit));
        }
    }

    @Override
    public synchronized List<AuditEntry> audit(AuditQuery query) throws StoreException {
        fault.at(Step.OTHER);
        List<AuditEntry> found = tail(audit, query.after()).stream()
                .filter(entry -> query.actor() == null || query.actor().equals(entry.actor()))
                .toList();
        return cut(found, query.after(), query.limit());
    }

    private static <T> List<T> tail(NavigableMap<Long, T> rows, @Nullable Long after) {
        return new ArrayList<>((after == null ? rows : rows.tailMap(after, false)).values());
    }

    private static <T> List<T> cut(List<T> found, @Nullable Long after, int limit) {
        int size = found.size();
        return after == null ? found.subList(Math.max(0, size - limit), size) : found.subList(0, Math.min(size, limit));
    }

    @Override
    public synchronized Lease lead(String holder, Duration life) throws StoreException {
        fault.at(Step.OTHER);
        Instant now = clock.instant();
        boolean free = leader.isEmpty() || !leaderUntil.isAfter(now);
        if (free) {
            epoch++;
            leader = holder;
        }
        if (leader.equals(holder)) {
            leaderUntil = now.plus(life);
        }
        return new Lease(leader, epoch, Duration.between(now, leaderUntil));
    }

    @Override
    public synchronized void resign(String holder) throws StoreException {
        fault.at(Step.OTHER);
        if (leader.equals(holder)) {
            leader = "";
        }
    }

    @Override
    public synchronized Set<String> heartbeats(String controller, Map<String, Duration> ages) throws StoreException {
        fault.at(Step.OTHER);
        return members.heartbeats(controller, ages, clock.instant());
    }

    @Override
    public synchronized Set<String> claim(String controller, Map<String, Claimant> agents, Duration lease)
            throws StoreException {
        fault.at(Step.OTHER);
        return members.claim(controller, agents, lease, clock.instant());
    }

    @Override
    public synchronized Map<String, Duration> heartbeatAges() throws StoreException {
        fault.at(Step.OTHER);
        return members.ages(clock.instant());
    }

    @Override
    public synchronized void forgetHeartbeats(Set<String> hosts) throws StoreException {
        fault.at(Step.OTHER);
        members.forget(hosts);
    }

    @Override
    public synchronized void announce(Member member, Duration forget) throws StoreException {
        fault.at(Step.OTHER);
        members.announce(member, forget, clock.instant());
    }

    @Override
    public synchronized List<Member> members() throws StoreException {
        fault.at(Step.OTHER);
        return members.all(clock.instant());
    }

    @Override
    public synchronized @Nullable Member holder(String host) throws StoreException {
        fault.at(Step.OTHER);
        return members.holder(host, clock.instant());
    }

    @Override
    public synchronized List<Shared> share(String controller, String text, Duration forget) throws StoreException {
        fault.at(Step.OTHER);
        return members.share(controller, text, forget, clock.instant());
    }

    @Override
    public synchronized String authority(String mine) throws StoreException {
        fault.at(Step.OTHER);
        return members.authority(mine);
    }

    @Override
    public Listening listen(HeadListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Keeps what it has: another log may be opened over it. */
    @Override
    public void close() {
        // Nothing is held that another log could not go on with.
    }
}
