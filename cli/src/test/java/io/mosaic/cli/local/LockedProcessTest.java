package io.mosaic.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LockedProcessTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path home;

    private final List<Process> started = new ArrayList<>();
    private LockedProcess part;

    @BeforeEach
    void aPart() {
        BackgroundProcess process =
                new BackgroundProcess("part", home.resolve("run/part.pid"), home.resolve("run/part.log"));
        part = new LockedProcess(process, home.resolve("part.lock"), "no-such.jar", FakePart.class.getName());
    }

    @AfterEach
    void endAll() throws InterruptedException {
        for (Process each : started) {
            each.destroyForcibly().waitFor();
        }
    }

    @Test
    void nobodyRuns() throws Exception {
        assertThat(part.runs()).isFalse();
        assertThat(part.holds()).isFalse();
        assertThat(part.stop(PATIENCE)).isFalse();
    }

    @Test
    void whatIsStartedHolds() throws Exception {
        part.process().start(command(home.resolve("locked")));
        awaitFile(home.resolve("locked"));
        assertThat(part.runs()).isTrue();
        assertThat(part.holds()).isTrue();
        assertThat(part.stop(PATIENCE)).isTrue();
        assertThat(part.runs()).isFalse();
        assertThat(part.process().pidFile()).doesNotExist();
    }

    @Test
    void oneWithoutAPidFileIsFoundAndEnded() throws Exception {
        Process older = older();
        assertThat(part.holds()).isFalse();
        assertThat(part.runs()).isTrue();
        assertThat(part.holds()).isTrue();
        Files.writeString(part.process().pidFile(), "1 1\n");
        assertThat(part.stop(PATIENCE)).isTrue();
        assertThat(older.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theOneThatComesSecondIsNotTakenForTheOneThatWorks() throws Exception {
        Process older = older();
        part.process().start(command(home.resolve("second")));
        Awaitility.await().atMost(PATIENCE).until(() -> !part.process().alive());
        assertThat(part.holds()).isFalse();
        assertThat(part.holder().map(ProcessHandle::pid)).contains(older.pid());
    }

    @Test
    void oneWhoseFilesWereRemovedIsToldAndEnded() throws Exception {
        Process older = older();
        Files.delete(part.lock());
        assertThatThrownBy(() -> part.runs())
                .isInstanceOf(StepFailedException.class)
                .hasMessageContaining("pid " + older.pid());
        assertThat(part.stop(PATIENCE)).isTrue();
        assertThat(older.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aStrangerWhoReadsTheFileIsLeftAlone() throws Exception {
        try (FileChannel file = FileChannel.open(part.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(file.tryLock()).isNotNull();
            assertThat(part.holder()).isEmpty();
        }
    }

    private Process older() throws IOException {
        Process process = new ProcessBuilder(command(home.resolve("older")))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("older.log").toFile())
                .start();
        started.add(process);
        awaitFile(home.resolve("older"));
        return process;
    }

    private List<String> command(Path told) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-cp",
                System.getProperty("java.class.path"),
                FakePart.class.getName(),
                part.lock().toString(),
                told.toString());
    }

    private static void awaitFile(Path file) {
        Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(file));
    }
}
