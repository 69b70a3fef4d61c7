package io.mosaic.agent.share;

import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Knows who reported what of one blob, gives each piece that nobody has to one host, and can be out of reach. */
final class FakeTracker {

    private static final int PIECES_MAX = 2048;

    private final Map<String, ShareReport> reports = new TreeMap<>();
    private final Map<Integer, String> given = new HashMap<>();
    final List<String> wrong = new ArrayList<>();
    volatile boolean down;

    /** Whether hosts are told to take pieces from the repository. */
    volatile boolean gives = true;

    /** The way of one host to it. */
    TrackerLink of(String host) {
        return report -> {
            if (down) {
                throw new IOException("no controller");
            }
            return report(host, report);
        };
    }

    synchronized ShareAnswer report(String host, ShareReport report) {
        reports.put(host, report);
        wrong.addAll(report.wrong());
        BitSet held = new BitSet();
        List<ShareAnswer.Peer> peers = new ArrayList<>();
        reports.forEach((name, said) -> {
            held.or(PieceSet.parse(said.have(), PIECES_MAX));
            if (!name.equals(host)) {
                peers.add(new ShareAnswer.Peer(name, said.address(), said.have()));
            }
        });
        List<Integer> take = new ArrayList<>();
        for (int piece = 0; gives && piece < PIECES_MAX && take.size() < report.wants(); piece++) {
            if (!held.get(piece) && given.getOrDefault(piece, host).equals(host)) {
                given.put(piece, host);
                take.add(piece);
            }
        }
        return new ShareAnswer(peers, take, 50);
    }

    /** As if a host had said that it has all pieces. */
    synchronized void serves(String host, String address, int count) {
        reports.put(host, new ShareReport("", address, PieceSet.text(PieceSet.all(count)), List.of(), 0, List.of()));
    }
}
