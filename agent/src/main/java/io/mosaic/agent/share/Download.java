package io.mosaic.agent.share;

import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches one blob. One thread decides, by the {@link Picker}, and hears of all that happens through one queue; each piece, and each report
 * to the controller, has a virtual thread of its own. Used once.
 */
final class Download {

    private static final Logger LOG = LoggerFactory.getLogger(Download.class);

    /** Between two looks at what is under way. */
    private static final long TICK_MILLIS = 100;

    /** Reports about pieces from the repository come no closer together. */
    private static final long REPORT_MIN_MILLIS = 20;

    private static final long REPORT_AGAIN_MILLIS = 1_000;

    /** A source that sends nothing for so long is given up. */
    private static final Duration STALLED = Duration.ofSeconds(3);

    /** In which a piece must be there, however busily it comes. */
    private static final Duration PIECE = Duration.ofSeconds(60);

    /** Without any piece the fetch fails; whoever wants the blob says why and tries again. */
    private static final Duration GIVEN_UP = Duration.ofSeconds(90);

    /** A ticket is renewed when it is good for less. */
    private static final Duration RENEW = Duration.ofSeconds(90);

    /** Memory for pieces that are not checked yet. */
    private static final int BUFFERED_BYTES = 16 << 20;

    private sealed interface Happened {
        record Got(Picker.Ask ask, @Nullable BitSet have) implements Happened {}

        record Failed(
                Picker.Ask ask,
                Picker.Fault fault,
                @Nullable BitSet have) implements Happened {}

        /** A right piece came, and this host's own disk did not take it. */
        record Unkept(Picker.Ask ask, IOException why) implements Happened {}

        record Told(ShareAnswer answer) implements Happened {}

        record Untold(String why) implements Happened {}
    }

    /** A piece under way. */
    private record Running(Thread thread, PieceBuffer buffer) {}

    private final SharedBlob blob;
    private final Origin origin;
    private final TrackerLink tracker;
    private final PeerClient peers;
    private final String address;
    private final LongConsumer progress;
    private final Picker picker;
    private final BlockingQueue<Happened> happened = new LinkedBlockingQueue<>();
    private final Map<Picker.Ask, Running> running = new HashMap<>();
    private final Map<String, String> addresses = new HashMap<>();

    /** Of pieces that came whole, to be used again: nobody writes into them any more. */
    private final Deque<byte[]> spare = new ArrayDeque<>();

    private long reportAt = now();
    private long reported = Long.MIN_VALUE / 2;
    private boolean reporting;
    private boolean news;
    private long lastPiece = now();
    private long bytes;
    private int ofRepository;
    private int ofPeers;
    private String lastFault = "nothing was asked for yet";

    /**
     * A fetch that has not begun.
     *
     * @param address {@code host:port} at which this host serves
     * @param progress hears how many bytes are there
     */
    Download(
            SharedBlob blob,
            Origin origin,
            TrackerLink tracker,
            PeerClient peers,
            String address,
            Picker.Settings settings,
            Random random,
            LongConsumer progress) {
        this.blob = blob;
        this.origin = origin;
        this.tracker = tracker;
        this.peers = peers;
        this.address = address;
        this.progress = progress;
        int buffers = Math.max(2, BUFFERED_BYTES / blob.list().pieceBytes());
        Picker.Settings bounded = new Picker.Settings(
                Math.min(buffers, settings.inFlight()),
                settings.perPeer(),
                Math.min(buffers, settings.fromRepository()),
                settings.patience(),
                settings.forsaken());
        this.picker = new Picker(blob.list().count(), bounded, random, now());
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /**
     * Fetches all pieces.
     *
     * @throws IOException when nothing comes for long, or what comes cannot be kept
     */
    void run() throws IOException, InterruptedException {
        long began = now();
        try {
            while (!picker.complete()) {
                picker.next(now()).forEach(this::ask);
                reportIfDue();
                Happened next = happened.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
                while (next != null) {
                    heard(next);
                    next = happened.poll();
                }
                endTheSlow();
                if (now() - lastPiece > GIVEN_UP.toMillis()) {
                    throw new IOException("no piece came for " + GIVEN_UP.toSeconds() + " s: " + lastFault);
                }
            }
        } finally {
            running.values().forEach(each -> each.thread().interrupt());
        }
        LOG.info(
                "blob {}: {} pieces of peers, {} of the repository, {} ms",
                blob.list().digest(),
                ofPeers,
                ofRepository,
                now() - began);
    }

    private void ask(Picker.Ask ask) {
        byte[] bytes = spare.isEmpty() ? new byte[blob.list().pieceBytes()] : spare.pop();
        PieceBuffer buffer = new PieceBuffer(bytes, blob.list().length(ask.piece()));
        String at = ask.peer() == null ? null : addresses.get(ask.peer());
        Thread thread =
                Thread.ofVirtual().name("piece-" + ask.piece()).unstarted(() -> happened.add(fetch(ask, at, buffer)));
        running.put(ask, new Running(thread, buffer));
        thread.start();
    }

    private Happened fetch(Picker.Ask ask, @Nullable String at, PieceBuffer buffer) {
        try {
            BitSet have = null;
            if (ask.peer() == null) {
                origin.read(blob.list().digest(), blob.list().offset(ask.piece()), buffer);
            } else if (at != null) {
                PeerClient.Answer answer = peers.get(
                        ask.peer(),
                        at,
                        blob.list().digest(),
                        blob.list().count(),
                        ask.piece(),
                        blob.right().ticket(),
                        buffer);
                have = answer.have();
                if (answer.fault() != null) {
                    return new Happened.Failed(ask, answer.fault(), have);
                }
            }
            return kept(ask, buffer, have);
        } catch (PieceBuffer.OverlongException e) {
            return new Happened.Failed(ask, Picker.Fault.WRONG, null);
        } catch (IOException e) {
            boolean overlong = e.getCause() instanceof PieceBuffer.OverlongException;
            LOG.debug("piece {} of {}", ask.piece(), ask.peer(), e);
            return new Happened.Failed(ask, overlong ? Picker.Fault.WRONG : Picker.Fault.FAILED, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Happened.Failed(ask, Picker.Fault.FAILED, null);
        } catch (RuntimeException e) {
            LOG.error("piece {} of {}: a fault of the agent", ask.piece(), ask.peer(), e);
            return new Happened.Failed(ask, Picker.Fault.FAILED, null);
        }
    }

    /** A disk that is full is nobody else's fault, and does not get better by asking others. */
    private Happened kept(Picker.Ask ask, PieceBuffer buffer, @Nullable BitSet have) {
        try {
            return blob.put(ask.piece(), buffer.bytes(), buffer.length())
                    ? new Happened.Got(ask, have)
                    : new Happened.Failed(ask, Picker.Fault.WRONG, have);
        } catch (IOException e) {
            return new Happened.Unkept(ask, e);
        }
    }

    private void heard(Happened event) throws IOException {
        switch (event) {
            case Happened.Got(Picker.Ask ask, BitSet have) -> got(ask, have);
            case Happened.Failed(Picker.Ask ask, Picker.Fault fault, BitSet have) -> failed(ask, fault, have);
            case Happened.Unkept(Picker.Ask ask, IOException why) -> {
                // One that was given up may have found the file closed: its piece is another's now.
                if (running.containsKey(ask)) {
                    throw why;
                }
            }
            case Happened.Told(ShareAnswer answer) -> told(answer);
            case Happened.Untold(String why) -> {
                LOG.debug("no controller tells of peers: {}", why);
                reporting = false;
                picker.alone(true);
                reportAt = now() + REPORT_AGAIN_MILLIS;
            }
        }
    }

    private void got(Picker.Ask ask, @Nullable BitSet have) {
        // Also one that was given up a moment ago: its piece is there.
        Running ended = running.remove(ask);
        if (ended != null) {
            spare.push(ended.buffer().bytes());
        }
        if (!picker.got().get(ask.piece())) {
            bytes += blob.list().length(ask.piece());
            progress.accept(bytes);
            lastPiece = now();
            ofRepository += ask.peer() == null ? 1 : 0;
            ofPeers += ask.peer() == null ? 0 : 1;
            news |= ask.peer() == null;
        }
        for (Picker.Ask other : picker.got(ask, now())) {
            picker.ended(other);
            Running loser = running.remove(other);
            if (loser != null) {
                loser.thread().interrupt();
            }
        }
        if (ask.peer() != null && have != null) {
            picker.has(ask.peer(), have);
        }
    }

    private void failed(Picker.Ask ask, Picker.Fault fault, @Nullable BitSet have) {
        if (running.remove(ask) == null) {
            return;
        }
        if (ask.peer() != null && have != null) {
            picker.has(ask.peer(), have);
        }
        lastFault = (ask.peer() == null ? "the repository" : "host " + ask.peer()) + ": " + fault;
        if (fault == Picker.Fault.WRONG) {
            LOG.warn(
                    "wrong bytes for piece {} of blob {} from {}",
                    ask.piece(),
                    blob.list().digest(),
                    lastFault);
            reportAt = now();
        }
        picker.failed(ask, fault, now());
    }

    private void told(ShareAnswer answer) {
        reporting = false;
        picker.alone(false);
        reportAt = now() + Math.max(REPORT_MIN_MILLIS, answer.nextMillis());
        Map<String, BitSet> found = new HashMap<>();
        for (ShareAnswer.Peer peer : answer.peers()) {
            try {
                found.put(peer.host(), PieceSet.parse(peer.have(), blob.list().count()));
                addresses.put(peer.host(), peer.address());
            } catch (ProblemException e) {
                LOG.warn("the controller tells of host {} what cannot be: {}", peer.host(), e.getMessage());
            }
        }
        picker.told(found, answer.take(), now());
    }

    private void endTheSlow() {
        long now = System.nanoTime();
        List<Picker.Ask> slow = running.entrySet().stream()
                .filter(each -> slow(each.getValue().buffer(), now))
                .map(Map.Entry::getKey)
                .toList();
        for (Picker.Ask ask : slow) {
            Running ended = running.get(ask);
            failed(ask, Picker.Fault.FAILED, null);
            if (ended != null) {
                ended.thread().interrupt();
            }
        }
    }

    private static boolean slow(PieceBuffer buffer, long now) {
        return !buffer.waiting()
                && (now - buffer.quietSince() > STALLED.toNanos() || now - buffer.begun() > PIECE.toNanos());
    }

    private void reportIfDue() {
        long now = now();
        boolean due = now >= reportAt || (news && now - reported >= REPORT_MIN_MILLIS);
        if (reporting || !due) {
            return;
        }
        reporting = true;
        reported = now;
        news = false;
        List<Integer> taking = picker.taking();
        List<Integer> told = taking.subList(0, Math.min(taking.size(), ShareReport.ENTRIES_MAX));
        List<String> wrong = picker.wrong();
        int wants = picker.wants(now);
        String have = PieceSet.text(picker.got());
        Thread.ofVirtual().name("share-report").start(() -> happened.add(report(have, told, wants, wrong)));
    }

    private Happened report(String have, List<Integer> taking, int wants, List<String> wrong) {
        try {
            if (!blob.right().goodFor(RENEW)) {
                TicketGiven renewed = origin.ticket(blob.list().digest());
                if (renewed != null) {
                    blob.right(SharedBlob.Right.of(renewed));
                }
            }
            return new Happened.Told(
                    tracker.report(new ShareReport(blob.right().ticket(), address, have, taking, wants, wrong)));
        } catch (IOException e) {
            return new Happened.Untold(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Happened.Untold("interrupted");
        } catch (RuntimeException e) {
            LOG.error(
                    "a report about blob {}: a fault of the agent", blob.list().digest(), e);
            return new Happened.Untold(String.valueOf(e.getMessage()));
        }
    }
}
