package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.proof.rig.CommandRig;
import io.mosaic.proof.rig.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The systemd units, held against systemd's own check and the programs that they start. Nothing is started by systemd. */
class UnitsIT {

    @TempDir
    Path directory;

    /** With the JDK and the jars of this build in the places where the unit has those of a machine. */
    private Path unit(String part) throws Exception {
        String text = Files.readString(CommandRig.project().resolve("dist/systemd/mosaic-" + part + ".service"));
        assertThat(text).contains("/usr/bin/java ", "/usr/lib/mosaic/" + part + "/mosaic-" + part + ".jar");
        return Files.writeString(
                directory.resolve("mosaic-" + part + ".service"),
                text.replace("/usr/bin/java ", JavaProcess.java() + " ")
                        .replace(
                                "/usr/lib/mosaic/" + part + "/",
                                CommandRig.project().resolve(part).resolve("target") + "/"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "images", "agent"})
    void systemdFindsNothingToSay(String part) throws Exception {
        Ran ran =
                run(List.of("systemd-analyze", "verify", "--man=no", unit(part).toString()));
        assertThat(ran.code()).as(ran.output()).isZero();
        // It only warns of a key that it does not know, and then leaves it out.
        assertThat(ran.output()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "images", "agent"})
    void theProgramTakesItsCommandLine(String part) throws Exception {
        String text = Files.readString(unit(part));
        List<String> command = words(value(text, "ExecStart"));
        List<String> options = words(value(text, "Environment").replaceAll("^\"MOS_JVM=|\"$", ""));
        int at = command.indexOf("$MOS_JVM");
        assertThat(at).isEqualTo(1);
        command.remove(at);
        command.addAll(at, options);
        int config = command.indexOf("--config");
        assertThat(command.get(config + 1)).isEqualTo("/etc/mosaic/" + part + ".json");

        Path broken = Files.writeString(directory.resolve("broken.json"), "{\"no such key\": 1}");
        command.set(config + 1, broken.toString());
        Ran refused = run(command);
        assertThat(refused.code()).as(refused.output()).isEqualTo(1);
        assertThat(refused.output()).contains("no such key");

        List<String> help = new ArrayList<>(command.subList(0, config));
        help.add("--help");
        Ran helped = run(help);
        assertThat(helped.code()).as(helped.output()).isZero();
        assertThat(helped.output()).contains("--config FILE");
    }

    private static String value(String unit, String key) {
        return unit.lines()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> words(String text) {
        return new ArrayList<>(List.of(text.split(" ", -1)));
    }

    private record Ran(int code, String output) {}

    private Ran run(List<String> command) throws Exception {
        Path output = directory.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("MOS_HOME", directory.resolve("home").toString());
        Process process = builder.start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError(command + " does not end: " + Files.readString(output));
        }
        return new Ran(process.exitValue(), Files.readString(output));
    }
}
