package io.mosaic.cli.build;

import io.mosaic.cli.image.DockerSocket;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.Scratch;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A program of this machine that builds what needs a container; its own daemon's images are its bases. */
public enum Builder {
    DOCKER,
    BUILDAH;

    /**
     * Builds; the archive holds the image then.
     *
     * @param told hears each line that the program says
     * @param variables of the environment that the user has
     */
    public Path build(
            Path directory,
            @Nullable Path dockerfile,
            Map<String, String> arguments,
            Map<String, String> variables,
            Scratch scratch,
            Consumer<String> told)
            throws IOException, InterruptedException {
        Path id = scratch.directory().resolve("id");
        List<String> line = new ArrayList<>(List.of(program(), "build", "--iidfile", id.toString()));
        if (dockerfile != null) {
            line.addAll(List.of("--file", dockerfile.toString()));
        }
        arguments.forEach((name, value) -> line.addAll(List.of("--build-arg", name + "=" + value)));
        line.add(directory.toString());
        run(line, variables, told);
        String image = Files.readString(id).strip();
        Path archive = scratch.directory().resolve("image.tar");
        if (this == DOCKER) {
            DockerSocket.of(variables).save(image, archive);
        } else {
            run(List.of(program(), "push", "--quiet", image, "oci-archive:" + archive), variables, told);
        }
        return archive;
    }

    private String program() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    private void run(List<String> line, Map<String, String> variables, Consumer<String> told)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().putAll(variables);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new ImageFault(
                    "the command " + program() + " is not there: install it, or build without --builder", e);
        }
        try {
            process.getOutputStream().close();
            try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
                said.lines().forEach(told);
            }
            int code = process.waitFor();
            if (code != 0) {
                throw new ImageFault(program() + " ended with " + code + "; it said why above");
            }
        } finally {
            process.destroy();
        }
    }
}
