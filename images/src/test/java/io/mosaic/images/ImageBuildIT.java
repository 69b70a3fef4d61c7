package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Bytes;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mos image build} and {@code war}, and docker running what they made. Needs root. */
class ImageBuildIT {

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static DockerdFixture docker;
    private static Mos mos;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        images = Images.start(cluster.config(null, Bytes.mebi(512)), MosaicHome.at(home.toString()));
        docker = new DockerdFixture();
        // What a user has fetched by Maven is looked for in his home; all else of it is the test's own.
        Files.createSymbolicLink(home.resolve(".m2"), Path.of(System.getProperty("user.home"), ".m2"));
        mos = new Mos(Map.of(
                "MOS_IMAGES",
                "http://127.0.0.1:" + images.port(),
                "MOS_TOKEN",
                cluster.token(Role.DEVELOPER, "shop"),
                "MOS_TENANT",
                "shop",
                "HOME",
                home.toString(),
                "PATH",
                System.getenv("PATH"),
                "DOCKER_HOST",
                "unix://" + docker.socket()));
    }

    @AfterAll
    static void stop() throws Exception {
        docker.close();
        images.close();
        cluster.close();
    }

    /** BusyBox below usr, with links to it where Debian has them. */
    private static byte[] base() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (String directory : new String[] {"usr/", "usr/bin/", "usr/lib/", "tmp/"}) {
                TarArchiveEntry entry = new TarArchiveEntry(directory);
                entry.setMode(directory.equals("tmp/") ? 041777 : 040755);
                entry.setModTime(0L);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
            byte[] busybox = Files.readAllBytes(Path.of("/bin/busybox"));
            TarArchiveEntry entry = new TarArchiveEntry("usr/bin/busybox");
            entry.setMode(0100755);
            entry.setModTime(0L);
            entry.setSize(busybox.length);
            tar.putArchiveEntry(entry);
            tar.write(busybox);
            tar.closeArchiveEntry();
            for (String[] link : new String[][] {{"bin", "usr/bin"}, {"lib", "usr/lib"}, {"usr/bin/sh", "busybox"}}) {
                TarArchiveEntry linked = new TarArchiveEntry(link[0], TarConstants.LF_SYMLINK);
                linked.setLinkName(link[1]);
                linked.setModTime(0L);
                tar.putArchiveEntry(linked);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aDockerfileOnABaseOfTheRepository() throws Exception {
        Path root = Files.write(home.resolve("base.tar"), base());
        mos.run("image", "import", root.toString(), "--tag", "shop/base:1", "--env", "PATH=/bin");
        Path context = Files.createTempDirectory(home, "context");
        Files.writeString(context.resolve("greeting"), "hello\n");
        Files.writeString(context.resolve("Dockerfile"), """
                FROM base:1
                ARG WHO=you
                ENV WHO=$WHO
                COPY greeting /lib/greeting
                COPY greeting /tmp/
                ENTRYPOINT ["/bin/sh"]
                CMD ["-c", "/bin/busybox cat /usr/lib/greeting; echo $WHO; /bin/busybox stat -c %a /tmp"]
                """);
        String first = mos.run("image", "build", context.toString(), "--tag", "web:1", "--build-arg", "WHO=us");
        // The base's layer is mounted; two layers and the configuration travel.
        assertThat(first).contains("shop/web:1 is sha256:").contains("3 of 4 parts sent");
        Files.setLastModifiedTime(context.resolve("greeting"), java.nio.file.attribute.FileTime.fromMillis(0));
        assertThat(mos.run("image", "build", context.toString(), "--tag", "web:1", "--build-arg", "WHO=us"))
                .contains("0 of 4 parts sent, 0");
        mos.run("image", "pull", "web:1", "--to-docker");
        assertThat(docker.run("run", "--rm", "--network=none", "shop/web:1")).isEqualTo("hello\nus\n1777\n");
        assertThat(mos.run("image", "history", "web:1")).contains("COPY greeting /tmp/", "mos image import");

        Files.writeString(context.resolve("Dockerfile"), "FROM base:1\nRUN make\n");
        Mos.Ran refused = mos.tryRun("image", "build", context.toString(), "--tag", "web:2");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("line 2: RUN").contains("--builder docker");
        assertThat(mos.tryRun("image", "inspect", "shop/web:2").code()).isEqualTo(3);
    }

    @Test
    void whatNeedsAContainerIsLeftToDocker() throws Exception {
        Path context = Files.createTempDirectory(home, "context");
        Files.copy(Path.of("/bin/busybox"), context.resolve("busybox"));
        Files.writeString(context.resolve("Dockerfile"), """
                FROM scratch
                COPY busybox /bin/busybox
                RUN ["/bin/busybox", "touch", "/made"]
                CMD ["/bin/busybox", "ls", "/made"]
                """);
        mos.run("image", "build", context.toString(), "--tag", "shop/built:1", "--builder", "docker");
        mos.run("image", "pull", "shop/built:1", "--to-docker");
        assertThat(docker.run("run", "--rm", "--network=none", "shop/built:1")).isEqualTo("/made\n");
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nRUN [\"/none\"]\n");
        Mos.Ran failed =
                mos.tryRun("image", "build", context.toString(), "--tag", "shop/built:2", "--builder", "docker");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("docker ended with");
    }

    private static Path war(String page) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("index.jsp", page.getBytes(StandardCharsets.UTF_8));
        files.put("WEB-INF/lib/some.jar", jar());
        Path war = Files.createTempFile(home, "shop", ".war");
        zip(war, files);
        return war;
    }

    private static byte[] jar() throws IOException {
        Path jar = Files.createTempFile(home, "some", ".jar");
        zip(jar, Map.of("META-INF/resources/from-the-library.txt", "of the library".getBytes(StandardCharsets.UTF_8)));
        return Files.readAllBytes(jar);
    }

    private static void zip(Path file, Map<String, byte[]> files) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> each : files.entrySet()) {
                ZipEntry entry = new ZipEntry(each.getKey());
                entry.setTime(0);
                zip.putNextEntry(entry);
                zip.write(each.getValue());
            }
        }
    }

    @Test
    void aWebApplicationRuns() throws Exception {
        Path war = war("<%@ page session=\"false\" %>answer <%= 6 * 7 %> on <%= Runtime.version().feature() %>");
        String first = mos.run("image", "war", war.toString(), "--runtime", "tomcat10", "--tag", "shop:1");
        assertThat(first).contains("6 of 6 parts sent");
        Path changed = war("<%@ page session=\"false\" %>answer <%= 6 * 8 %>");
        // The application's own layer and the configuration; libraries, Tomcat, Java and root stay.
        assertThat(mos.run("image", "war", changed.toString(), "--runtime", "tomcat10", "--tag", "shop:2"))
                .contains("2 of 6 parts sent");
        mos.run("image", "pull", "shop:1", "--to-docker");
        docker.run("run", "-d", "--name=shop", "--network=none", "--memory=512m", "shop/shop:1");
        String answer = "";
        for (int i = 0; i < 600 && !answer.contains("answer"); i++) {
            Thread.sleep(100);
            answer = docker.tryRun("exec", "shop", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/")
                    .out();
        }
        assertThat(answer)
                .as(docker.tryRun("logs", "shop").toString())
                .contains("answer 42 on " + Runtime.version().feature());
        assertThat(docker.run("exec", "shop", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/from-the-library.txt"))
                .isEqualTo("of the library");
        assertThat(docker.run("exec", "shop", "id", "-u").strip()).isEqualTo("1000");
        docker.run("stop", "-t", "30", "shop");
        assertThat(docker.run("inspect", "-f", "{{.State.ExitCode}}", "shop").strip())
                .isEqualTo("143");
        docker.run("rm", "shop");
    }

    @Test
    void whatIsNoWarIsRefused() throws Exception {
        Path text = Files.writeString(home.resolve("text.war"), "hello");
        Mos.Ran ran = mos.tryRun("image", "war", text.toString(), "--runtime", "tomcat10", "--tag", "shop:9");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("is no war, or was cut off");
        Path tricks = home.resolve("tricks.war");
        zip(tricks, Map.of("../../etc/passwd", new byte[1]));
        assertThat(mos.tryRun("image", "war", tricks.toString(), "--runtime", "tomcat10", "--tag", "shop:9")
                        .err())
                .contains("leads out of the root");
        Path bomb = home.resolve("bomb.war");
        zip(bomb, Map.of("zeros", new byte[3 << 20]));
        assertThat(mos.tryRun(
                                "image",
                                "war",
                                bomb.toString(),
                                "--runtime",
                                "tomcat10",
                                "--tag",
                                "shop:9",
                                "--max-size",
                                "1Mi")
                        .err())
                .contains("more than 1048576 bytes come out");
    }
}
