package io.mosaic.images.glance;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.ImagesConfig;
import io.mosaic.images.RegistryClient;
import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the stock {@code glance} and {@code openstack} commands do with the repository, and docker with what they made. */
class GlanceClientsIT {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        token = cluster.token(Role.OPERATOR, "food");
        ImagesConfig given = cluster.config(null, Bytes.mebi(512));
        // The openstack command has no way to show a token without an identity service.
        ImagesConfig open = new ImagesConfig(
                given.api(),
                null,
                null,
                given.database(),
                null,
                Bytes.ZERO,
                List.of(),
                null,
                given.limits(),
                new ImagesConfig.Glance("food", null, null),
                null,
                List.of());
        images = Images.start(open, MosaicHome.at(home.toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        images.close();
        cluster.close();
    }

    private static CommandResult run(boolean good, List<String> line) throws CommandException {
        CommandResult result = Commands.tryRun(COMMAND, line.toArray(String[]::new));
        assertThat(result.ok())
                .as("%s: %s %s", line, result.out(), result.err())
                .isEqualTo(good);
        return result;
    }

    /** The commands keep schemas and settings in their home, which is not the user's here. */
    private static List<String> line(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of("env", "HOME=" + home, command));
        line.addAll(List.of(arguments));
        return line;
    }

    private static CommandResult glance(boolean good, String... arguments) throws CommandException {
        List<String> all =
                line("glance", "--os-image-url", "http://127.0.0.1:" + images.port(), "--os-auth-token", token);
        all.addAll(List.of(arguments));
        return run(good, all);
    }

    private static String glance(String... arguments) throws CommandException {
        return glance(true, arguments).out();
    }

    /** One field of the table that the command prints. */
    private static String field(String table, String name) {
        for (String row : table.lines().toList()) {
            String[] cells = row.split("\\|", -1);
            if (cells.length > 2 && cells[1].strip().equals(name)) {
                return cells[2].strip();
            }
        }
        throw new AssertionError("no " + name + " in " + table);
    }

    private static CommandResult openstack(boolean good, String... arguments) throws CommandException {
        List<String> all =
                line("openstack", "--os-auth-type", "none", "--os-endpoint", "http://127.0.0.1:" + images.port());
        all.addAll(List.of(arguments));
        return run(good, all);
    }

    private static JsonNode openstack(String... arguments) throws CommandException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-f", "json"));
        return Json.mapper()
                .readTree(openstack(true, all.toArray(String[]::new)).out());
    }

    private static Path file(String name, byte[] content) throws IOException {
        return Files.write(home.resolve(name), content);
    }

    @Test
    void theGlanceCommand() throws Exception {
        Path disk = file("disk.raw", RegistryClient.content(2_000_000, 1));
        String made = glance(
                "image-create",
                "--name",
                "disk",
                "--disk-format",
                "raw",
                "--container-format",
                "bare",
                "--file",
                disk.toString(),
                "--property",
                "rack=r1",
                "--tag",
                "one");
        String id = field(made, "id");
        assertThat(field(made, "status")).isEqualTo("active");
        assertThat(field(made, "size")).isEqualTo("2000000");
        assertThat(glance("image-list", "--property-filter", "rack=r1")).contains(id);
        assertThat(field(glance("image-show", id), "owner")).isEqualTo("food");
        Path back = home.resolve("back.raw");
        glance("image-download", "--file", back.toString(), id);
        assertThat(back).hasSameBinaryContentAs(disk);
        assertThat(field(
                        glance("image-update", id, "--name", "other", "--property", "rack=r2", "--min-disk", "3"),
                        "name"))
                .isEqualTo("other");
        assertThat(field(glance("image-show", id), "rack")).isEqualTo("r2");
        glance("image-update", id, "--remove-property", "rack");
        assertThat(glance("image-show", id)).doesNotContain("rack");
        glance("image-tag-update", id, "two");
        glance("image-tag-delete", id, "one");
        glance("member-create", id, "shop");
        assertThat(glance("member-list", "--image-id", id)).contains("shop").contains("pending");
        glance("member-delete", id, "shop");
        glance("image-deactivate", id);
        assertThat(glance(false, "image-download", "--file", back.toString(), id)
                        .err())
                .contains("deactivated");
        glance("image-reactivate", id);
        glance("image-update", id, "--protected", "True");
        assertThat(glance(false, "image-delete", id).err()).contains("not permitted to delete");
        glance("image-update", id, "--protected", "False");
        glance("image-delete", id);
        assertThat(glance(false, "image-show", id).err()).contains("No image found");
        for (int i = 0; i < 3; i++) {
            glance(
                    "image-create",
                    "--name",
                    "page" + i,
                    "--disk-format",
                    "raw",
                    "--container-format",
                    "bare",
                    "--file",
                    disk.toString());
        }
        assertThat(glance("image-list", "--page-size", "1", "--sort", "name:asc"))
                .contains("page0")
                .contains("page1")
                .contains("page2");
    }

    @Test
    void theOpenstackCommand() throws Exception {
        Path disk = file("disk2.raw", RegistryClient.content(1_500_000, 2));
        JsonNode made = openstack(
                "image",
                "create",
                "box",
                "--disk-format",
                "raw",
                "--container-format",
                "bare",
                "--file",
                disk.toString(),
                "--property",
                "rack=r7",
                "--tag",
                "one");
        String id = made.path("id").asString();
        assertThat(openstack("image", "show", "box").path("status").asString()).isEqualTo("active");
        assertThat(openstack("image", "show", "box")
                        .path("properties")
                        .path("rack")
                        .asString())
                .isEqualTo("r7");
        assertThat(openstack("image", "list", "--property", "rack=r7")
                        .path(0)
                        .path("ID")
                        .asString())
                .isEqualTo(id);
        Path back = home.resolve("back2.raw");
        openstack(true, "image", "save", "--file", back.toString(), "box");
        assertThat(back).hasSameBinaryContentAs(disk);
        openstack(true, "image", "set", "--name", "crate", "--property", "rack=r8", "--tag", "two", "--protected", id);
        JsonNode shown = openstack("image", "show", "crate");
        assertThat(shown.path("properties").path("rack").asString()).isEqualTo("r8");
        assertThat(shown.path("tags").size()).isEqualTo(2);
        openstack(false, "image", "delete", id);
        openstack(true, "image", "set", "--unprotected", "--deactivate", id);
        assertThat(openstack("image", "show", id).path("status").asString()).isEqualTo("deactivated");
        openstack(true, "image", "set", "--activate", id);
        openstack(true, "image", "unset", "--property", "rack", "--tag", "one", id);
        openstack(true, "image", "delete", id);
        openstack(false, "image", "show", id);
    }

    /** By the glance command layer for layer, and by docker as one image; then the other way round. */
    @Test
    void dockerPullsWhatGlanceMadeAndGlanceReadsWhatDockerPushed() throws Exception {
        Path docker = Files.createTempDirectory(Path.of("/tmp"), "mosg");
        Process dockerd = new ProcessBuilder(
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
        try {
            List<String> client =
                    List.of("docker", "-H", "unix://" + docker.resolve("docker.sock"), "--config", docker + "/config");
            for (int i = 0;
                    i < 600
                            && !Commands.tryRun(COMMAND, with(client, "version"))
                                    .ok();
                    i++) {
                assertThat(dockerd.isAlive())
                        .as(Files.readString(docker.resolve("log")))
                        .isTrue();
                Thread.sleep(100);
            }
            String registry = "127.0.0.1:" + images.port();
            docker(client, "login", "-u", "any", "-p", token, registry);
            pulled(client, registry);
            pushed(client, registry);
        } finally {
            dockerd.destroy();
            assertThat(dockerd.waitFor(30, TimeUnit.SECONDS)).isTrue();
            Commands.run(COMMAND, "rm", "-rf", "--one-file-system", docker.toString());
        }
    }

    private static String[] with(List<String> client, String... arguments) {
        List<String> all = new ArrayList<>(client);
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private static String docker(List<String> client, String... arguments) throws CommandException {
        return run(true, List.of(with(client, arguments))).out().strip();
    }

    private static String layer(String name, Path file, String... more) throws CommandException {
        List<String> all = new ArrayList<>(List.of(
                "image-create",
                "--name",
                name,
                "--disk-format",
                "raw",
                "--container-format",
                "docker",
                "--file",
                file.toString()));
        all.addAll(List.of(more));
        return field(glance(all.toArray(String[]::new)), "id");
    }

    private static void pulled(List<String> client, String registry) throws Exception {
        Path root = Files.createDirectories(home.resolve("root"));
        Files.write(root.resolve("one"), RegistryClient.content(100_000, 1));
        Path first = home.resolve("one.tar");
        run(true, List.of("tar", "-C", root.toString(), "-cf", first.toString(), "one"));
        Files.write(root.resolve("two"), RegistryClient.content(50_000, 2));
        Path second = home.resolve("two.tar.gz");
        run(true, List.of("tar", "-C", root.toString(), "-czf", second.toString(), "two"));
        Path config = file(
                "config.json", "{\"config\":{\"Cmd\":[\"/one\"],\"Env\":[\"A=b\"]}}".getBytes(StandardCharsets.UTF_8));
        String base = layer("base", first);
        String top = layer("top", second, "--property", "parent_id=" + base);
        String whole = layer(
                "web", config, "--property", "parent_id=" + top, "--property", "docker_repository=food/layered:1");
        String name = registry + "/food/layered:1";
        docker(client, "pull", name);
        String id = docker(client, "image", "inspect", "-f", "{{.Id}}", name);
        assertThat(field(glance("image-show", whole), "docker_image_id")).isEqualTo(id);
        assertThat(docker(client, "image", "inspect", "-f", "{{.Config.Cmd}} {{.Config.Env}}", name))
                .isEqualTo("[/one] [A=b]");
        // The files are in it.
        String container = docker(client, "create", name);
        docker(client, "cp", container + ":/two", home.resolve("two.back").toString());
        docker(client, "cp", container + ":/one", home.resolve("one.back").toString());
        assertThat(Files.readAllBytes(home.resolve("two.back"))).isEqualTo(RegistryClient.content(50_000, 2));
        assertThat(Files.readAllBytes(home.resolve("one.back"))).isEqualTo(RegistryClient.content(100_000, 1));
    }

    private static void pushed(List<String> client, String registry) throws Exception {
        Path context = Files.createDirectories(home.resolve("context"));
        Files.write(context.resolve("f1"), RegistryClient.content(30_000, 5));
        Files.write(context.resolve("f2"), RegistryClient.content(30_000, 6));
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nCOPY f1 /f1\nCOPY f2 /f2\n");
        String name = registry + "/food/pushed:1";
        docker(client, "build", "-q", "-t", name, context.toString());
        docker(client, "push", name);
        String id = docker(client, "image", "inspect", "-f", "{{.Id}}", name);
        String listed = glance("image-list", "--property-filter", "docker_image_id=" + id);
        String image = listed.lines()
                .filter(each -> each.contains("image-"))
                .map(each -> each.split("\\|", -1)[1].strip())
                .findFirst()
                .orElseThrow();
        Path config = home.resolve("config.back");
        glance("image-download", "--file", config.toString(), image);
        assertThat(RegistryClient.digest(Files.readAllBytes(config))).isEqualTo(id);
        String top = field(glance("image-show", image), "parent_id");
        String base = field(glance("image-show", top), "parent_id");
        assertThat(glance("image-show", base)).doesNotContain("parent_id");
        // The openstack command wants to see an MD5 where there is one; of what came by push there is none.
        openstack(true, "image", "save", "--file", home.resolve("top.back").toString(), top);
        assertThat(Files.size(home.resolve("top.back"))).isPositive();
    }
}
