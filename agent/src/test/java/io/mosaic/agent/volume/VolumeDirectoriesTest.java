package io.mosaic.agent.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.volume.VolumeDriver.VolumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeDirectoriesTest {

    @TempDir
    private Path directory;

    private Path volume;
    private Path outside;

    @BeforeEach
    void make() throws IOException {
        volume = Files.createDirectory(directory.resolve("volume"));
        outside = Files.createDirectory(directory.resolve("outside"));
    }

    @Test
    void makesWhatIsMissingAndKeepsWhatIsThere() throws Exception {
        Path made = VolumeDirectories.ensure(volume, "a/b/c");
        Files.writeString(made.resolve("kept"), "x");
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx------"));

        assertThat(VolumeDirectories.ensure(volume, "a/b/c")).isEqualTo(volume.resolve("a/b/c"));
        assertThat(made.resolve("kept")).hasContent("x");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(volume.resolve("a"))))
                .isEqualTo("rwxrwxrwx");
        assertThat(names(volume)).containsExactly("a");
    }

    @Test
    void followsNoLinks() throws Exception {
        Files.createSymbolicLink(volume.resolve("out"), outside);
        Files.createDirectory(volume.resolve("in"));
        Files.createSymbolicLink(volume.resolve("in/up"), Path.of("../../outside"));
        Files.createSymbolicLink(volume.resolve("dangling"), outside.resolve("none"));

        for (String path : new String[] {"out", "out/x", "in/up/x", "dangling", "dangling/x"}) {
            assertThatThrownBy(() -> VolumeDirectories.ensure(volume, path))
                    .as(path)
                    .isInstanceOf(VolumeException.class);
        }
        assertThat(names(outside)).isEmpty();
    }

    @Test
    void refusesWhatIsNotWithin() throws Exception {
        Files.writeString(volume.resolve("file"), "x");
        for (String path :
                new String[] {"/etc", "..", "../outside", "a/../../outside", "", ".", "a/./b", "file", "file/x"}) {
            assertThatThrownBy(() -> VolumeDirectories.ensure(volume, path))
                    .as(path)
                    .isInstanceOf(VolumeException.class);
        }
        assertThat(names(outside)).isEmpty();
    }

    @Test
    void namesOfMountsAreReadAsTheKernelWritesThem() {
        assertThat(Mounts.unescaped("/plain")).isEqualTo("/plain");
        assertThat(Mounts.unescaped("/a\\040b\\134c\\011")).isEqualTo("/a b\\c\t");
        assertThat(Mounts.unescaped("/\u00e4\\040\u00f6")).isEqualTo("/\u00e4 \u00f6");
    }

    private static String[] names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toArray(String[]::new);
        }
    }
}
