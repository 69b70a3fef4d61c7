package io.mosaic.controller.share;

import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The hosts that have something of one blob or fetch it. Not thread-safe. */
final class Circle {

    /** Peers told of at once: with a few of them busy or gone, enough are left to be fast. */
    static final int PEERS_MAX = 20;

    /** Hosts that must say of another that it sent wrong bytes before the others hear of it no more: one alone may lie. */
    static final int ACCUSERS = 2;

    /** For how long that counts. */
    static final long ACCUSED_MILLIS = 300_000;

    private static final int ACCUSED_MAX = 1000;

    /** After which somebody else is told to take the piece. */
    static final long LEASE_MILLIS = 30_000;

    /** Pieces under way from the repository at first. */
    private static final int UNDER_WAY = 8;

    private static final int UNDER_WAY_MIN = 4;
    private static final int UNDER_WAY_MAX = 256;

    /** A piece that comes so fast says that the repository could send more at once. */
    private static final long FAST_MILLIS = 300;

    /** One that comes so slowly, that too many share its uplink: each is then long in coming to those who wait for it. */
    private static final long SLOW_MILLIS = 1_000;

    private static final class Member {
        private @Nullable String address;
        private BitSet have = new BitSet();
        private long heard;
    }

    /** A piece that a host was told to take. */
    private record Lease(String host, long since) {}

    private final int count;
    private final Map<String, Member> members = new HashMap<>();
    private final TreeMap<Integer, Lease> leases = new TreeMap<>();
    private final Map<String, Map<String, Long>> accused = new HashMap<>();

    /** How many members serve each piece. */
    private final int[] served;

    private int underWay = UNDER_WAY;

    /** @param count of the blob's pieces */
    Circle(int count) {
        this.count = count;
        this.served = new int[count];
    }

    int count() {
        return count;
    }

    boolean has(String host) {
        return members.containsKey(host);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** A host said what it has. */
    void heard(String host, @Nullable String address, BitSet have, long now) {
        Member member = members.computeIfAbsent(host, any -> new Member());
        counted(member, -1);
        member.address = address;
        member.have = (BitSet) have.clone();
        member.heard = now;
        counted(member, 1);
    }

    private void counted(Member member, int more) {
        if (member.address != null) {
            member.have.stream().forEach(piece -> served[piece] += more);
        }
    }

    /** One host says that another sent it wrong bytes; true when that is news. */
    boolean accuse(String by, String host, long now) {
        if (!members.containsKey(host) || by.equals(host)) {
            return false;
        }
        if (accused.size() >= ACCUSED_MAX && !accused.containsKey(host)) {
            return false;
        }
        Map<String, Long> accusers = accused.computeIfAbsent(host, any -> new HashMap<>());
        return accusers.size() < ACCUSERS && accusers.put(by, now) == null;
    }

    private boolean shunned(String host) {
        Map<String, Long> accusers = accused.get(host);
        return accusers != null && accusers.size() >= ACCUSERS;
    }

    private boolean accusedBy(String host, String by) {
        return accused.getOrDefault(host, Map.of()).containsKey(by);
    }

    /** Forgets whom it has not heard of since then; says how many those were. */
    int forget(long before) {
        int gone = 0;
        for (Iterator<Map.Entry<String, Member>> each = members.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Member> entry = each.next();
            if (entry.getValue().heard < before) {
                counted(entry.getValue(), -1);
                leases.values().removeIf(lease -> lease.host().equals(entry.getKey()));
                each.remove();
                gone++;
            }
        }
        long accusedBefore = before + Tracker.MEMBER_MILLIS - ACCUSED_MILLIS;
        accused.values().forEach(accusers -> accusers.values().removeIf(when -> when < accusedBefore));
        accused.values().removeIf(Map::isEmpty);
        return gone;
    }

    /**
     * The pieces that a host should take from the repository, those left out that it takes already. Nobody serves them, and nobody else
     * was told to take them. Of each as many as the repository seems to send well at once.
     */
    List<Integer> leases(String host, List<Integer> taking, int wants, Random random, long now) {
        Member member = members.get(host);
        BitSet have = member == null ? new BitSet() : member.have;
        int own = 0;
        List<Integer> take = new ArrayList<>();
        for (Iterator<Map.Entry<Integer, Lease>> each = leases.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Integer, Lease> entry = each.next();
            int piece = entry.getKey();
            Lease lease = entry.getValue();
            boolean ours = lease.host().equals(host);
            if (ours && have.get(piece)) {
                learn(now - lease.since());
                each.remove();
            } else if (now - lease.since() > LEASE_MILLIS || served[piece] > 0) {
                each.remove();
            } else if (ours && !taking.contains(piece)) {
                if (wants > take.size()) {
                    // It did not hear of it.
                    take.add(piece);
                } else {
                    each.remove();
                }
            } else if (ours) {
                own++;
            }
        }
        int share = Math.max(1, underWay / Math.max(1, members.size()));
        int most = Math.min(Math.min(wants, ShareReport.ENTRIES_MAX) - take.size(), share - own - take.size());
        grant(host, have, Math.min(most, underWay - leases.size()), take, random, now);
        return take;
    }

    private void grant(String host, BitSet have, int most, List<Integer> take, Random random, long now) {
        if (most <= 0) {
            return;
        }
        List<Integer> free = new ArrayList<>();
        for (int piece = have.nextClearBit(0); piece < count; piece = have.nextClearBit(piece + 1)) {
            if (served[piece] == 0 && !leases.containsKey(piece)) {
                free.add(piece);
            }
        }
        Collections.shuffle(free, random);
        for (int piece : free.subList(0, Math.min(most, free.size()))) {
            leases.put(piece, new Lease(host, now));
            take.add(piece);
        }
    }

    private void learn(long took) {
        if (took < FAST_MILLIS) {
            underWay = Math.min(UNDER_WAY_MAX, underWay + 1);
        } else if (took > SLOW_MILLIS) {
            underWay = Math.max(UNDER_WAY_MIN, underWay - 1);
        }
    }

    /** Members that serve something which that host lacks, some at random when there are many. */
    List<ShareAnswer.Peer> peers(String host, BitSet have, Random random, long now) {
        List<String> names = new ArrayList<>(members.keySet());
        // Maps have an order of their own; one seed should give one answer.
        Collections.sort(names);
        Collections.shuffle(names, random);
        List<ShareAnswer.Peer> peers = new ArrayList<>();
        for (String name : names) {
            Member member = members.get(name);
            if (member == null || member.address == null || name.equals(host)) {
                continue;
            }
            BitSet more = (BitSet) member.have.clone();
            more.andNot(have);
            if (!more.isEmpty()
                    && !shunned(name)
                    && !accusedBy(name, host)
                    && now - member.heard <= Tracker.MEMBER_MILLIS) {
                peers.add(new ShareAnswer.Peer(name, member.address, PieceSet.text(member.have)));
                if (peers.size() == PEERS_MAX) {
                    break;
                }
            }
        }
        return peers;
    }
}
