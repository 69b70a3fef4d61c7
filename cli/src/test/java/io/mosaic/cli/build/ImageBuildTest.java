package io.mosaic.cli.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.cli.image.Blob;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageJson;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.Scratch;
import io.mosaic.cli.image.Unpacked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Dockerfiles on nothing; those on a base have tests with the repository. */
class ImageBuildTest {

    @TempDir
    private Path directory;

    @TempDir
    private Path temporary;

    private Scratch scratch;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch(temporary.toString());
        Files.createDirectories(directory.resolve("app/sub"));
        Files.writeString(directory.resolve("app/one.txt"), "one");
        Files.writeString(directory.resolve("app/sub/two.txt"), "two");
        Files.writeString(directory.resolve("run.sh"), "run");
        Files.setAttribute(directory.resolve("run.sh"), "unix:mode", 0755);
        Files.createSymbolicLink(directory.resolve("app/link"), Path.of("one.txt"));
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    private Image build(String dockerfile, Map<String, String> arguments) throws IOException {
        Path file = Files.writeString(temporary.resolve("Dockerfile"), dockerfile);
        return new ImageBuild(
                        directory,
                        arguments,
                        new Platform("linux", "amd64", ""),
                        name -> {
                            throw new IllegalStateException("no base is asked for: " + name);
                        },
                        new Bases(null, null, null, scratch),
                        scratch)
                .build(file);
    }

    private Image build(String dockerfile) throws IOException {
        return build(dockerfile, Map.of());
    }

    private static JsonNode config(Image image) throws IOException {
        return ImageJson.read(image.blobs().getFirst().content().open(0).readAllBytes());
    }

    /** Names of a layer, each with its mode and owner, and what it holds or leads to. */
    private static Map<String, String> files(Blob layer) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(Unpacked.of(layer.content().open(0)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                assertThat(entry.getLastModifiedTime()).isEqualTo(FileTime.fromMillis(1000));
                files.put(
                        entry.getName(),
                        Integer.toOctalString(entry.getMode() & 07777) + " " + entry.getLongUserId() + ":"
                                + entry.getLongGroupId() + " "
                                + (entry.isSymbolicLink()
                                        ? "-> " + entry.getLinkName()
                                        : new String(tar.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)));
            }
        }
        return files;
    }

    @Test
    void settingsAreThoseOfDocker() throws IOException {
        JsonNode root = config(build("""
                # syntax=docker/dockerfile:1
                ARG TAG=7
                FROM scratch AS app
                ARG TAG
                ARG EXTRA="a b"
                ENV A=1 B="x $TAG" \\
                    # a comment between
                    C=${EXTRA:-none}${NOT:+no}
                ENV OLD the $A way
                LABEL "who"="we two" n=$B
                WORKDIR /srv
                WORKDIR app/../$A
                USER 10:20
                EXPOSE 80 53/udp
                VOLUME /data
                STOPSIGNAL SIGQUIT
                HEALTHCHECK --interval=1m30s --retries=4 CMD ["/ok", "-v"]
                ENTRYPOINT ["/run.sh", "$A"]
                CMD echo $A
                """, Map.of("EXTRA", "given")));
        JsonNode config = root.path("config");
        assertThat(config.path("Env").toString()).isEqualTo("[\"A=1\",\"B=x 7\",\"C=given\",\"OLD=the 1 way\"]");
        assertThat(config.path("Labels").toString()).isEqualTo("{\"who\":\"we two\",\"n\":\"x 7\"}");
        assertThat(config.path("WorkingDir").asString("")).isEqualTo("/srv/1");
        assertThat(config.path("User").asString("")).isEqualTo("10:20");
        assertThat(config.path("ExposedPorts").toString()).isEqualTo("{\"80/tcp\":{},\"53/udp\":{}}");
        assertThat(config.path("Volumes").has("/data")).isTrue();
        assertThat(config.path("StopSignal").asString("")).isEqualTo("SIGQUIT");
        assertThat(config.path("Healthcheck").toString())
                .isEqualTo("{\"Test\":[\"CMD\",\"/ok\",\"-v\"],\"Interval\":90000000000,\"Retries\":4}");
        assertThat(config.path("Entrypoint").toString()).isEqualTo("[\"/run.sh\",\"$A\"]");
        assertThat(config.path("Cmd").toString()).isEqualTo("[\"/bin/sh\",\"-c\",\"echo $A\"]");
        assertThat(root.path("rootfs").path("diff_ids").size()).isZero();
        assertThat(root.path("history").size()).isEqualTo(12);
    }

    @Test
    void copiesAreThoseOfDocker() throws IOException {
        Image image = build("""
                FROM scratch
                WORKDIR /srv
                COPY run.sh .
                COPY --chown=5:6 --chmod=640 app /opt/app
                COPY ["run.sh", "app/one.txt", "/many/"]
                COPY app/*.txt named
                """);
        assertThat(files(image.blobs().get(1)))
                .containsExactly(Map.entry("srv/", "755 0:0 "), Map.entry("srv/run.sh", "755 0:0 run"));
        assertThat(files(image.blobs().get(2)))
                .containsExactly(
                        Map.entry("opt/", "755 0:0 "),
                        Map.entry("opt/app/", "755 5:6 "),
                        Map.entry("opt/app/link", "777 5:6 -> one.txt"),
                        Map.entry("opt/app/one.txt", "640 5:6 one"),
                        Map.entry("opt/app/sub/", "755 5:6 "),
                        Map.entry("opt/app/sub/two.txt", "640 5:6 two"));
        assertThat(files(image.blobs().get(3))).containsKeys("many/run.sh", "many/one.txt");
        assertThat(files(image.blobs().get(4))).containsKey("srv/named");
    }

    @Test
    void theSameFilesAreTheSameImageWhateverTheirTimes() throws IOException {
        String first = build("FROM scratch\nCOPY . /\n").digest();
        Files.setLastModifiedTime(directory.resolve("run.sh"), FileTime.fromMillis(1_600_000_000_000L));
        assertThat(build("FROM scratch\nCOPY . /\n").digest()).isEqualTo(first);
        Files.writeString(directory.resolve("run.sh"), "RUN");
        assertThat(build("FROM scratch\nCOPY . /\n").digest()).isNotEqualTo(first);
    }

    @Test
    void whatIsIgnoredStaysOut() throws IOException {
        Files.writeString(
                directory.resolve(".dockerignore"), "# left out\n**/*.txt\n!app/sub/two.txt\n.dockerignore\n");
        assertThat(files(build("FROM scratch\nCOPY . /\n").blobs().get(1)).keySet())
                .containsExactly("app/", "app/link", "app/sub/", "app/sub/two.txt", "run.sh");
        assertThatThrownBy(() -> build("FROM scratch\nCOPY app/one.txt /\n"))
                .isInstanceOf(ImageFault.class)
                .hasMessageContaining(".dockerignore leaves it out");
    }

    private void refused(String dockerfile, String why) {
        assertThatThrownBy(() -> build(dockerfile))
                .isInstanceOf(ImageFault.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatIsNotDoneHereIsRefusedWithItsLine() {
        refused(
                "FROM scratch\n\nRUN make\n",
                "line 3: RUN runs a command, which needs a container; a builder can: --builder docker");
        refused("FROM scratch\nCOPY --from=build /a /b\n", "line 2: COPY from another stage");
        refused("FROM scratch AS a\nFROM scratch\n", "line 2: FROM: a second stage");
        refused("FROM scratch\nADD http://x.example/a /a\n", "of an address is not done here");
        refused("FROM scratch\nONBUILD COPY a b\n", "ONBUILD is not understood here");
        refused("FROM scratch\nCOPPY a b\n", "line 2: COPPY is no instruction");
        refused("FROM scratch\nCOPY ../x /\n", "outside of");
        refused("FROM scratch\nCOPY nothing /\n", "there is no nothing");
        refused("FROM scratch\nCOPY run.sh ../../x\n", "a target with ..");
        refused("FROM scratch\nCOPY --chown=app run.sh /\n", "--chown takes numbers");
        refused("FROM scratch\nCOPY --link run.sh /\n", "flag --link is not understood");
        refused("FROM scratch\nCOPY run.sh app/one.txt /x\n", "the target must end with /");
        refused("FROM scratch\nENV A=${B\n", "${ is not closed");
        refused("FROM scratch\nENV A=\"b\n", "a quote \" is not closed");
        refused("FROM scratch\nEXPOSE http\n", "not a port");
        refused("FROM scratch\nCOPY <<EOF /x\nhello\nEOF\n", "here-documents");
        refused("COPY run.sh /\n", "must come after FROM");
        refused("# nothing\n", "has no FROM");
    }

    @Test
    void linksAndWhiteoutsOfABaseAreMinded() throws IOException {
        BaseTree tree = new BaseTree();
        BaseTree.Node directoryNode = new BaseTree.Node('d', 0755, 0, 0, "");
        BaseTree.Node file = new BaseTree.Node('f', 0644, 0, 0, "");
        tree.add(java.util.List.of(
                new BaseTree.Named("usr", directoryNode),
                new BaseTree.Named("usr/lib", directoryNode),
                new BaseTree.Named("lib", new BaseTree.Node('l', 0777, 0, 0, "usr/lib")),
                new BaseTree.Named("a", new BaseTree.Node('l', 0777, 0, 0, "/b")),
                new BaseTree.Named("b", new BaseTree.Node('l', 0777, 0, 0, "../a")),
                new BaseTree.Named("tmp", new BaseTree.Node('d', 01777, 3, 4, "")),
                new BaseTree.Named("gone", directoryNode),
                new BaseTree.Named("gone/x", file)));
        assertThat(tree.resolve("lib/x/y", true)).isEqualTo("usr/lib/x/y");
        assertThat(tree.resolve("lib", false)).isEqualTo("lib");
        assertThatThrownBy(() -> tree.resolve("a/x", true)).hasMessageContaining("in a circle");
        tree.add(java.util.List.of(new BaseTree.Named(".wh.gone", file)));
        assertThat(tree.get("gone")).isNull();
        assertThat(tree.get("gone/x")).isNull();

        CopyStep step = new CopyStep(new Context(directory), tree, 0, 0, null);
        Map<String, String> copied = files(step.copy(java.util.List.of("run.sh"), "/lib/x/")
                .write(scratch.file())
                .blob());
        // Not lib/: that would take the link's place.
        assertThat(copied.keySet()).containsExactly("usr/", "usr/lib/", "usr/lib/x/", "usr/lib/x/run.sh");
        CopyStep second = new CopyStep(new Context(directory), tree, 0, 0, null);
        copied = files(second.copy(java.util.List.of("run.sh"), "/tmp")
                .write(scratch.file())
                .blob());
        assertThat(copied).containsEntry("tmp/", "1777 3:4 ").containsKey("tmp/run.sh");
    }
}
