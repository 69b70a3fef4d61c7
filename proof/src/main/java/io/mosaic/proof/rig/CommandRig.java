package io.mosaic.proof.rig;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The command line as a user runs it, each command a process of its own over the built jars, with a {@code MOS_HOME} of its
 * own. {@link #close} ends what the commands left running and removes their files.
 *
 * <p>Not thread-safe.
 */
public final class CommandRig implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofMinutes(4);

    private final Path root;
    private final Map<String, String> environment = new HashMap<>();
    private int commands;

    /** How a command ended: its code, and all that it wrote. */
    public record Ran(int code, String output) {
        /**
         * What a command that goes by steps said of that one, its time cut off.
         *
         * @throws AssertionError when it said nothing of it
         */
        public String step(String name) {
            Matcher found = Pattern.compile(
                            "^ +(?:ok|FAIL) +" + name + " +(.*?)(?: \\([0-9.]+ s\\))?$", Pattern.MULTILINE)
                    .matcher(output);
            if (!found.find()) {
                throw new AssertionError("no step " + name + " in " + output);
            }
            return found.group(1);
        }
    }

    private CommandRig(Path root) {
        this.root = root;
    }

    /** Commands that find that Docker daemon. */
    public static CommandRig start(String name, DockerRig docker) throws IOException, InterruptedException {
        CommandRig rig = new CommandRig(RigDirectory.create(name));
        rig.set("MOS_HOME", rig.home().toString());
        rig.set("DOCKER_HOST", "unix://" + docker.socket());
        return rig;
    }

    /** Where the commands keep their files; not there before one made it. */
    public Path home() {
        return root.resolve("home");
    }

    /** From now on every command has that in its environment. */
    public void set(String key, String value) {
        environment.put(key, value);
    }

    /**
     * Runs {@code mos} with these arguments.
     *
     * @throws IOException when it does not end within four minutes
     */
    public Ran run(String... arguments) throws IOException, InterruptedException {
        Path output = root.resolve("command-" + ++commands + ".log");
        List<String> command = new ArrayList<>(List.of(JavaProcess.java(), "-Xmx128m", "-XX:+UseSerialGC"));
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-Dmosaic.dist=" + project());
        command.addAll(List.of("-jar", jar().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile());
        builder.directory(root.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
            throw new IOException(
                    "mos " + String.join(" ", arguments) + " does not end; it said: " + Files.readString(output));
        }
        return new Ran(process.exitValue(), Files.readString(output));
    }

    private static Path jar() throws IOException {
        Path jar = project().resolve("cli/target/mosaic-cli.jar");
        if (!Files.exists(jar)) {
            throw new IOException("not built: " + jar + "; 'mvn package' builds it");
        }
        return jar;
    }

    /** The project's folder: the tests run in one of its modules'. */
    public static Path project() throws IOException {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.exists(at.resolve("mos")) && Files.isDirectory(at.resolve("dist"))) {
                return at;
            }
        }
        throw new IOException("not within the project's folder");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        RigDirectory.clear(root);
    }
}
