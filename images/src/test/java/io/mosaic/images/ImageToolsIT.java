package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.cli.image.Digests;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code mos image push, pull, import, history} with the real repository, and what docker and skopeo make of it. Needs root. */
class ImageToolsIT {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static DockerdFixture docker;
    private static Mos mos;
    private static String credentials;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        images = Images.start(cluster.config(null, Bytes.mebi(512)), MosaicHome.at(home.toString()));
        docker = new DockerdFixture();
        String token = cluster.token(Role.OPERATOR, "food", "shop");
        credentials = "any:" + token;
        mos = new Mos(Map.of(
                "MOS_IMAGES",
                "http://" + registry(),
                "MOS_TOKEN",
                token,
                "MOS_TENANT",
                "food",
                "HOME",
                home.toString(),
                "DOCKER_HOST",
                "unix://" + docker.socket()));
    }

    @AfterAll
    static void stop() throws Exception {
        docker.close();
        images.close();
        cluster.close();
    }

    private static String registry() {
        return "127.0.0.1:" + images.port();
    }

    private static String skopeo(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("skopeo"));
        line.addAll(List.of(arguments));
        CommandResult result = Commands.tryRun(COMMAND, line.toArray(String[]::new));
        assertThat(result.ok()).as("%s: %s", line, result.err()).isTrue();
        return result.out();
    }

    private static JsonNode inspect(String image) throws Exception {
        String said = skopeo(
                "inspect",
                "--config",
                "--tls-verify=false",
                "--creds",
                credentials,
                "docker://" + registry() + "/" + image);
        return Json.mapper().readTree(said);
    }

    /** A root with BusyBox and a file of random bytes, so that nothing is small by accident. */
    private static byte[] root(long seed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            put(tar, "bin/busybox", 0100755, Files.readAllBytes(Path.of("/bin/busybox")));
            put(tar, "random", 0100644, RegistryClient.content(300_000, seed));
            tar.putArchiveEntry(new TarArchiveEntry("bin/sh", TarArchiveEntry.LF_SYMLINK) {
                {
                    setLinkName("busybox");
                    setModTime(0L);
                }
            });
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }

    private static void put(TarArchiveOutputStream tar, String name, int mode, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setMode(mode);
        entry.setModTime(0L);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static Path gzipped(byte[] content) throws IOException {
        Path file = Files.createTempFile(home, "root", ".tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content);
        }
        return file;
    }

    @Test
    void aRootBecomesAnImageThatDockerRuns() throws Exception {
        Path tar = gzipped(root(1));
        String said = mos.run(
                "image",
                "import",
                tar.toString(),
                "--tag",
                "food/base:1",
                "--cmd",
                "cat",
                "--cmd",
                "/greeting/of/none",
                "--entrypoint",
                "/bin/busybox",
                "--env",
                "PATH=/bin",
                "--env",
                "A=b c",
                "--label",
                "who=we",
                "--port",
                "80",
                "--workdir",
                "/bin");
        assertThat(said).contains("food/base:1 is sha256:").contains("2 of 2 parts sent");
        // The same tar, packed or not, is the same image: nothing travels.
        assertThat(mos.run("image", "import", tar.toString(), "--tag", "other:1", "--cmd", "x"))
                .contains("food/other:1");
        Path plain = Files.write(home.resolve("plain.tar"), root(1));
        assertThat(mos.run("image", "import", plain.toString(), "--tag", "food/other:1", "--cmd", "x"))
                .contains("0 of 2 parts sent, 0");
        Path zstd = home.resolve("plain.tar.zst");
        Commands.run(COMMAND, "zstd", "-q", plain.toString(), "-o", zstd.toString());
        assertThat(mos.run("image", "import", zstd.toString(), "--tag", "food/other:1", "--cmd", "x"))
                .contains("0 of 2 parts sent, 0");
        byte[] half = Files.readAllBytes(zstd);
        Mos.Ran cut = mos.tryRun(
                java.util.Arrays.copyOf(half, half.length / 2), "image", "import", "-", "--tag", "food/cut:1");
        assertThat(cut.code()).isEqualTo(1);
        assertThat(cut.err()).contains("zstd stream is broken, or was cut off");
        JsonNode config = inspect("food/base:1").path("config");
        assertThat(config.path("Entrypoint").path(0).asString("")).isEqualTo("/bin/busybox");
        assertThat(config.path("Cmd").size()).isEqualTo(2);
        assertThat(config.path("Env").path(1).asString("")).isEqualTo("A=b c");
        assertThat(config.path("Labels").path("who").asString("")).isEqualTo("we");
        assertThat(config.path("ExposedPorts").has("80/tcp")).isTrue();
        mos.run("image", "pull", "food/base:1", "--to-docker");
        assertThat(docker.run("run", "--rm", "--network=none", "food/base:1", "env"))
                .contains("A=b c");
        assertThat(mos.run("image", "history", "food/base:1"))
                .startsWith("LAYER ")
                .contains("mos image import");
    }

    @Test
    void whatDockerSavedGoesThereAndBack() throws Exception {
        Path context = Files.createTempDirectory(home, "context");
        Files.write(context.resolve("a"), RegistryClient.content(1_200_000, 2));
        Files.write(context.resolve("b"), RegistryClient.content(400_000, 3));
        Files.writeString(
                context.resolve("Dockerfile"), "FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY a /c\nCMD [\"/a\"]\n");
        docker.run("build", "-q", "-t", "saved:1", context.toString());
        String id = docker.run("image", "inspect", "-f", "{{.Id}}", "saved:1").strip();
        Path tar = home.resolve("saved.tar");
        docker.run("save", "-o", tar.toString(), "saved:1");
        assertThat(mos.run("image", "push", tar.toString(), "food/saved:1")).contains(" of 4 parts sent");
        // Again, by the daemon's socket and by the input: nothing travels.
        assertThat(mos.run("image", "push", "docker:saved:1", "food/saved:2")).contains("0 of 4 parts sent, 0");
        Mos.Ran piped = mos.tryRun(Files.readAllBytes(tar), "image", "push", "-", "food/saved:3");
        assertThat(new String(piped.output(), StandardCharsets.UTF_8)).contains("0 of 4 parts sent");
        assertThat(inspect("food/saved:1").path("rootfs").path("diff_ids").size())
                .isEqualTo(3);
        docker.run("rmi", "saved:1");
        Path back = home.resolve("back.tar");
        mos.run("image", "pull", "food/saved:1", "-o", back.toString());
        assertThat(docker.run("load", "-i", back.toString())).contains("food/saved:1");
        assertThat(docker.run("image", "inspect", "-f", "{{.Id}}", "food/saved:1")
                        .strip())
                .isEqualTo(id);
        assertThat(Files.exists(home.resolve("back.tar.parts"))).isFalse();
        // skopeo reads the same archive as a layout, and a push of it sends nothing.
        skopeo("inspect", "oci-archive:" + back);
        assertThat(mos.run("image", "push", back.toString(), "food/saved:4")).contains("0 of 4 parts sent");
        Path gz = gzipped(Files.readAllBytes(back));
        assertThat(mos.run("image", "push", gz.toString(), "food/saved:5")).contains("0 of 4 parts sent");
        assertThat(mos.tryRun("image", "pull", "food/saved:1").code()).isEqualTo(2);
        assertThat(mos.tryRun("image", "pull", "food/none:1", "-o", back.toString())
                        .code())
                .isEqualTo(3);
    }

    @Test
    void aPullGoesOnWhereItWasCutOff() throws Exception {
        mos.run("image", "import", gzipped(root(4)).toString(), "--tag", "food/cut:1");
        Path layout = home.resolve("layout");
        mos.run("image", "pull", "food/cut:1", "-o", layout + "/");
        Path blobs = layout.resolve("blobs/sha256");
        Path largest;
        try (var files = Files.list(blobs)) {
            largest = files.max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
        byte[] whole = Files.readAllBytes(largest);
        Path part = largest.resolveSibling(largest.getFileName() + ".part");
        Files.write(part, java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.delete(largest);
        assertThat(mos.tryRun("image", "pull", "food/cut:1", "-o", layout.toString())
                        .err())
                .contains("1 parts fetched");
        assertThat(Files.readAllBytes(largest)).isEqualTo(whole);
        // What came of it was wrong: found, and fetched anew the next time.
        Files.delete(largest);
        Files.write(part, new byte[1000]);
        Mos.Ran wrong = mos.tryRun("image", "pull", "food/cut:1", "-o", layout.toString());
        assertThat(wrong.code()).isEqualTo(1);
        assertThat(wrong.err()).contains("not what its digest says");
        mos.run("image", "pull", "food/cut:1", "-o", layout.toString());
        assertThat(Digests.of(Files.readAllBytes(largest))).isEqualTo("sha256:" + largest.getFileName());
        skopeo("inspect", "oci:" + layout + ":1");
    }

    @Test
    void aPushGoesOnAfterALostConnection() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            put(tar, "random", 0100644, RegistryClient.content(40 << 20, 8));
        }
        Path tar = Files.write(home.resolve("large.tar"), bytes.toByteArray());
        Map<String, String> through = new java.util.HashMap<>(mos.environment());
        try (CuttingProxy proxy = new CuttingProxy(images.port(), 34 << 20)) {
            through.put("MOS_IMAGES", "http://127.0.0.1:" + proxy.port());
            new Mos(through).run("image", "import", tar.toString(), "--tag", "food/large:1");
            assertThat(proxy.cuts()).isOne();
            // The piece that was cut off went again, of 8 MiB; from the beginning it would be 74 MiB.
            assertThat(proxy.sent()).isLessThan(60 << 20);
        }
        mos.run("image", "pull", "food/large:1", "--to-docker");
        assertThat(docker.run("image", "inspect", "-f", "{{.Size}}", "food/large:1")
                        .strip())
                .isEqualTo(Integer.toString(40 << 20));
    }

    @Test
    void severalPlatformsGoTogetherOrOneByOne() throws Exception {
        mos.run("image", "import", gzipped(root(5)).toString(), "--tag", "food/many:amd", "--platform", "linux/amd64");
        mos.run("image", "import", gzipped(root(6)).toString(), "--tag", "food/many:arm", "--platform", "linux/arm64");
        RegistryClient client = new RegistryClient(images.port(), credentials.substring(4));
        StringBuilder listed = new StringBuilder();
        for (String each : List.of("amd", "arm")) {
            byte[] manifest = client.get("/v2/food/many/manifests/" + each, "Accept", RegistryClient.OCI)
                    .body();
            listed.append(listed.isEmpty() ? "" : ",")
                    .append("{\"mediaType\":\"" + RegistryClient.OCI + "\",\"digest\":\""
                            + RegistryClient.digest(manifest) + "\",\"size\":" + manifest.length
                            + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + each + "64\"}}");
        }
        String index =
                "{\"schemaVersion\":2,\"mediaType\":\"" + RegistryClient.INDEX + "\",\"manifests\":[" + listed + "]}";
        assertThat(client.call(
                                "PUT",
                                "/v2/food/many/manifests/1",
                                index.getBytes(StandardCharsets.UTF_8),
                                "Content-Type",
                                RegistryClient.INDEX)
                        .statusCode())
                .isEqualTo(201);
        Path whole = home.resolve("many.tar");
        mos.run("image", "pull", "food/many:1", "-o", whole.toString());
        assertThat(mos.run("image", "push", whole.toString(), "shop/many:1")).contains("4 of 4 parts sent");
        assertThat(client.get("/v2/shop/many/manifests/1", "Accept", RegistryClient.INDEX)
                        .body())
                .isEqualTo(index.getBytes(StandardCharsets.UTF_8));
        assertThat(mos.run("image", "push", whole.toString(), "shop/one:1", "--platform", "linux/arm64"))
                .contains("2 of 2 parts sent");
        assertThat(inspect("shop/one:1").path("architecture").asString("")).isEqualTo("arm64");
        String arm = mos.run("image", "history", "food/many:1", "--platform", "linux/arm64", "-o", "json");
        assertThat(arm)
                .isNotEqualTo(mos.run("image", "history", "food/many:1", "--platform", "linux/amd64", "-o", "json"));
        Mos.Ran none = mos.tryRun("image", "history", "food/many:1", "--platform", "linux/s390x");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("linux/amd64, linux/arm64");
    }
}
