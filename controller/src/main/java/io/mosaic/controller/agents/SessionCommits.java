package io.mosaic.controller.agents;

import io.grpc.Status;
import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what agents say into commits: one thread takes all that waits, in order, and commits it together. The queue is
 * bounded by flow control: an agent may have a few messages in it, and is allowed the next when one is committed. While
 * the database is away the batch is kept and tried again; agents wait.
 *
 * <p>Thread-safe.
 */
final class SessionCommits implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionCommits.class);

    private static final int BATCH_MAX = 512;
    /** Some messages of each of 5,000 hosts. */
    private static final int WAITING_MAX = 20_000;

    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration LAST = Duration.ofSeconds(2);
    private static final Duration LAST_LOOK = Duration.ofMillis(5);

    private final ClusterLog log;
    private final SessionRegistry sessions;
    private final Heartbeats heartbeats;
    private final InstantSource clock;
    private final ControllerMessage.Welcome welcome;
    private final BlockingQueue<Said> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    /** Whether something that was taken from the queue is not committed yet. */
    private volatile boolean working;

    private final LongAdder impossibleTransitions = new LongAdder();
    private final LongAdder passedOver = new LongAdder();
    private final Pause pause;
    /** What {@link #step} took and could not commit yet. */
    private final List<Said> held = new ArrayList<>();

    /** Lets time pass while the database is away. */
    @FunctionalInterface
    interface Pause {
        void pause(Duration duration) throws InterruptedException;
    }

    /** One message of one session; equal to itself only, however alike two are. */
    static final class Said {
        private final HostSession session;
        private final AgentMessage message;

        Said(HostSession session, AgentMessage message) {
            this.session = session;
            this.message = message;
        }

        HostSession session() {
            return session;
        }

        AgentMessage message() {
            return message;
        }
    }

    SessionCommits(
            ClusterLog log,
            SessionRegistry sessions,
            Heartbeats heartbeats,
            InstantSource clock,
            ControllerMessage.Welcome welcome,
            Pause pause) {
        this.log = log;
        this.sessions = sessions;
        this.heartbeats = heartbeats;
        this.clock = clock;
        this.welcome = welcome;
        this.pause = pause;
        this.thread = Thread.ofVirtual().name("session-commits").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Commits what waits, on the caller's thread and in place of our own; what the pause throws ends it for now. */
    void step() throws InterruptedException {
        if (held.isEmpty()) {
            queue.drainTo(held, BATCH_MAX);
        }
        if (!held.isEmpty()) {
            commit(held);
            held.clear();
        }
    }

    /** Takes a message in; when far too many wait, as through a long outage, the session ends and its agent comes again. */
    void add(Said said) {
        if (queue.size() >= WAITING_MAX) {
            said.session().end(Status.UNAVAILABLE.withDescription("too much waits for the database; come again"));
            return;
        }
        queue.add(said);
    }

    /** States that agents reported and the transition table forbids, since the start. */
    long impossibleTransitions() {
        return impossibleTransitions.sum();
    }

    /** Counts a message that only a newer version knows; says whether there was one before. */
    boolean passedOver() {
        boolean before = passedOver.sum() > 0;
        passedOver.increment();
        return before;
    }

    /** Messages that only a newer version knows, since the start. */
    long passedOverMessages() {
        return passedOver.sum();
    }

    private void run() {
        List<Said> batch = new ArrayList<>();
        try {
            while (!Thread.currentThread().isInterrupted()) {
                batch.clear();
                working = false;
                batch.add(queue.take());
                working = true;
                queue.drainTo(batch, BATCH_MAX - 1);
                try {
                    commit(batch);
                } catch (RuntimeException e) {
                    // Without this thread no report of any host would be taken any more.
                    LOG.error("reports failed unexpectedly and are dropped", e);
                    drop(batch);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("commits of sessions end");
        }
    }

    private void commit(List<Said> batch) throws InterruptedException {
        takeIn(batch);
        while (true) {
            // An older session's late words must not undo what a newer one said, at another controller too: by the time
            // that
            // the database answers again the session may be over.
            List<Said> current = batch.stream().flatMap(this::counts).toList();
            AgentDecision decision = new AgentDecision(current, heartbeats.holder(), clock.instant());
            try {
                if (!current.isEmpty()) {
                    log.commit(decision);
                }
                sessions.lost(decision.elsewhere());
                finish(batch, decision);
                return;
            } catch (ProblemException e) {
                if (!e.is(Problem.Kind.UNAVAILABLE)) {
                    LOG.error("reports could not be committed and are dropped: {}", e.getMessage());
                    drop(batch);
                    return;
                }
                LOG.warn("reports wait for the database: {}", e.getMessage());
                pause.pause(RETRY);
            }
        }
    }

    /** All of what a session says; of one that is over only what happened, which nobody tells again. */
    private Stream<Said> counts(Said said) {
        if (sessions.current(said.session())) {
            return Stream.of(said);
        }
        return said.message() instanceof AgentMessage.Reports reports
                        && !reports.events().isEmpty()
                ? Stream.of(new Said(said.session(), new AgentMessage.Reports(List.of(), reports.events())))
                : Stream.empty();
    }

    /** Ends the sessions: their next hello tells all anew. */
    private static void drop(List<Said> batch) {
        batch.forEach(
                said -> said.session().end(Status.INTERNAL.withDescription("what was said could not be committed")));
    }

    /**
     * Takes the sessions in whose hello is among these, unless their agent was replaced. Their leases are written before
     * they are READY again, or the leader would find their old silence.
     */
    private void takeIn(List<Said> batch) throws InterruptedException {
        Map<String, Claimant> agents = new LinkedHashMap<>();
        for (Said said : batch) {
            // A hello that waited through an outage may be of a session long over; its agent is elsewhere by now.
            if (said.message() instanceof AgentMessage.Hello hello
                    && !said.session().ended()) {
                agents.put(said.session().host(), agent(hello));
            }
        }
        if (agents.isEmpty()) {
            return;
        }
        Set<String> refused = claim(agents);
        for (Said said : batch) {
            String host = said.session().host();
            if (!(said.message() instanceof AgentMessage.Hello hello) || !agents.containsKey(host)) {
                continue;
            }
            // Of two agents that said hello in one batch the later one was asked for; the other comes again.
            if (refused.contains(host) || !agent(hello).equals(agents.get(host))) {
                LOG.warn("host {}: a hello was turned away, another one with its identity came later", host);
                said.session()
                        .end(Status.ALREADY_EXISTS.withDescription("another agent with the identity of host " + host
                                + " came later and holds its session; this one is to stay off"));
            } else {
                sessions.add(said.session());
            }
        }
    }

    private Set<String> claim(Map<String, Claimant> agents) throws InterruptedException {
        while (true) {
            try {
                return heartbeats.claim(agents);
            } catch (ProblemException e) {
                if (!e.is(Problem.Kind.UNAVAILABLE)) {
                    throw e;
                }
                LOG.warn("{} hosts that say hello wait for the database: {}", agents.size(), e.getMessage());
                pause.pause(RETRY);
            }
        }
    }

    private static Claimant agent(AgentMessage.Hello hello) {
        String agent = hello.agent();
        return new Claimant(agent == null ? "" : agent, hello.session());
    }

    private void finish(List<Said> batch, AgentDecision decision) {
        if (decision.impossibleTransitions() > 0) {
            impossibleTransitions.add(decision.impossibleTransitions());
            LOG.warn("{} impossible transitions were reported and not taken", decision.impossibleTransitions());
        }
        for (Said said : batch) {
            ProblemException refused = decision.refused(said);
            if (refused != null) {
                LOG.warn("host {} refused: {}", said.session().host(), refused.getMessage());
                said.session().end(JoinService.status(refused));
            } else if (said.message() instanceof AgentMessage.Hello) {
                said.session().welcome(welcome);
            }
            said.session().allow(1);
        }
    }

    /** Commits what was taken already, as its agents do not say it again; but not for long. */
    @Override
    public void close() {
        try {
            long end = System.nanoTime() + LAST.toNanos();
            while ((working || !queue.isEmpty()) && System.nanoTime() < end) {
                Thread.sleep(LAST_LOOK);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }
}
