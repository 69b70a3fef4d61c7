package io.mosaic.agent.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.share.Picker.Ask;
import io.mosaic.agent.share.Picker.Fault;
import io.mosaic.model.share.PieceSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PickerTest {

    private static final List<Fault> FAULTS = List.of(Fault.BUSY, Fault.MISSING, Fault.FAILED, Fault.WRONG);

    private static final Picker.Settings SETTINGS =
            new Picker.Settings(8, 2, 4, Duration.ofSeconds(3), Duration.ofSeconds(2));

    private static Picker picker(int count) {
        return new Picker(count, SETTINGS, new Random(1), 0);
    }

    private static BitSet of(int... pieces) {
        BitSet set = new BitSet();
        for (int piece : pieces) {
            set.set(piece);
        }
        return set;
    }

    @Test
    void asksForTheRarestPieceFirst() {
        Picker picker = picker(4);
        picker.told(Map.of("a", of(0, 1, 2, 3), "b", of(0, 1, 3), "c", of(0, 1)), List.of(), 0);

        List<Ask> asks = picker.next(0);

        assertThat(asks.getFirst()).isEqualTo(new Ask(2, "a"));
        assertThat(asks.get(1).piece()).isEqualTo(3);
        assertThat(asks.get(2).piece()).isIn(0, 1);
        assertThat(asks).extracting(Ask::piece).doesNotHaveDuplicates().hasSize(4);
    }

    @Test
    void asksNobodyForMoreThanAllowed() {
        Picker picker = picker(100);
        picker.told(Map.of("a", PieceSet.all(100), "b", PieceSet.all(100)), List.of(), 0);

        List<Ask> asks = picker.next(0);

        assertThat(asks).hasSize(4).filteredOn(ask -> "a".equals(ask.peer())).hasSize(2);
        assertThat(picker.next(0)).isEmpty();
    }

    @Test
    void takesFromTheRepositoryOnlyWhatItIsTold() {
        Picker picker = picker(10);
        picker.told(Map.of(), List.of(7, 3), 0);

        assertThat(picker.next(0)).containsExactly(new Ask(3, null), new Ask(7, null));
        assertThat(picker.taking()).containsExactly(3, 7);
        assertThat(picker.wants(0)).isEqualTo(6);
    }

    @Test
    void goesToTheRepositoryForAllWhenForsaken() {
        Picker picker = picker(10);
        picker.told(Map.of(), List.of(), 0);
        assertThat(picker.next(1_999)).isEmpty();

        List<Ask> asks = picker.next(2_000);
        assertThat(asks).hasSize(4).allMatch(ask -> ask.peer() == null);

        // What it took so is no sign that others serve it: it goes on.
        picker.got(asks.getFirst(), 2_100);
        assertThat(picker.next(2_100)).hasSize(1).allMatch(ask -> ask.peer() == null);
    }

    @Test
    void goesToTheRepositoryAtOnceWhenNoControllerAnswers() {
        Picker picker = picker(10);
        picker.alone(true);
        assertThat(picker.next(0)).hasSize(4).allMatch(ask -> ask.peer() == null);
    }

    @Test
    void asksAnotherForWhatDoesNotCome() {
        Picker picker = picker(1);
        picker.told(Map.of("a", of(0)), List.of(), 0);
        Ask first = picker.next(0).getFirst();
        picker.told(Map.of("b", of(0)), List.of(), 0);
        assertThat(picker.next(2_999)).isEmpty();

        List<Ask> again = picker.next(3_000);
        assertThat(again).containsExactly(new Ask(0, "b"));
        // Two are enough.
        assertThat(picker.next(10_000)).isEmpty();

        assertThat(picker.got(again.getFirst(), 3_100)).containsExactly(first);
        assertThat(picker.complete()).isTrue();
    }

    @Test
    void asksTheRepositoryForWhatDoesNotComeWhenNoOtherPeerHasIt() {
        Picker picker = picker(2);
        picker.told(Map.of("a", of(0)), List.of(1), 0);
        picker.next(0);
        picker.got(new Ask(1, null), 2_900);
        assertThat(picker.next(3_000)).containsExactly(new Ask(0, null));
    }

    @Test
    void neverAsksAgainWhoSentWrongBytes() {
        Picker picker = picker(3);
        picker.told(Map.of("a", PieceSet.all(3)), List.of(), 0);
        Ask ask = picker.next(0).getFirst();
        picker.failed(ask, Fault.WRONG, 10);

        assertThat(picker.wrong()).containsExactly("a");
        assertThat(picker.wrong()).as("told once").isEmpty();
        picker.told(Map.of("a", PieceSet.all(3)), List.of(), 20);
        assertThat(picker.next(20)).isEmpty();
        picker.told(Map.of("a", PieceSet.all(3)), List.of(), 10 + Picker.BANNED_MILLIS);
        assertThat(picker.next(10 + Picker.BANNED_MILLIS)).anyMatch(next -> "a".equals(next.peer()));
    }

    @Test
    void waitsLongerForWhoFailsAgainAndAgain() {
        Picker picker = picker(1);
        picker.told(Map.of("a", of(0)), List.of(), 0);
        picker.failed(picker.next(0).getFirst(), Fault.FAILED, 0);
        assertThat(picker.next(999)).isEmpty();
        picker.failed(picker.next(1_000).getFirst(), Fault.FAILED, 1_000);
        assertThat(picker.next(1_999)).isEmpty();
    }

    @Test
    void comesBackSoonToWhoIsBusy() {
        Picker picker = picker(1);
        picker.told(Map.of("a", of(0)), List.of(), 0);
        picker.failed(picker.next(0).getFirst(), Fault.BUSY, 0);
        assertThat(picker.next(49)).isEmpty();
        assertThat(picker.next(100)).containsExactly(new Ask(0, "a"));
    }

    /** One picker among peers that answer, fail, lie and vanish as chance has it, at a repository that works. */
    @Test
    void alwaysEndsAndNeverAsksForWhatItHas() {
        for (long seed = 1; seed <= 500; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(60);
            Picker picker = new Picker(count, SETTINGS, new Random(seed), 0);
            BitSet got = new BitSet();
            List<Ask> under = new ArrayList<>();
            long now = 0;
            int steps = 0;
            while (!picker.complete()) {
                assertThat(++steps).as("seed %s comes to no end", seed).isLessThan(20_000);
                now += random.nextInt(200);
                if (random.nextInt(4) == 0) {
                    picker.told(
                            peers(random, count),
                            random.nextInt(10) == 0 ? List.of(random.nextInt(count)) : List.of(),
                            now);
                }
                for (Ask ask : picker.next(now)) {
                    assertThat(got.get(ask.piece()))
                            .as("seed %s asks for what it has", seed)
                            .isFalse();
                    assertThat(under).as("seed %s asks one twice", seed).doesNotContain(ask);
                    under.add(ask);
                }
                assertThat(under.size())
                        .as("seed %s", seed)
                        .isLessThanOrEqualTo(8)
                        .isEqualTo(picker.inFlight());
                if (!under.isEmpty() && random.nextInt(3) > 0) {
                    end(picker, under, got, random, now);
                }
            }
            assertThat(got.cardinality()).as("seed %s", seed).isEqualTo(count);
        }
    }

    private static Map<String, BitSet> peers(Random random, int count) {
        Map<String, BitSet> peers = new HashMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            BitSet have = new BitSet();
            for (int piece = 0; piece < count; piece++) {
                have.set(piece, random.nextBoolean());
            }
            peers.put("h" + random.nextInt(60), have);
        }
        return peers;
    }

    private static void end(Picker picker, List<Ask> under, BitSet got, Random random, long now) {
        Ask ask = under.remove(random.nextInt(under.size()));
        int luck = random.nextInt(10);
        if (ask.peer() == null ? luck < 8 : luck < 4) {
            for (Ask other : picker.got(ask, now)) {
                assertThat(other.piece()).isEqualTo(ask.piece());
                picker.ended(other);
                under.remove(other);
            }
            got.set(ask.piece());
        } else {
            picker.failed(ask, FAULTS.get(random.nextInt(FAULTS.size())), now);
        }
    }
}
