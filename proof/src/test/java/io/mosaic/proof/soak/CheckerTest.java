package io.mosaic.proof.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.LoggedChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the soak compares with finds what it is there to find. */
class CheckerTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);

    private static SetResource set(String name, UUID uid, long revision, String mark) {
        SetSpec spec = Json.read("""
                {"name": "%s", "resources": {"cpu": 0.05, "memory": "32Mi"}, "labels": {"mark": "%s"},
                 "containers": [{"index": 1, "image": "i:1"}]}""".formatted(name, mark), SetSpec.class);
        SetStatus status = new SetStatus(SetState.RUNNING, "host-1", null, null, List.of(), NOW, 1);
        return new SetResource("default", name, uid, revision, 1, NOW, spec, SetIntent.RUNNING, status);
    }

    private static LoggedChange logged(SetResource set, boolean deleted) {
        return new LoggedChange(set.revision(), deleted, Json.mapper().readTree(Json.write(set)));
    }

    private static WatchEvent<SetResource> put(SetResource set) {
        return new WatchEvent<>(WatchEvent.Type.PUT, set.revision(), set);
    }

    private static WatchEvent<SetResource> delete(SetResource set) {
        return new WatchEvent<>(WatchEvent.Type.DELETE, set.revision(), set);
    }

    /** A is made, B is made, A is changed, B goes: A is left. */
    private static final List<SetResource> CHANGES =
            List.of(set("a", A, 4, "0"), set("b", B, 5, "0"), set("a", A, 7, "1"), set("b", B, 8, "0"));

    private static final List<LoggedChange> LOG = List.of(
            logged(CHANGES.get(0), false),
            logged(CHANGES.get(1), false),
            logged(CHANGES.get(2), false),
            logged(CHANGES.get(3), true));

    private static final List<WatchEvent<SetResource>> TOLD =
            List.of(put(CHANGES.get(0)), put(CHANGES.get(1)), put(CHANGES.get(2)), delete(CHANGES.get(3)));

    private static List<String> found(List<WatchEvent<SetResource>> told, List<SetResource> listed) {
        WatchHistory history = new WatchHistory("watch", 3);
        List<String> found = new ArrayList<>();
        told.forEach(event -> found.addAll(history.take(event)));
        found.addAll(history.differences(LOG, listed, 8));
        return found;
    }

    @Test
    void aWatchThatToldAllInOrderIsGood() {
        List<WatchEvent<SetResource>> told = new ArrayList<>(TOLD);
        told.add(1, new WatchEvent<>(WatchEvent.Type.BOOKMARK, 4, null));
        told.add(put(set("c", B, 9, "0")));
        assertThat(found(told, List.of(CHANGES.get(2)))).isEmpty();
    }

    @Test
    void aWatchThatLeftOutDoubledOrSwappedAChangeIsNot() {
        for (int i = 0; i < TOLD.size(); i++) {
            List<WatchEvent<SetResource>> less = new ArrayList<>(TOLD);
            less.remove(i);
            assertThat(found(less, List.of(CHANGES.get(2)))).as("without %d", i).isNotEmpty();
            List<WatchEvent<SetResource>> more = new ArrayList<>(TOLD);
            more.add(i, TOLD.get(i));
            assertThat(found(more, List.of(CHANGES.get(2)))).as("%d twice", i).isNotEmpty();
        }
        List<WatchEvent<SetResource>> swapped = List.of(TOLD.get(1), TOLD.get(0), TOLD.get(2), TOLD.get(3));
        assertThat(found(swapped, List.of(CHANGES.get(2)))).anyMatch(line -> line.contains("revision 4 after 5"));
        List<WatchEvent<SetResource>> other = List.of(TOLD.get(0), TOLD.get(1), put(set("a", A, 7, "2")), TOLD.get(3));
        assertThat(found(other, List.of(CHANGES.get(2)))).isNotEmpty();
        WatchHistory ahead = new WatchHistory("watch", 3);
        ahead.take(new WatchEvent<>(WatchEvent.Type.BOOKMARK, 6, null));
        assertThat(ahead.take(TOLD.get(1)))
                .as("told after a bookmark that was ahead")
                .isNotEmpty();
    }

    @Test
    void aListThatIsNotWhatTheChangesMakeIsFound() {
        assertThat(found(TOLD, List.of())).isNotEmpty();
        assertThat(found(TOLD, List.of(CHANGES.get(2), CHANGES.get(1)))).isNotEmpty();
        assertThat(found(TOLD, List.of(CHANGES.get(0)))).isNotEmpty();
    }

    @Test
    void whatWasToldOfASetIsComparedWithIt() {
        Ledger ledger = new Ledger();
        ledger.created("a", A.toString(), "0");
        assertThat(differences(ledger, set("a", A, 4, "0"))).isEmpty();
        assertThat(differences(ledger, null)).containsExactly("a is lost");
        assertThat(differences(ledger, set("a", B, 4, "0")))
                .singleElement()
                .asString()
                .contains("made twice");
        assertThat(differences(ledger, set("a", A, 4, "1")))
                .singleElement()
                .asString()
                .contains("mark");
        ledger.marked("a", "1");
        assertThat(differences(ledger, set("a", A, 4, "0"))).isNotEmpty();
        ledger.maybeMarked("a", "2");
        assertThat(differences(ledger, set("a", A, 4, "1"))).isEmpty();
        assertThat(differences(ledger, set("a", A, 4, "2"))).isEmpty();
        ledger.maybeDeleted("a");
        assertThat(differences(ledger, null)).isEmpty();
        assertThat(differences(ledger, set("a", A, 4, "2"))).isEmpty();
        ledger.deleted("a");
        assertThat(differences(ledger, null)).isEmpty();
        assertThat(differences(ledger, set("a", A, 4, "2"))).isNotEmpty();
    }

    private static List<String> differences(Ledger ledger, SetResource listed) {
        Ledger.Known known = ledger.get("a");
        assertThat(known).isNotNull();
        return known.differences("a", listed);
    }

    @Test
    void aCreationWithoutAnAnswerMayBeEither() {
        Ledger ledger = new Ledger();
        ledger.maybeCreated("a", "0");
        assertThat(differences(ledger, null)).isEmpty();
        assertThat(differences(ledger, set("a", A, 4, "0"))).isEmpty();
        assertThat(differences(ledger, set("a", A, 4, "3"))).isNotEmpty();
    }
}
