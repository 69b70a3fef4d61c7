package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainer;
import com.google.cloud.tools.jib.api.RegistryImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.ImageFormat;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What podman, buildah and Jib do with the repository: each takes an image of ours, makes another of it and pushes that. Needs root. */
class MoreClientsIT {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static Mos mos;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        images = Images.start(cluster.config(null, Bytes.mebi(512)), MosaicHome.at(home.toString()));
        token = cluster.token(Role.DEVELOPER, "food");
        mos = new Mos(Map.of("MOS_IMAGES", "http://" + registry(), "MOS_TOKEN", token, "HOME", home.toString()));
        Path tar = home.resolve("root.tar");
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
            TarArchiveEntry entry = new TarArchiveEntry("random");
            byte[] content = RegistryClient.content(900_000, 7);
            entry.setSize(content.length);
            out.putArchiveEntry(entry);
            out.write(content);
            out.closeArchiveEntry();
        }
        mos.run("image", "import", tar.toString(), "--tag", "food/base:1", "--cmd", "/none");
    }

    @AfterAll
    static void stop() throws Exception {
        images.close();
        cluster.close();
    }

    private static String registry() {
        return "127.0.0.1:" + images.port();
    }

    /** A client with a store of its own, without overlays: nothing of this machine's is touched. */
    private static String run(String program, String... arguments) throws Exception {
        Path store = Files.createDirectories(home.resolve(program));
        List<String> line = new ArrayList<>(List.of(
                program,
                "--root=" + store.resolve("root"),
                "--runroot=" + store.resolve("run"),
                "--storage-driver=vfs"));
        line.addAll(List.of(arguments));
        CommandResult result = Commands.tryRun(COMMAND, line.toArray(String[]::new));
        assertThat(result.ok())
                .as("%s: %s %s", line, result.out(), result.err())
                .isTrue();
        return result.out();
    }

    /** The layers of an image, as the repository has it. */
    private static List<String> layers(String repository) throws Exception {
        byte[] manifest = new RegistryClient(images.port(), token)
                .get("/v2/" + repository + "/manifests/1", "Accept", RegistryClient.OCI)
                .body();
        List<String> layers = new ArrayList<>();
        for (JsonNode layer : Json.mapper().readTree(manifest).path("layers")) {
            layers.add(layer.path("digest").asString(""));
        }
        return layers;
    }

    @Test
    void podmanPullsTagsAndPushes() throws Exception {
        String credentials = "--creds=any:" + token;
        String base = registry() + "/food/base:1";
        run("podman", "pull", "--quiet", "--tls-verify=false", credentials, base);
        String pushed = registry() + "/food/podman:1";
        run("podman", "tag", base, pushed);
        run("podman", "push", "--quiet", "--tls-verify=false", credentials, pushed);
        assertThat(layers("food/podman")).hasSize(1);
        run("podman", "rmi", "--force", base, pushed);
        run("podman", "pull", "--quiet", "--tls-verify=false", credentials, pushed);
        assertThat(run("podman", "image", "inspect", "--format={{.Config.Cmd}}", pushed))
                .contains("/none");
    }

    @Test
    void buildahBuildsOnOursAndPushes() throws Exception {
        Path context = Files.createTempDirectory(home, "context");
        Files.write(context.resolve("more"), RegistryClient.content(200_000, 8));
        Files.writeString(context.resolve("Dockerfile"), "FROM " + registry() + "/food/base:1\nCOPY more /more\n");
        String pushed = registry() + "/food/buildah:1";
        String credentials = "--creds=any:" + token;
        run("buildah", "build", "--quiet", "--tls-verify=false", credentials, "--tag=" + pushed, context.toString());
        run("buildah", "push", "--quiet", "--tls-verify=false", credentials, pushed);
        assertThat(layers("food/buildah")).hasSize(2);
        Path back = home.resolve("buildah.tar");
        mos.run("image", "pull", "food/buildah:1", "-o", back.toString());
        assertThat(mos.run("image", "push", back.toString(), "food/again:1")).contains(" of 3 parts sent");
    }

    @Test
    void jibBuildsOnOursAndPushes() throws Exception {
        // Jib keeps a password from a connection in the clear, unless it is told.
        System.setProperty("sendCredentialsOverHttp", "true");
        Path file = Files.write(home.resolve("jib"), RegistryClient.content(200_000, 9));
        JibContainer made = Jib.from(
                        RegistryImage.named(registry() + "/food/base:1").addCredential("any", token))
                .setFormat(ImageFormat.OCI)
                .addFileEntriesLayer(FileEntriesLayer.builder()
                        .addEntry(file, AbsoluteUnixPath.get("/jib"))
                        .build())
                .containerize(Containerizer.to(
                                RegistryImage.named(registry() + "/food/jib:1").addCredential("any", token))
                        .setAllowInsecureRegistries(true)
                        .setApplicationLayersCache(home.resolve("jib-own"))
                        .setBaseImageLayersCache(home.resolve("jib-base")));
        assertThat(layers("food/jib")).hasSize(2).contains(layers("food/base").getFirst());
        assertThat(mos.run("image", "list", "food/jib", "-o", "json"))
                .contains(made.getDigest().toString());
        assertThat(mos.run("image", "history", "food/jib:1", "-o", "json")).contains("jib");
    }
}
