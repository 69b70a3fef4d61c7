package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docker and skopeo do with the repository. Needs root, dockerd and skopeo. */
class ClientsIT {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static Process dockerd;
    private static Path docker;
    private static String developer;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        developer = cluster.token(Role.DEVELOPER, "food");
        images = Images.start(cluster.config(null, Bytes.mebi(512)), MosaicHome.at(home.toString()));
        // A socket's path may have 107 characters only.
        docker = Files.createTempDirectory(Path.of("/tmp"), "mosi");
        dockerd = new ProcessBuilder(
                        "dockerd",
                        "--data-root=" + docker.resolve("data"),
                        "--exec-root=" + docker.resolve("exec"),
                        "--pidfile=" + docker.resolve("docker.pid"),
                        "--host=unix://" + docker.resolve("docker.sock"),
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false",
                        "--log-level=warn")
                .redirectErrorStream(true)
                .redirectOutput(docker.resolve("log").toFile())
                .start();
        for (int i = 0; i < 600 && !docker(false, "version").ok(); i++) {
            assertThat(dockerd.isAlive())
                    .as(Files.readString(docker.resolve("log")))
                    .isTrue();
            Thread.sleep(100);
        }
        docker("login", "-u", "any", "-p", developer, registry());
    }

    @AfterAll
    static void stop() throws Exception {
        dockerd.destroy();
        assertThat(dockerd.waitFor(30, TimeUnit.SECONDS)).isTrue();
        images.close();
        cluster.close();
        Commands.run(COMMAND, "rm", "-rf", "--one-file-system", docker.toString());
    }

    private static String registry() {
        return "127.0.0.1:" + images.port();
    }

    private static CommandResult docker(boolean good, String... arguments) throws CommandException {
        List<String> line = new ArrayList<>(
                List.of("docker", "-H", "unix://" + docker.resolve("docker.sock"), "--config", docker + "/config"));
        line.addAll(List.of(arguments));
        return run(good, line);
    }

    private static String docker(String... arguments) throws CommandException {
        return docker(true, arguments).out();
    }

    private static CommandResult run(boolean good, List<String> line) throws CommandException {
        CommandResult result = Commands.tryRun(COMMAND, line.toArray(String[]::new));
        if (good) {
            assertThat(result.ok())
                    .as("%s: %s %s", line, result.out(), result.err())
                    .isTrue();
        }
        return result;
    }

    /** An image of several layers, made without a registry; says its id. */
    private static String build(String name, int layers, long seed) throws IOException, CommandException {
        Path context = Files.createTempDirectory(home, "context");
        StringBuilder file = new StringBuilder("FROM scratch\n");
        for (int i = 0; i < layers; i++) {
            byte[] content = new byte[1_500_000];
            new Random(seed + i).nextBytes(content);
            Files.write(context.resolve("f" + i), content);
            file.append("COPY f").append(i).append(" /f").append(i).append('\n');
        }
        Files.writeString(context.resolve("Dockerfile"), file);
        docker("build", "-q", "-t", name, context.toString());
        return id(name);
    }

    private static String id(String name) throws CommandException {
        return docker("image", "inspect", "-f", "{{.Id}}", name).strip();
    }

    @Test
    void dockerPushesAndPulls() throws Exception {
        String name = registry() + "/food/web:1";
        String id = build(name, 4, 1);
        assertThat(docker("push", name)).contains("digest: sha256:");
        docker("rmi", name);
        assertThat(docker(false, "image", "inspect", name).ok()).isFalse();
        docker("pull", name);
        assertThat(id(name)).isEqualTo(id);
        // What is there already travels no more: by this name, and mounted into another repository.
        assertThat(docker("push", name)).contains("Layer already exists");
        String other = registry() + "/food/other:1";
        docker("tag", name, other);
        assertThat(docker("push", other)).contains("Mounted from food/web");
    }

    @Test
    void dockerIsToldWhatItMayNot() throws Exception {
        String name = registry() + "/shop/web:1";
        build(name, 1, 10);
        assertThat(docker(false, "push", name).err()).contains("denied");
        assertThat(docker(false, "pull", registry() + "/shop/web:1").err()).contains("denied");
        assertThat(docker(false, "pull", registry() + "/food/never:1").err()).contains("not found");
        assertThat(docker(false, "login", "-u", "any", "-p", "wrong", registry())
                        .ok())
                .isFalse();
        docker("login", "-u", "any", "-p", developer, registry());
    }

    private static CommandResult skopeo(boolean good, String... arguments) throws CommandException {
        List<String> line = new ArrayList<>(List.of("skopeo"));
        line.addAll(List.of(arguments));
        return run(good, line);
    }

    @Test
    void skopeoCopiesInspectsListsAndDeletes() throws Exception {
        String local = registry() + "/food/skopeo:local";
        build(local, 3, 20);
        Path saved = home.resolve("saved.tar");
        docker("save", "-o", saved.toString(), local);
        String there = "docker://" + registry() + "/food/skopeo:1";
        String credentials = "any:" + cluster.token(Role.OPERATOR, "food");
        skopeo(true, "copy", "--dest-tls-verify=false", "--dest-creds", credentials, "docker-archive:" + saved, there);
        Path oci = home.resolve("oci");
        skopeo(true, "copy", "--src-tls-verify=false", "--src-creds", credentials, there, "oci:" + oci + ":1");
        String again = there.replace("skopeo:1", "again:2");
        skopeo(true, "copy", "--dest-tls-verify=false", "--dest-creds", credentials, "oci:" + oci + ":1", again);
        String inspected = skopeo(true, "inspect", "--tls-verify=false", "--creds", credentials, again)
                .out();
        assertThat(Json.mapper().readTree(inspected).path("Layers").size()).isEqualTo(3);
        String listed = skopeo(
                        true,
                        "list-tags",
                        "--tls-verify=false",
                        "--creds",
                        credentials,
                        "docker://" + registry() + "/food/again")
                .out();
        assertThat(Json.mapper().readTree(listed).path("Tags").path(0).asString())
                .isEqualTo("2");
        skopeo(true, "delete", "--tls-verify=false", "--creds", credentials, again);
        assertThat(skopeo(false, "inspect", "--tls-verify=false", "--creds", credentials, again)
                        .ok())
                .isFalse();
        docker("pull", registry() + "/food/skopeo:1");
        assertThat(id(registry() + "/food/skopeo:1")).isEqualTo(id(local));
    }
}
