package io.mosaic.cli.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

class RootTarTest {

    private static final int LIMIT = 1 << 20;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

    RootTarTest() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
    }

    private RootTarTest file(String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
        return this;
    }

    private RootTarTest link(String name, byte type, String target) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, type);
        entry.setLinkName(target);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
        return this;
    }

    private byte[] whole() throws IOException {
        tar.close();
        return bytes.toByteArray();
    }

    private static List<String> names(byte[] content) throws IOException {
        List<String> names = new ArrayList<>();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new RootTar(LIMIT).copy(new ByteArrayInputStream(content), out, (entry, name) -> names.add(name));
        return names;
    }

    private static void refused(byte[] content, String why) {
        assertThatThrownBy(() -> names(content)).isInstanceOf(ImageFault.class).hasMessageContaining(why);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.toByteArray();
    }

    @Test
    void whatIsCopiedIsThePlainTarByteForByte() throws IOException {
        byte[] plain = file("./bin/tool", new byte[700])
                .link("lib", TarConstants.LF_SYMLINK, "/usr/../anywhere")
                .link("again", TarConstants.LF_LINK, "bin/tool")
                .whole();
        for (byte[] given : List.of(plain, gzip(plain))) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            List<String> names = new ArrayList<>();
            int entries =
                    new RootTar(LIMIT).copy(new ByteArrayInputStream(given), out, (entry, name) -> names.add(name));
            assertThat(out.toByteArray()).isEqualTo(plain);
            assertThat(names).containsExactly("bin/tool", "lib", "again");
            assertThat(entries).isEqualTo(3);
        }
    }

    @Test
    void namesThatLeadOutAreRefused() throws IOException {
        refused(new RootTarTest().file("../evil", new byte[1]).whole(), "leads out of the root");
        refused(new RootTarTest().file("a/../../evil", new byte[1]).whole(), "leads out of the root");
        refused(new RootTarTest().file("/etc/passwd", new byte[1]).whole(), "absolute path");
        refused(
                new RootTarTest()
                        .link("x", TarConstants.LF_LINK, "../../etc/shadow")
                        .whole(),
                "hard link x leads out");
    }

    @Test
    void whatIsNoTarOrIsCutOffIsRefused() throws IOException {
        refused("#!/bin/busybox\n".repeat(400).getBytes(StandardCharsets.UTF_8), "not a tar");
        refused(new byte[0], "without its end mark");
        assertThat(names(new byte[10240])).isEmpty();
        byte[] plain = file("a", new byte[5000]).file("b", new byte[10]).whole();
        refused(Arrays.copyOf(plain, 2000), "cut off within a");
        // At the end of an entry: nothing is missing that a reader would miss.
        refused(Arrays.copyOf(plain, 512 + 5120), "without its end mark");
        byte[] packed = gzip(plain);
        refused(Arrays.copyOf(packed, packed.length - 9), "cut off");
        byte[] more = Arrays.copyOf(plain, plain.length + 512);
        more[more.length - 1] = 1;
        refused(more, "follows the end");
    }

    @Test
    void whatIsAbsurdlyLargeIsRefused() throws IOException {
        byte[] large = new RootTarTest().file("zeros", new byte[2 * LIMIT]).whole();
        refused(large, "larger than");
        refused(gzip(large), "larger than");
        // Many small ones, together too much.
        RootTarTest many = new RootTarTest();
        for (int i = 0; i < 40; i++) {
            many.file("f" + i, new byte[30_000]);
        }
        refused(gzip(many.whole()), "bytes come out of it");
        // A header that says that its name is of two million characters.
        TarArchiveEntry name = new TarArchiveEntry(TarConstants.GNU_LONGLINK, TarConstants.LF_GNUTYPE_LONGNAME);
        name.setSize(2_000_000);
        tar.putArchiveEntry(name);
        tar.write(new byte[2_000_000]);
        tar.closeArchiveEntry();
        refused(gzip(file("x", new byte[1]).whole()), "headers are larger");
        refused(new RootTarTest().file("x".repeat(5000), new byte[1]).whole(), "a name of 5000 characters");
    }

    @Test
    void whatUnpacksToManyTimesItsSizeIsRefused() throws IOException {
        long bytes = 300L << 20;
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (TarArchiveOutputStream bomb = new TarArchiveOutputStream(new GZIPOutputStream(packed, 1 << 16))) {
            TarArchiveEntry entry = new TarArchiveEntry("bomb");
            entry.setSize(bytes);
            bomb.putArchiveEntry(entry);
            byte[] zeros = new byte[1 << 20];
            for (long at = 0; at < bytes; at += zeros.length) {
                bomb.write(zeros);
            }
            bomb.closeArchiveEntry();
        }
        assertThatThrownBy(() -> new RootTar(1L << 40)
                        .copy(
                                new ByteArrayInputStream(packed.toByteArray()),
                                java.io.OutputStream.nullOutputStream(),
                                (entry, name) -> {}))
                .isInstanceOf(ImageFault.class)
                .hasMessageContaining("200 times its size");
    }
}
