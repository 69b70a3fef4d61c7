package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a database must serve: a log with one head, and a few tables beside it. {@link PostgresStore} is the real one,
 * {@link MemoryStore} serves tests and simulation; {@link StoreLog} works over either.
 *
 * <p>Thread-safe. Every call is bounded in time: it ends, if only with a {@link StoreException}.
 */
public interface Store extends Journals, AutoCloseable {

    /** Changes of others that one append takes in; with more it fails as BEHIND. */
    int MISSED_MAX = 5_000;

    /** All resources at one revision. */
    Snapshot load() throws StoreException;

    /**
     * One transaction under the head's lock: shows the head to the work and keeps what it hands back. Nobody else
     * appends between the two.
     *
     * @throws StoreException of kind UNKNOWN when it may have been kept or not; of kind BEHIND when more than
     *     {@value #MISSED_MAX} changes come after {@link Append#known}
     * @throws ProblemException of kind COMPACTED when changes after {@link Append#known} are no longer there
     */
    void append(Append append, Work work) throws StoreException;

    /**
     * Whether that group is the last one that the log committed. Waits for the head's lock, so that a transaction still
     * under way has ended before this answers: the answer is final.
     */
    boolean committed(UUID log, UUID group) throws StoreException;

    /**
     * Changes after that revision, in order, at most {@code limit}.
     *
     * @throws ProblemException of kind COMPACTED when they are no longer there
     */
    List<Change> changesAfter(long revision, int limit) throws StoreException;

    /** The oldest revision from which {@link #changesAfter} can answer. */
    long compactedTo() throws StoreException;

    /**
     * Drops what need not be kept; quick when there is little to drop, bounded work in any case.
     *
     * @return the oldest revision from which {@link #changesAfter} can answer
     */
    long trim(Retention retention) throws StoreException;

    /** Keeps audit entries, durably; their ids are given in order. */
    void appendAudit(List<AuditEntry> entries) throws StoreException;

    /**
     * Takes the leader's lease when it is free or ran out, or extends it when the holder still has it. A new holder's
     * epoch is one higher, and from then on commits that carry an older one are refused.
     *
     * @param holder names one life of one controller: never the same after a restart
     * @param life how long from now, by the store's own clock
     * @return the lease as it is after the call, maybe another's
     */
    Lease lead(String holder, Duration life) throws StoreException;

    /** Gives the lease up when the holder has it; another can take it at once. */
    void resign(String holder) throws StoreException;

    /**
     * Notes when that controller last heard hosts; an older time than the one noted changes nothing. Not in the log, and
     * not worth waiting for a disk: a crash of the database may lose the last second of it.
     *
     * @param controller id of the controller that holds their sessions
     * @param ages by host name, how long ago it was heard
     * @return those of them whose session another controller has claimed since; nothing was noted for these
     */
    Set<String> heartbeats(String controller, Map<String, Duration> ages) throws StoreException;

    /**
     * Makes that controller the one that holds the hosts' sessions, and notes them as heard now. The newest agent wins: an
     * agent whose place another agent of the same host has taken is turned away for as long as that one is heard. So is a
     * session of an agent that has begun a later one.
     *
     * @param agents by host name, who says hello
     * @param lease for how long after it was last heard an agent counts as alive
     * @return hosts whose agent is turned away; nothing was noted for these
     */
    Set<String> claim(String controller, Map<String, Claimant> agents, Duration lease) throws StoreException;

    /** Says that this controller runs; forgets those that said nothing for {@code forget}. */
    void announce(Member member, Duration forget) throws StoreException;

    /** The controllers that announced themselves, by name, then id. */
    List<Member> members() throws StoreException;

    /** The controller that holds the host's session as far as anybody knows, or null. */
    @Nullable
    Member holder(String host) throws StoreException;

    /**
     * The fingerprint of the cluster's certificate authority.
     *
     * @param mine kept, and handed back, when none is kept yet
     */
    String authority(String mine) throws StoreException;

    /**
     * Keeps that text for that controller, in place of the one before, and hands back what all controllers keep. Not in the
     * log, and not worth waiting for a disk: a crash of the database may lose the last of it.
     *
     * @param forget what was said longer ago than this is dropped
     */
    List<Shared> share(String controller, String text, Duration forget) throws StoreException;

    /** How long ago each host was heard by any controller, by the store's own clock. */
    Map<String, Duration> heartbeatAges() throws StoreException;

    /** Forgets the heartbeats of hosts that left. */
    void forgetHeartbeats(Set<String> hosts) throws StoreException;

    /**
     * Calls back, soon, after each commit of any log over this database, with that log and the new head. A call may be
     * lost or come late, so listeners poll as well. The listener must not block.
     */
    Listening listen(HeadListener listener);

    @Override
    void close();

    /** Hears of commits. */
    @FunctionalInterface
    interface HeadListener {
        void committed(UUID log, long revision);
    }

    /** Ends a {@link #listen} when closed. */
    interface Listening extends AutoCloseable {
        @Override
        void close();
    }

    /** What happens under the head's lock. Runs at most once per append, on the caller's thread. */
    @FunctionalInterface
    interface Work {
        /** What to keep; {@link Batch#NOTHING} ends the transaction without a write. */
        Batch decide(Head head);
    }

    /**
     * All resources at one revision.
     *
     * @param compactedTo the oldest revision from which changes can be had
     * @param newer those that a newer version wrote, as they are stored; see {@link Change.Put#newer}
     */
    record Snapshot(long revision, long compactedTo, List<Resource> resources, Map<ResourceKey, String> newer) {}

    /**
     * Who appends, and what it wants to see.
     *
     * @param log one life of one {@link StoreLog}
     * @param group random, new for each attempt; kept with what is appended
     * @param known revision up to which the log has the changes
     * @param keys idempotency keys to look up
     * @param holds hosts whose holder is to be looked up
     */
    record Append(UUID log, UUID group, long known, Set<ScopedKey> keys, Holds holds) {}

    /** Hosts that a controller takes itself to hold. */
    record Holds(String controller, Set<String> hosts) {
        public static final Holds NONE = new Holds("", Set.of());
    }

    /** An idempotency key and who may see it. */
    record ScopedKey(String scope, String key) {}

    /**
     * The head, locked.
     *
     * @param revision of the last change
     * @param epoch of the leader in force
     * @param compactedTo the oldest revision from which changes can be had
     * @param missed changes after {@link Append#known}, all of them
     * @param kept what is kept under the keys asked for, as far as there is any
     * @param elsewhere of the hosts in {@link Append#holds}, those that another controller holds
     */
    record Head(
            long revision,
            long epoch,
            long compactedTo,
            List<Change> missed,
            Map<ScopedKey, KeptOutcome> kept,
            Set<String> elsewhere) {}

    /**
     * What to keep.
     *
     * @param changes numbered from the head's revision on, without a gap
     * @param at when, by the clock of the controller
     */
    record Batch(List<Entry> changes, List<Event> events, Map<ScopedKey, KeptOutcome> outcomes, Instant at) {
        public static final Batch NOTHING = new Batch(List.of(), List.of(), Map.of(), Instant.EPOCH);

        /** Whether there is nothing to keep. */
        public boolean isEmpty() {
            return changes.isEmpty() && events.isEmpty() && outcomes.isEmpty();
        }
    }

    /**
     * A change and its resource as JSON, which the log wrote so that one that cannot be written fails its own caller.
     */
    record Entry(Change change, String body) {}

    /**
     * The outcome kept under an idempotency key.
     *
     * @param changes JSON, see {@link ChangeJson}
     */
    record KeptOutcome(String requestHash, long revision, String changes) {}

    /**
     * What need not be kept: changes that are both older than {@code changesBefore} and not among the newest
     * {@code changes}; idempotency keys older than {@code keysBefore}; events and audit entries beyond the newest so many.
     */
    record Retention(long changes, Instant changesBefore, Instant keysBefore, long events, long audit) {}

    /**
     * Which events.
     *
     * @param after those with a greater id, oldest first; absent: the newest {@code limit}
     */
    record EventQuery(
            @Nullable String tenant,
            @Nullable Kind kind,
            @Nullable String name,
            @Nullable Long after,
            int limit) {}

    /**
     * Which audit entries.
     *
     * @param after those with a greater id, oldest first; absent: the newest {@code limit}
     */
    record AuditQuery(@Nullable String actor, @Nullable Long after, int limit) {}

    /**
     * A controller that runs.
     *
     * @param id of one life of it
     * @param address host:port at which other controllers reach its link
     * @param age how long ago it said so last
     */
    record Member(String id, String name, String address, Duration age) {}

    /**
     * What a controller keeps beside the log.
     *
     * @param age since it was said, by the store's own clock
     */
    record Shared(String controller, String text, Duration age) {}

    /**
     * The leader's lease.
     *
     * @param holder who has it, empty when nobody does
     * @param epoch to be carried by the holder's commits
     * @param remaining until it runs out, unless extended
     */
    record Lease(String holder, long epoch, Duration remaining) {
        public boolean heldBy(String name) {
            return holder.equals(name);
        }
    }
}
