package io.mosaic.kit.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommandsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void argumentsReachTheProgramAsTheyAre() throws CommandException {
        CommandResult result = Commands.run(LONG, "printf", "%s|", "a b", "$(id)", "; rm -rf /", "*");

        assertThat(result).isEqualTo(new CommandResult(0, "a b|$(id)|; rm -rf /|*|", ""));
    }

    @Test
    void theEnvironmentIsMinimal() throws CommandException {
        assertThat(Commands.run(LONG, "env").out().lines().map(line -> line.substring(0, line.indexOf('='))))
                .containsExactlyInAnyOrder("PATH", "LC_ALL");
    }

    @Test
    void aFailureNamesTheProgramAndItsFirstComplaint() {
        assertThatThrownBy(() -> Commands.run(LONG, "ls", "/no/such/directory"))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.kind()).isEqualTo(CommandException.Kind.FAILED))
                .hasMessageStartingWith("ls exited with 2: ls: cannot access '/no/such/directory'");
    }

    @Test
    void tryRunReturnsAnyExitCode() throws CommandException {
        assertThat(Commands.tryRun(LONG, "false").exit()).isEqualTo(1);
        assertThat(Commands.tryRun(LONG, "sh", "-c", "kill -9 $$").exit()).isEqualTo(137);
    }

    @Test
    void anAbsentProgramIsToldApart() {
        assertThatThrownBy(() -> Commands.run(LONG, "no-such-program-of-ours"))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.kind()).isEqualTo(CommandException.Kind.NOT_FOUND));
    }

    @Test
    void pastTheDeadlineItIsKilledWithWhatItStarted() {
        assertThatThrownBy(() -> Commands.run(Duration.ofMillis(200), "sh", "-c", "sleep 61.25 & wait"))
                .isInstanceOfSatisfying(
                        CommandException.class, e -> assertThat(e.kind()).isEqualTo(CommandException.Kind.TIMEOUT));
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .as("children left")
                .allSatisfy(child ->
                        assertThat(child.info().commandLine().orElse("")).doesNotContain("61.25"));
    }

    @Test
    void moreOutputThanIsKeptNeitherBlocksNorFillsTheMemory() throws CommandException {
        CommandResult result = Commands.run(LONG, "head", "-c", "5000000", "/dev/zero");

        assertThat(result.out()).hasSize(Commands.CAPTURE_BYTES_MAX);
    }

    @Test
    void whatStaysInTheBackgroundDoesNotHoldTheCaller() throws CommandException {
        CommandResult result = Commands.run(Duration.ofSeconds(20), "sh", "-c", "sleep 3 & echo started");

        assertThat(result.out()).isEqualTo("started\n");
    }

    @Test
    void nobodyTypesAtIt() throws CommandException {
        assertThat(Commands.run(LONG, "cat").out()).isEmpty();
    }
}
