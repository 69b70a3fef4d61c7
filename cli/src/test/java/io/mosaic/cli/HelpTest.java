package io.mosaic.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.cli.command.CommandTree;
import io.mosaic.cli.connect.ConnectionOptions;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HelpTest {

    private static final Map<String, String> NOTHING = Map.of("HOME", "/none", "MOS_HOME", "/none");

    private static void walk(CommandLine command, List<CommandLine> found) {
        found.add(command);
        command.getSubcommands().values().forEach(each -> walk(each, found));
    }

    @Test
    void everyCommandSaysWhatItDoesWithAnExample() {
        List<CommandLine> commands = new ArrayList<>();
        walk(CommandTree.whole(new Session(Console.system())), commands);
        assertThat(commands).hasSizeGreaterThan(40);
        for (CommandLine command : commands) {
            String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
            String name = command.getCommandSpec().qualifiedName();
            assertThat(help).as(name).containsPattern("(?m)^Examples?:\n  .*mos ");
            assertThat(command.getCommandSpec().usageMessage().description())
                    .as(name)
                    .isNotEmpty();
            assertThat(help.lines().mapToInt(String::length).max().orElse(0))
                    .as(name)
                    .isLessThanOrEqualTo(110);
        }
    }

    @Test
    void everyCommandAnswersHelpAndVersion() {
        List<CommandLine> commands = new ArrayList<>();
        walk(CommandTree.whole(new Session(Console.system())), commands);
        for (CommandLine command : commands) {
            List<String> words = new ArrayList<>(
                    List.of(command.getCommandSpec().qualifiedName(" ").split(" ", -1)));
            words.removeFirst();
            words.add("--help");
            Ran ran = Ran.mos(NOTHING, "", words.toArray(String[]::new));
            assertThat(ran.code()).as(words.toString()).isZero();
            assertThat(ran.out()).startsWith("Usage: mos");
        }
        assertThat(Ran.mos(NOTHING, "", "--version").out()).isEqualTo("mos development\n");
        assertThat(Ran.mos(NOTHING, "").out()).startsWith("Usage: mos");
    }

    @Test
    void completionIsAScriptThatBashReads(@TempDir Path directory) throws Exception {
        for (String shell : List.of("bash", "zsh")) {
            Path script = directory.resolve(shell);
            Files.writeString(script, Ran.mos(NOTHING, "", "completion", shell).out());
            Process bash = new ProcessBuilder("bash", "-n", script.toString())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
            assertThat(bash.waitFor()).isZero();
            assertThat(Files.readString(script)).contains("quickstart");
        }
    }

    @Test
    void whatFollowsTwoDashesIsTheCommandsOwn() {
        assertThat(ConnectionOptions.inFront(List.of("set", "exec", "web", "--tenant=t", "--", "x", "--server", "y")))
                .containsExactly("--tenant=t", "set", "exec", "web", "--", "x", "--server", "y");
        assertThat(ConnectionOptions.command(List.of("--server", "x", "--tenant=t", "set", "list")))
                .isEqualTo("set");
    }

    @Test
    void aSlipIsAnsweredWithASuggestion() {
        Ran ran = Ran.mos(NOTHING, "", "set", "creat");
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("set create").contains("See: mos set --help");
        assertThat(Ran.mos(NOTHING, "", "set", "list").err()).contains("no server is known");
    }
}
