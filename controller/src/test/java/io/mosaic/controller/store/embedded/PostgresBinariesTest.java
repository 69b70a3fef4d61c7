package io.mosaic.controller.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresBinariesTest {
    @TempDir
    Path directory;

    private void extract(TarArchiveEntry entry) throws IOException {
        PostgresBinaries.extract(
                new ByteArrayInputStream("text".getBytes(StandardCharsets.UTF_8)), entry, directory.resolve("in"));
    }

    private static TarArchiveEntry link(String name, String target) {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        return entry;
    }

    @Test
    void modesAndLinksAreKept() throws IOException {
        TarArchiveEntry program = new TarArchiveEntry("lib/libpq.so.5.1");
        program.setMode(0100775);
        extract(program);
        extract(link("lib/libpq.so", "libpq.so.5.1"));

        Path file = directory.resolve("in/lib/libpq.so.5.1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rwxr-xr-x");
        assertThat(Files.readSymbolicLink(directory.resolve("in/lib/libpq.so"))).hasToString("libpq.so.5.1");
        assertThat(directory.resolve("in/lib/libpq.so")).hasContent("text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out", "a/../../out", "./../out"})
    void nothingIsWrittenOutside(String name) {
        assertThatThrownBy(() -> extract(new TarArchiveEntry(name, true)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("points outside");
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../out", "/etc/passwd", ".."})
    void noLinkPointsOutside(String target) {
        assertThatThrownBy(() -> extract(link("a/link", target.equals("..") ? "../.." : target)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("points outside");
    }

    @Test
    void nothingIsWrittenThroughALink() throws IOException {
        extract(new TarArchiveEntry("real/"));
        extract(link("alias", "real"));

        assertThatThrownBy(() -> extract(new TarArchiveEntry("alias/file")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("below a link");
    }
}
