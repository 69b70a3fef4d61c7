package io.mosaic.proof.sim;

import io.mosaic.controller.agents.SteppedLinks;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.lead.LeaderTimes;
import io.mosaic.controller.lead.LeaderWork;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.SteppedLog;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.ControllerMessage;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A controller process: one life after another over the same database. */
final class SimController {
    /** Few recent changes, so that watchers and laggards also read the store. */
    private static final LogSettings SETTINGS = LogSettings.DEFAULT.withRecent(64);

    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final ControllerMessage.Welcome WELCOME = new ControllerMessage.Welcome("sim", 2000);

    private final World world;
    private final FaultyStore store;
    private final Checker checker;
    private final String name;
    private int lives;
    private @Nullable Life life;
    private long stalledUntil;

    SimController(World world, FaultyStore store, Checker checker, String name) {
        this.world = world;
        this.store = store;
        this.checker = checker;
        this.name = name;
    }

    String name() {
        return name;
    }

    @Nullable
    Life life() {
        return life;
    }

    /** Starts; while the database does not answer it tries again. */
    void start() {
        if (life != null) {
            return;
        }
        try {
            Life begun = new Life(++lives);
            life = begun;
            world.note(name, "starts at revision " + begun.log.image().revision());
            begun.tick();
            begun.beat();
        } catch (StoreException e) {
            world.after(SECOND, () -> true, this::start);
        }
    }

    void crash() {
        Life ended = life;
        if (ended != null) {
            life = null;
            world.note(name, "crashes");
            ended.end();
            world.within(200, 6000, () -> true, this::start);
        }
    }

    /** Nothing of it runs for that long; it does not notice. */
    void stall(Duration time) {
        world.note(name, "stalls for " + time.toMillis() + " ms");
        stalledUntil = world.nanos() + time.toNanos();
    }

    /** Cuts it off from the database, or connects it again. */
    void cut(boolean is) {
        Life now = life;
        if (now != null) {
            world.note(name, is ? "is cut off from the database" : "reaches the database again");
            now.connection.cut(is);
        }
    }

    /** From start to crash. */
    final class Life {
        private final FaultyStore.Connection connection = new FaultyStore.Connection(SimController.this::crash);
        private final Clock clock;
        private final SteppedLog log;
        private final SteppedLinks links;
        private final StoreLeases leases;
        private final List<Session> sessions = new ArrayList<>();
        private boolean turnDue;
        private long lastFollow;
        private @Nullable LeaderWork work;
        private ClusterLog.@Nullable Subscription watching;
        private long epoch;
        private long tryLead;
        private long heldUntil;
        private long pausedUntil;

        private Life(int number) throws StoreException {
            clock = world.clock(world.skew());
            Store connected = store.connect(connection);
            log = new SteppedLog(connected, SETTINGS, clock, revision -> soon(0, 30));
            leases = new StoreLeases(connected, name + "#" + number);
            links = new SteppedLinks(log, leases, clock, world::nanos, WELCOME);
            log.subscribe((changes, image) -> {
                checker.published(name, image);
                soon(0, 10);
            });
        }

        Clock clock() {
            return clock;
        }

        boolean alive() {
            return life == this;
        }

        ClusterLog log() {
            return log;
        }

        ClusterImage image() {
            return log.image();
        }

        SteppedLinks links() {
            return links;
        }

        void opened(Session session) {
            sessions.add(session);
        }

        void closed(Session session) {
            sessions.remove(session);
        }

        /** @param outcome told what came of it, one of the two */
        void submit(ClusterLog.Commit commit, BiConsumer<ClusterLog.@Nullable Committed, @Nullable Throwable> outcome) {
            log.submit(commit, outcome);
            soon(0, 5);
        }

        private void end() {
            log.close();
            links.close();
            List.copyOf(sessions).forEach(Session::controllerGone);
        }

        /** Something is to be done: a turn comes soon. */
        void soon(int from, int to) {
            if (!turnDue) {
                turnDue = true;
                later(world.millis(from, to), () -> {
                    turnDue = false;
                    turn();
                });
            }
        }

        private void later(Duration wait, Runnable what) {
            world.after(wait, this::alive, () -> {
                long left = stalledUntil - world.nanos();
                if (left > 0) {
                    later(Duration.ofNanos(left), what);
                } else {
                    what.run();
                }
            });
        }

        private void turn() {
            if (world.nanos() >= pausedUntil) {
                Duration pause = Duration.ZERO;
                while (log.busy() && pause.isZero()) {
                    pause = log.step();
                }
                if (pause.isZero()) {
                    talk();
                } else {
                    pausedUntil = world.nanos() + pause.toNanos();
                    later(pause, () -> soon(0, 0));
                }
            }
            for (Session session : List.copyOf(sessions)) {
                session.tell();
            }
        }

        private void talk() {
            try {
                if (!links.commit()) {
                    later(Duration.ofMillis(200), () -> soon(0, 0));
                }
                lead();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a simulation", e);
            }
        }

        private void tick() {
            later(TICK, this::tick);
            if (world.nanos() - lastFollow >= SECOND.toNanos()) {
                lastFollow = world.nanos();
                log.step();
            }
            soon(0, 20);
        }

        private void beat() {
            later(SECOND, this::beat);
            links.beat();
        }

        /** Holds the lease as {@code Leader} does, and while it does, works. */
        private void lead() throws InterruptedException {
            LeaderTimes times = LeaderTimes.STANDARD;
            LeaderWork working = work;
            if (working == null) {
                if (world.nanos() >= tryLead) {
                    tryLead = world.nanos() + times.retry().toNanos();
                    acquire(times);
                }
                return;
            }
            try {
                // Before the lease is looked after: a leader that was stalled does not know that it is none any more.
                working.attend();
            } catch (ProblemException e) {
                world.note(name, "leader's commit failed: " + e.problem().title());
                later(Duration.ofMillis(200), () -> soon(0, 0));
            }
            if (world.nanos() >= tryLead && !renewed(times)) {
                follow();
            }
        }

        private void acquire(LeaderTimes times) {
            try {
                long won = leases.acquire(times.term());
                if (won != 0) {
                    world.note(name, "leads, epoch " + won);
                    epoch = won;
                    heldUntil = world.nanos() + times.term().toNanos();
                    tryLead = world.nanos() + times.renew().toNanos();
                    LeaderWork begun = new LeaderWork(
                            new CheckedCommits(),
                            leases,
                            Scheduler.standard(),
                            clock,
                            world::nanos,
                            times,
                            Rebuild.Limits.DEFAULT,
                            won);
                    watching = begun.watch();
                    work = begun;
                }
            } catch (ProblemException e) {
                world.note(name, "cannot ask for the lease");
            }
        }

        private boolean renewed(LeaderTimes times) {
            tryLead = world.nanos() + times.renew().toNanos();
            try {
                boolean held = leases.renew(epoch, times.term());
                heldUntil = world.nanos() + times.term().toNanos();
                return held;
            } catch (ProblemException e) {
                return world.nanos() < heldUntil;
            }
        }

        private void follow() {
            world.note(name, "leads no more");
            work = null;
            epoch = 0;
            if (watching != null) {
                watching.close();
                watching = null;
            }
        }

        /** The log as the leader sees it: each of its commits is one under the epoch in force. */
        private final class CheckedCommits implements ClusterLog {
            @Override
            public ClusterImage image() {
                return log.image();
            }

            @Override
            public ClusterImage imageAtLeast(long revision, Duration timeout) {
                return log.imageAtLeast(revision, timeout);
            }

            @Override
            public Committed commit(Commit commit) throws InterruptedException {
                Committed committed = log.commit(commit);
                checker.ledUnder(name, commit.epoch(), store.epoch());
                return committed;
            }

            @Override
            public Subscription subscribe(Listener listener) {
                return log.subscribe(listener);
            }

            @Override
            public long compactedTo() {
                return log.compactedTo();
            }

            @Override
            public List<io.mosaic.controller.cluster.Change> changesAfter(long revision, int limit) {
                return log.changesAfter(revision, limit);
            }

            @Override
            public void close() {
                log.close();
            }
        }
    }
}
