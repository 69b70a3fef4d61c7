package io.mosaic.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.share.Picker;
import io.mosaic.agent.share.Picker.Ask;
import io.mosaic.agent.share.Picker.Fault;
import io.mosaic.agent.share.ShareSettings;
import io.mosaic.controller.share.Tracker;
import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The real pickers of many hosts and the real tracker on virtual time, with uplinks of 20 MB/s: how well they spread a blob does not depend
 * on how fast this machine is.
 */
class SharingSimulationTest {

    private static final int PIECES = 96;
    private static final long PIECE_BYTES = 1 << 20;
    private static final long CHUNK_BYTES = 64 << 10;
    private static final double BYTES_PER_MILLI = 20_000;
    private static final double LATENCY = 2;
    private static final double TURN = 500;

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<String, Host> hosts = new HashMap<>();
    private double now;
    private long order;

    private record Event(double at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Double.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private void in(double millis, Runnable action) {
        events.add(new Event(now + millis, order++, action));
    }

    /** One piece on its way. */
    private static final class Transfer {
        private final Host to;
        private final Ask ask;
        private long left = PIECE_BYTES;
        private boolean begun;

        Transfer(Host to, Ask ask) {
            this.to = to;
            this.ask = ask;
        }
    }

    /** Sends chunks of what it sends at once in turn. */
    private final class Uplink {
        private final int slots;
        private final Deque<Transfer> active = new ArrayDeque<>();
        private final Deque<Transfer> waiting = new ArrayDeque<>();
        private boolean sending;
        private long sent;

        Uplink(int slots) {
            this.slots = slots;
        }

        void add(Transfer transfer) {
            waiting.add(transfer);
            in(TURN, () -> {
                if (!transfer.begun && waiting.remove(transfer)) {
                    transfer.to.failed(transfer.ask, Fault.BUSY);
                }
            });
            send();
        }

        private void send() {
            while (active.size() < slots && !waiting.isEmpty()) {
                Transfer next = waiting.poll();
                next.begun = true;
                active.add(next);
            }
            if (!sending && !active.isEmpty()) {
                sending = true;
                Transfer transfer = active.poll();
                in(CHUNK_BYTES / BYTES_PER_MILLI, () -> {
                    sending = false;
                    sent += CHUNK_BYTES;
                    transfer.left -= CHUNK_BYTES;
                    if (transfer.to.gaveUp(transfer.ask)) {
                        send();
                        return;
                    }
                    if (transfer.left > 0) {
                        active.add(transfer);
                    } else {
                        in(LATENCY, () -> transfer.to.got(transfer.ask));
                    }
                    send();
                });
            }
        }
    }

    private final class Host {
        private final String name;
        private final Picker picker;
        private final Uplink uplink = new Uplink(ShareSettings.UPLOADS);
        private final Tracker tracker;
        private final Uplink repository;
        private boolean alive = true;
        private boolean reporting;
        private boolean news;
        private double reportAt;
        private double reported = -1000;
        private double doneAt = -1;
        private final List<Ask> under = new ArrayList<>();

        Host(String name, Tracker tracker, Uplink repository, long seed) {
            this.name = name;
            this.tracker = tracker;
            this.repository = repository;
            this.picker = new Picker(PIECES, ShareSettings.PICKER, new Random(seed), 0);
        }

        boolean gaveUp(Ask ask) {
            return !alive || !under.contains(ask);
        }

        void tick() {
            if (alive && doneAt < 0) {
                act();
                in(100, this::tick);
            }
        }

        private void act() {
            if (!alive || doneAt >= 0) {
                return;
            }
            for (Ask ask : picker.next((long) now)) {
                under.add(ask);
                in(LATENCY, () -> ask(ask));
            }
            if (!reporting && (now >= reportAt || (news && now - reported >= 20))) {
                report();
            }
        }

        private void ask(Ask ask) {
            if (ask.peer() == null) {
                repository.add(new Transfer(this, ask));
                return;
            }
            Host peer = hosts.get(ask.peer());
            if (!peer.alive) {
                failed(ask, Fault.FAILED);
            } else if (!peer.picker.got().get(ask.piece())) {
                failed(ask, Fault.MISSING);
            } else {
                peer.uplink.add(new Transfer(this, ask));
            }
        }

        void failed(Ask ask, Fault fault) {
            if (under.remove(ask)) {
                picker.failed(ask, fault, (long) now);
                act();
            }
        }

        void got(Ask ask) {
            if (!alive || !under.remove(ask)) {
                return;
            }
            news |= ask.peer() == null;
            for (Ask other : picker.got(ask, (long) now)) {
                picker.ended(other);
                under.remove(other);
            }
            if (ask.peer() != null) {
                picker.has(ask.peer(), hosts.get(ask.peer()).picker.got());
            }
            if (picker.complete()) {
                doneAt = now;
                report();
            } else {
                act();
            }
        }

        private void report() {
            reporting = true;
            reported = now;
            news = false;
            BitSet have = picker.got();
            ShareReport report = new ShareReport(
                    "", name + ":1", PieceSet.text(have), picker.taking(), picker.wants((long) now), List.of());
            in(LATENCY, () -> {
                ShareAnswer answer = tracker.report(name, "d", PIECES, have, report, (long) now);
                in(LATENCY, () -> told(answer));
            });
        }

        private void told(ShareAnswer answer) {
            reporting = false;
            reportAt = now + answer.nextMillis();
            Map<String, BitSet> found = new HashMap<>();
            answer.peers().forEach(peer -> found.put(peer.host(), PieceSet.parse(peer.have(), PIECES)));
            picker.told(found, answer.take(), (long) now);
            act();
        }
    }

    /** What came of it: until when the last host had all, seconds, and how often the blob left the repository. */
    private record Outcome(double seconds, double copies) {}

    private Outcome spread(int many, int dying, long seed) {
        Tracker tracker = Tracker.ofUsualSize(new Random(seed));
        Uplink repository = new Uplink(Integer.MAX_VALUE);
        Random random = new Random(seed);
        for (int i = 0; i < many; i++) {
            Host host = new Host("h" + i, tracker, repository, seed * 1000 + i);
            hosts.put(host.name, host);
            in(random.nextInt(200), host::tick);
        }
        for (int i = 0; i < dying; i++) {
            Host host = hosts.get("h" + i);
            in(1_000 + random.nextInt(3_000), () -> host.alive = host.doneAt >= 0);
        }
        while (!events.isEmpty() && now < 600_000) {
            Event next = events.poll();
            now = next.at();
            next.action().run();
        }
        double last = 0;
        for (Host host : hosts.values()) {
            if (host.alive) {
                assertThat(host.doneAt)
                        .as("host %s of seed %s", host.name, seed)
                        .isPositive();
                last = Math.max(last, host.doneAt);
            }
        }
        return new Outcome(last / 1000, repository.sent / (double) (PIECES * PIECE_BYTES));
    }

    @Test
    void eightHostsTakeLittleLongerThanTheRepositoryForOneCopy() {
        for (long seed = 1; seed <= 5; seed++) {
            Outcome outcome = new SharingSimulationTest().spread(8, 0, seed);
            // One copy takes 5 s, eight take 40.
            assertThat(outcome.copies()).isLessThan(1.2);
            assertThat(outcome.seconds()).isLessThan(8);
        }
    }

    @Test
    void manyHostsTakeLittleLonger() {
        for (int many : new int[] {1, 2, 24, 100}) {
            Outcome outcome = new SharingSimulationTest().spread(many, 0, 1);
            assertThat(outcome.copies()).isLessThan(1.3);
            assertThat(outcome.seconds()).isLessThan(12);
        }
    }

    @Test
    void theRestGetAllWhenAThirdVanishes() {
        for (long seed = 1; seed <= 5; seed++) {
            Outcome outcome = new SharingSimulationTest().spread(24, 8, seed);
            assertThat(outcome.copies()).isLessThan(2);
        }
    }
}
