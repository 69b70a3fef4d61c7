package io.mosaic.agent.share;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which piece of one blob to ask of whom next. The rarest piece first, so that none is long with few hosts; of the repository
 * only what the controller told this host to take, as long as that and the peers do. Pure: time, in milliseconds of any clock that does
 * not go back, and the source of chance come in. Not thread-safe.
 */
public final class Picker {

    /**
     * How much at once and how patiently.
     *
     * @param inFlight pieces asked for at once
     * @param perPeer of one peer
     * @param fromRepository of the repository
     * @param patience after which a piece that does not come is asked of another as well
     * @param forsaken without a piece from peers, or one that the controller gave: the repository is then asked for all
     */
    public record Settings(int inFlight, int perPeer, int fromRepository, Duration patience, Duration forsaken) {}

    /**
     * One piece, asked of somebody.
     *
     * @param peer the host asked; absent: the repository
     */
    public record Ask(int piece, @Nullable String peer) {
        boolean ofRepository() {
            return peer == null;
        }
    }

    /** Why a piece did not come. */
    public enum Fault {
        /** The other one has too much to do. */
        BUSY,
        /** It has not got that piece. */
        MISSING,
        /** It is not there, broke off, is too slow or refuses. */
        FAILED,
        /** It sent other bytes. */
        WRONG
    }

    private static final int PEERS_MAX = 40;
    private static final long BUSY_MILLIS = 50;
    private static final long FAILED_MILLIS = 1_000;
    private static final long FAILED_MAX_MILLIS = 30_000;

    /** For how long a host that sent wrong bytes is asked for nothing of this blob. */
    static final long BANNED_MILLIS = 300_000;

    private static final class Source {
        private final BitSet have = new BitSet();
        private int inFlight;
        private int failures;
        private long notBefore;

        private void failed(long now) {
            failures++;
            notBefore = now + Math.min(FAILED_MAX_MILLIS, FAILED_MILLIS << Math.min(failures - 1, 5));
        }
    }

    private final int count;
    private final Settings settings;
    private final Random random;
    private final BitSet got = new BitSet();
    private final Map<String, Source> peers = new LinkedHashMap<>();
    private final Source repository = new Source();
    private final Map<String, Long> banned = new HashMap<>();
    private final Set<Integer> told = new TreeSet<>();
    private final Map<Ask, Long> asked = new LinkedHashMap<>();
    private final Map<Integer, Integer> under = new TreeMap<>();
    private final Set<String> wrong = new LinkedHashSet<>();
    private boolean alone;
    private long gained;

    /** @param count of the blob's pieces */
    public Picker(int count, Settings settings, Random random, long now) {
        this.count = count;
        this.settings = settings;
        this.random = random;
        this.gained = now;
    }

    /** Whether all pieces are there. */
    public boolean complete() {
        return got.cardinality() == count;
    }

    /** The pieces that are there. */
    public BitSet got() {
        return (BitSet) got.clone();
    }

    /** Pieces that the controller told this host to take from the repository and that are not there yet. */
    public List<Integer> taking() {
        return List.copyOf(told);
    }

    /** How many more of those it would take. */
    public int wants(long now) {
        return repository.notBefore > now ? 0 : Math.max(0, 2 * settings.fromRepository - told.size());
    }

    /** Hosts that sent wrong bytes; each is told once. */
    public List<String> wrong() {
        List<String> all = List.copyOf(wrong);
        wrong.clear();
        return all;
    }

    /** Whether no controller answers, so that nobody says who has what: the repository is asked for all. */
    public void alone(boolean now) {
        alone = now;
    }

    /** The controller told of these peers; those that it does not name any more are forgotten when there are many. */
    public void told(Map<String, BitSet> found, Collection<Integer> take, long now) {
        banned.values().removeIf(until -> until <= now);
        found.forEach((host, have) -> {
            if (!banned.containsKey(host)) {
                source(host).have.or(have);
            }
        });
        List<String> others =
                peers.keySet().stream().filter(host -> !found.containsKey(host)).toList();
        for (String host : others) {
            Source source = peers.get(host);
            if (peers.size() > PEERS_MAX && source != null && source.inFlight == 0) {
                peers.remove(host);
            }
        }
        take.stream()
                .filter(piece -> piece >= 0 && piece < count && !got.get(piece))
                .forEach(told::add);
    }

    private Source source(String host) {
        return peers.computeIfAbsent(host, any -> new Source());
    }

    /** A peer said itself what it has. */
    public void has(String host, BitSet have) {
        Source source = peers.get(host);
        if (source != null) {
            source.have.or(have);
        }
    }

    /** What to ask for now; each counts as asked. */
    public List<Ask> next(long now) {
        List<Ask> asks = new ArrayList<>();
        int[] rarity = rarity();
        while (asked.size() < settings.inFlight) {
            Ask ask = ofRepositoryAsTold(now);
            ask = ask == null ? rarest(rarity, now) : ask;
            ask = ask == null ? overdue(now) : ask;
            ask = ask == null ? forsaken(now) : ask;
            if (ask == null) {
                break;
            }
            asked.put(ask, now);
            under.merge(ask.piece, 1, Integer::sum);
            asking(ask, 1);
            asks.add(ask);
        }
        return asks;
    }

    private void asking(Ask ask, int more) {
        if (ask.peer == null) {
            repository.inFlight += more;
        } else {
            source(ask.peer).inFlight += more;
        }
    }

    private boolean repositoryFree(long now) {
        return repository.inFlight < settings.fromRepository && repository.notBefore <= now;
    }

    private @Nullable Ask ofRepositoryAsTold(long now) {
        if (repositoryFree(now)) {
            for (int piece : told) {
                if (!under.containsKey(piece)) {
                    return new Ask(piece, null);
                }
            }
        }
        return null;
    }

    private int[] rarity() {
        int[] rarity = new int[count];
        peers.values().forEach(source -> source.have.stream().forEach(piece -> rarity[piece]++));
        return rarity;
    }

    /** A piece of which the fewest peers are known to have it, from the one of them that is asked for least. */
    private @Nullable Ask rarest(int[] rarity, long now) {
        BitSet can = new BitSet(count);
        peers.values().stream().filter(source -> free(source, now)).forEach(source -> can.or(source.have));
        int best = -1;
        int ties = 0;
        for (int piece = can.nextSetBit(0); piece >= 0; piece = can.nextSetBit(piece + 1)) {
            if (got.get(piece) || under.containsKey(piece)) {
                continue;
            }
            if (best < 0 || rarity[piece] < rarity[best]) {
                best = piece;
                ties = 1;
            } else if (rarity[piece] == rarity[best] && random.nextInt(++ties) == 0) {
                best = piece;
            }
        }
        return best < 0 ? null : ofPeer(best, now);
    }

    private boolean free(Source source, long now) {
        return source.inFlight < settings.perPeer && source.notBefore <= now;
    }

    private @Nullable Ask ofPeer(int piece, long now) {
        String best = null;
        int least = Integer.MAX_VALUE;
        int ties = 0;
        for (Map.Entry<String, Source> entry : peers.entrySet()) {
            Source source = entry.getValue();
            if (!source.have.get(piece) || !free(source, now) || asked.containsKey(new Ask(piece, entry.getKey()))) {
                continue;
            }
            if (source.inFlight < least) {
                best = entry.getKey();
                least = source.inFlight;
                ties = 1;
            } else if (source.inFlight == least && random.nextInt(++ties) == 0) {
                best = entry.getKey();
            }
        }
        return best == null ? null : new Ask(piece, best);
    }

    /** A piece that was asked for long ago and of one only; of another peer, and of the repository when no peer has it. */
    private @Nullable Ask overdue(long now) {
        for (Map.Entry<Ask, Long> entry : asked.entrySet()) {
            Ask old = entry.getKey();
            if (now - entry.getValue() < settings.patience.toMillis() || under.getOrDefault(old.piece, 0) > 1) {
                continue;
            }
            Ask again = ofPeer(old.piece, now);
            if (again != null) {
                return again;
            }
            if (!old.ofRepository() && repositoryFree(now)) {
                return new Ask(old.piece, null);
            }
        }
        return null;
    }

    /** Nothing came of peers and controller for long: any piece, of the repository. */
    private @Nullable Ask forsaken(long now) {
        if (!(alone || now - gained >= settings.forsaken.toMillis()) || !repositoryFree(now)) {
            return null;
        }
        BitSet lacking = new BitSet(count);
        lacking.set(0, count);
        lacking.andNot(got);
        under.keySet().forEach(lacking::clear);
        if (lacking.isEmpty()) {
            return null;
        }
        // Anywhere, so that several that are as lost do not all take the same.
        int piece = lacking.nextSetBit(random.nextInt(count));
        return new Ask(piece < 0 ? lacking.nextSetBit(0) : piece, null);
    }

    /**
     * A piece came, was right, and is kept.
     *
     * @return others that are asked for the same piece: of no use any more
     */
    public List<Ask> got(Ask ask, long now) {
        over(ask);
        boolean wanted = ask.peer != null || told.contains(ask.piece);
        gained = wanted ? now : gained;
        told.remove(ask.piece);
        got.set(ask.piece);
        Source source = ask.peer == null ? repository : peers.get(ask.peer);
        if (source != null) {
            source.failures = 0;
        }
        return asked.keySet().stream().filter(other -> other.piece == ask.piece).toList();
    }

    /** A piece did not come. */
    public void failed(Ask ask, Fault fault, long now) {
        if (!over(ask)) {
            return;
        }
        Source source = ask.peer == null ? repository : source(ask.peer);
        switch (fault) {
            case BUSY -> source.notBefore = now + BUSY_MILLIS + random.nextLong(BUSY_MILLIS);
            case MISSING -> source.have.clear(ask.piece);
            case FAILED -> source.failed(now);
            case WRONG -> wrong(ask, now);
        }
    }

    private void wrong(Ask ask, long now) {
        if (ask.peer == null) {
            repository.failed(now);
            return;
        }
        banned.put(ask.peer, now + BANNED_MILLIS);
        wrong.add(ask.peer);
        peers.remove(ask.peer);
    }

    /** An ask came to its end without blame: its piece came from another. */
    public void ended(Ask ask) {
        over(ask);
    }

    private boolean over(Ask ask) {
        if (asked.remove(ask) == null) {
            return false;
        }
        under.computeIfPresent(ask.piece, (piece, many) -> many > 1 ? many - 1 : null);
        Source source = ask.peer == null ? repository : peers.get(ask.peer);
        if (source != null) {
            source.inFlight--;
        }
        return true;
    }

    /** Asks under way. */
    public int inFlight() {
        return asked.size();
    }
}
