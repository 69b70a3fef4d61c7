package io.mosaic.controller.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrackerTest {

    private static final int COUNT = 100;

    private final Tracker tracker = new Tracker(3, 50, new Random(1));

    private ShareAnswer report(String host, String digest, BitSet have, List<Integer> taking, int wants, long now) {
        return report(host, digest, host + ":1", have, taking, wants, List.of(), now);
    }

    private ShareAnswer report(
            String host,
            String digest,
            String address,
            BitSet have,
            List<Integer> taking,
            int wants,
            List<String> wrong,
            long now) {
        ShareReport report = new ShareReport("t", address, PieceSet.text(have), taking, wants, wrong);
        return tracker.report(host, digest, COUNT, have, report, now);
    }

    private static BitSet none() {
        return new BitSet();
    }

    @Test
    void tellsWhoHasWhatTheAskingOneLacks() {
        report("a", "d", PieceSet.all(COUNT), List.of(), 0, 0);
        BitSet half = new BitSet();
        half.set(0, 50);
        report("b", "d", half, List.of(), 0, 0);

        assertThat(report("c", "d", none(), List.of(), 0, 1).peers())
                .extracting(ShareAnswer.Peer::host)
                .containsExactlyInAnyOrder("a", "b");
        assertThat(report("c", "d", half, List.of(), 0, 2).peers())
                .as("b has nothing more")
                .containsExactly(new ShareAnswer.Peer("a", "a:1", PieceSet.text(PieceSet.all(COUNT))));
        assertThat(report("c", "e", none(), List.of(), 0, 3).peers())
                .as("of another blob")
                .isEmpty();
    }

    @Test
    void whoServesNothingIsToldToNobody() {
        report("a", "d", null, PieceSet.all(COUNT), List.of(), 0, List.of(), 0);
        ShareAnswer answer = report("b", "d", none(), List.of(), 8, 1);
        assertThat(answer.peers()).isEmpty();
        assertThat(answer.take()).as("and what it has is not served").isNotEmpty();
    }

    @Test
    void noPieceIsGivenToTwo() {
        Set<Integer> given = new HashSet<>();
        for (int host = 0; host < 8; host++) {
            for (int piece : report("h" + host, "d", none(), List.of(), 8, 0).take()) {
                assertThat(given.add(piece)).isTrue();
            }
        }
        assertThat(given).as("so many at first").hasSize(8);
    }

    @Test
    void whatAHostDidNotHearItHearsAgain() {
        List<Integer> take = report("a", "d", none(), List.of(), 4, 0).take();
        assertThat(report("a", "d", none(), List.of(), 4, 10).take()).containsAll(take);
        assertThat(report("a", "d", none(), take, 0, 20).take()).isEmpty();
    }

    @Test
    void whatAHostGivesBackOrHoldsTooLongIsGivenToAnother() {
        List<Integer> take = report("a", "d", none(), List.of(), 8, 0).take();
        assertThat(take).hasSize(8);
        assertThat(report("b", "d", none(), List.of(), 8, 1).take())
                .as("all are given")
                .isEmpty();
        report("a", "d", none(), take.subList(0, 7), 0, 2);
        assertThat(report("b", "d", none(), List.of(), 8, 3).take())
                .as("one was given back")
                .hasSize(1);

        long late = Circle.LEASE_MILLIS + 1;
        report("a", "d", none(), take.subList(0, 7), 0, 14_000);
        report("a", "d", none(), take.subList(0, 7), 0, 28_000);
        assertThat(report("c", "d", none(), List.of(), 8, late).take()).isNotEmpty();
    }

    @Test
    void whatIsServedIsTakenFromTheRepositoryNoMore() {
        BitSet most = PieceSet.all(COUNT);
        most.clear(7);
        report("a", "d", most, List.of(), 0, 0);
        assertThat(report("b", "d", none(), List.of(), 8, 1).take()).containsExactly(7);
    }

    @Test
    void whoIsSilentIsForgotten() {
        report("a", "d", PieceSet.all(COUNT), List.of(), 0, 0);
        long later = Tracker.MEMBER_MILLIS + 1_001;
        assertThat(report("b", "d", none(), List.of(), 0, later).peers()).isEmpty();
        assertThat(tracker.members()).isEqualTo(1);
        report("x", "e", none(), List.of(), 0, 2 * later);
        assertThat(tracker.blobs()).isEqualTo(1);
    }

    @Test
    void knowsNoMoreThanItMay() {
        for (int i = 0; i < 60; i++) {
            report("h" + i, "d", PieceSet.all(COUNT), List.of(), 0, 0);
        }
        assertThat(tracker.members()).isEqualTo(50);
        ShareAnswer full = report("late", "d", none(), List.of(), 8, 1);
        assertThat(full.peers()).isEmpty();
        assertThat(full.take()).isEmpty();
    }

    @Test
    void knowsNoMoreBlobsThanItMay() {
        for (String digest : List.of("d", "e", "f", "g", "h")) {
            report("a", digest, none(), List.of(), 0, 0);
        }
        assertThat(tracker.blobs()).isEqualTo(3);
        assertThat(tracker.members()).isEqualTo(3);
    }

    @Test
    void tellsOfSomePeersOnlyAndNotAlwaysTheSame() {
        Tracker large = new Tracker(1, 1000, new Random(1));
        ShareReport seed = new ShareReport("t", "h:1", "", List.of(), 0, List.of());
        for (int i = 0; i < 200; i++) {
            large.report("h" + i, "d", COUNT, PieceSet.all(COUNT), seed, 0);
        }
        Set<String> told = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            List<ShareAnswer.Peer> peers =
                    large.report("new", "d", COUNT, none(), seed, 1).peers();
            assertThat(peers).hasSize(Circle.PEERS_MAX);
            peers.forEach(peer -> told.add(peer.host()));
        }
        assertThat(told.size()).isGreaterThan(100);
    }

    @Test
    void whoSentWrongBytesIsHiddenFromWhoSaysSoAndFromAllWhenTwoDo() {
        for (String host : List.of("bad", "a", "b", "c")) {
            report(host, "d", host.equals("bad") ? PieceSet.all(COUNT) : none(), List.of(), 0, 0);
        }
        assertThat(report("a", "d", "a:1", none(), List.of(), 0, List.of("bad"), 1)
                        .peers())
                .isEmpty();
        assertThat(report("b", "d", none(), List.of(), 0, 2).peers())
                .as("one may lie")
                .hasSize(1);
        assertThat(report("b", "d", "b:1", none(), List.of(), 0, List.of("bad"), 3)
                        .peers())
                .isEmpty();
        assertThat(report("c", "d", none(), List.of(), 0, 4).peers())
                .as("two said so")
                .isEmpty();
        assertThat(tracker.accused()).isEqualTo(2);
    }

    @Test
    void asksLessOftenTheMoreThereAre() {
        long few = report("a", "d", none(), List.of(), 0, 0).nextMillis();
        for (int i = 0; i < 40; i++) {
            report("h" + i, "d", none(), List.of(), 0, 0);
        }
        assertThat(report("a", "d", none(), List.of(), 0, 1).nextMillis()).isGreaterThan(few);
        assertThat(report("a", "d", PieceSet.all(COUNT), List.of(), 0, 2).nextMillis())
                .as("who lacks nothing")
                .isEqualTo(Tracker.WAIT_MAX_MILLIS);
    }
}
