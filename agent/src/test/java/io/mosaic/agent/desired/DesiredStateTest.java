package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.link.DesiredSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredStateTest {
    private static final UUID UID = UUID.fromString("00000000-0000-0000-0000-00000000000a");
    private static final UUID OTHER = UUID.fromString("00000000-0000-0000-0000-00000000000b");

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void begin() {
        file = directory.resolve("agent/desired.json");
    }

    @Test
    void survivesARestartAndIsReadableToItsOwnerOnly() throws Exception {
        DesiredState state = DesiredState.open(file);
        assertThat(state.whole()).isFalse();
        assertThat(state.replace(List.of(set(1, 0)))).containsExactly(UID);
        state.save();
        DesiredState again = DesiredState.open(file);
        assertThat(again.whole()).isTrue();
        assertThat(again.goal(UID)).isEqualTo(new SetGoal(set(1, 0), 0));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aTornFileCountsAsNoneAndIsSetAside() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.replace(List.of(set(1, 0)));
        state.save();
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, bytes.length / 2, bytes.length - 1}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            DesiredState torn = DesiredState.open(file);
            assertThat(torn.goals()).isEmpty();
            assertThat(torn.whole()).as("nothing may be removed on its account").isFalse();
            assertThat(file.resolveSibling("desired.json.bad")).hasSize(length);
        }
    }

    @Test
    void whatDidNotChangeIsNotWritten() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.replace(List.of(set(1, 0)));
        state.save();
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(state.replace(List.of(set(1, 0)))).isEmpty();
        state.save();
        assertThat(Files.getLastModifiedTime(file).toMillis()).isZero();
    }

    @Test
    void anOlderGenerationThatComesLateIsNotTaken() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.change(List.of(set(5, 0)), List.of());
        assertThat(state.change(List.of(set(4, 0)), List.of())).isEmpty();
        assertThat(state.goal(UID).set().generation()).isEqualTo(5);
    }

    @Test
    void restartsAskedForBeforeTheSetCameHereNeedNoneAndLaterOnesAreNotedForGood() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.change(List.of(set(1, 3)), List.of());
        assertThat(state.goal(UID).restartPending()).isFalse();
        state.change(List.of(set(2, 4)), List.of());
        assertThat(state.goal(UID).restartPending()).isTrue();
        state.noteRestarts(UID, 4);
        assertThat(DesiredState.open(file).goal(UID).restartPending()).isFalse();
    }

    @Test
    void whatChangesLaterIsKeptBesideTheFile() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.replace(List.of(set(1, 0), set(OTHER, 1, 0)));
        state.save();
        byte[] before = Files.readAllBytes(file);
        state.change(List.of(set(2, 0)), List.of());
        state.save();
        state.change(List.of(), List.of(OTHER));
        state.save();
        assertThat(Files.readAllBytes(file)).as("not written again").isEqualTo(before);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(journal(1))))
                .isEqualTo("rw-------");
        DesiredState again = DesiredState.open(file);
        assertThat(again.whole()).isTrue();
        assertThat(again.goals()).containsExactly(new SetGoal(set(2, 0), 0));
    }

    @Test
    void aLastChangeThatACrashCutShortCountsAsNotWrittenAndTheNextOneIsKept() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.replace(List.of(set(1, 0)));
        state.save();
        state.change(List.of(set(2, 0)), List.of());
        state.save();
        int first = (int) Files.size(journal(1));
        state.change(List.of(set(3, 0)), List.of());
        state.save();
        byte[] bytes = Files.readAllBytes(journal(1));
        for (int length = first; length < bytes.length; length++) {
            Files.write(journal(1), Arrays.copyOf(bytes, length));
            DesiredState torn = DesiredState.open(file);
            assertThat(torn.goal(UID).set().generation()).isEqualTo(2);
            torn.change(List.of(set(4, 0)), List.of());
            torn.save();
            assertThat(DesiredState.open(file).goal(UID).set().generation()).isEqualTo(4);
        }
    }

    @Test
    void aLongJournalGivesWayToANewFileAndIsNeverReadWithAnother() throws Exception {
        DesiredState state = DesiredState.open(file);
        state.replace(List.of(set(1, 0)));
        state.save();
        long generation = 1;
        while (Files.exists(journal(1)) || generation == 1) {
            state.change(List.of(set(++generation, 0)), List.of());
            state.save();
            assertThat(generation).isLessThan(10_000);
        }
        assertThat(DesiredState.open(file).goal(UID).set().generation()).isEqualTo(generation);
        // As a crash between the new file and the removal of the old journal leaves it.
        Files.writeString(journal(1), "{\"put\":[],\"removed\":[\"" + UID + "\"]}\n");
        assertThat(DesiredState.open(file).goal(UID).set().generation()).isEqualTo(generation);
        // A journal of the next number that is there already is of a state that was set aside.
        Files.writeString(journal(3), "{\"put\":[],\"removed\":[\"" + UID + "\"]}\n");
        long before = generation;
        while (!Files.exists(journal(3)) || Files.exists(journal(2))) {
            state.change(List.of(set(++generation, 0)), List.of());
            state.save();
            assertThat(generation).isLessThan(before + 10_000);
        }
        assertThat(DesiredState.open(file).goal(UID).set().generation()).isEqualTo(generation);
    }

    @Test
    void aFileOfAnEarlierVersionIsTakenOver() throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{\"whole\":true,\"sets\":[" + Json.write(new SetGoal(set(7, 0), 0)) + "]}");
        DesiredState state = DesiredState.open(file);
        assertThat(state.whole()).isTrue();
        state.change(List.of(set(8, 0)), List.of());
        state.save();
        assertThat(DesiredState.open(file).goal(UID).set().generation()).isEqualTo(8);
    }

    private Path journal(int number) {
        return file.resolveSibling("desired.json." + number);
    }

    private static DesiredSet set(long generation, long restarts) {
        return set(UID, generation, restarts);
    }

    private static DesiredSet set(UUID uid, long generation, long restarts) {
        SetSpec spec = Json.read("{\"name\": \"web\", \"containers\": []}", SetSpec.class);
        return new DesiredSet(uid, "t", "web", generation, spec, new SetIntent(SetIntent.Run.RUNNING, restarts));
    }
}
