package io.mosaic.proof.rig;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** The image that tests and benchmarks run: this machine's static BusyBox with all its links, made without a registry. */
public final class BusyBoxImage {

    public static final String REFERENCE = "mosaic-proof/busybox:1";

    private static final Path BUSYBOX = Path.of("/bin/busybox");

    private BusyBoxImage() {}

    /** Imports it into that daemon. */
    static void importInto(DockerSocket docker) throws IOException, InterruptedException {
        docker.importImage(REFERENCE, tar(), List.of("ENV PATH=/bin", "CMD [\"sleep\",\"1000000\"]"));
    }

    static byte[] tar() throws IOException, InterruptedException {
        if (!Files.isExecutable(BUSYBOX)) {
            throw new IOException(BUSYBOX + " is missing: install busybox-static");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            directory(tar, "bin/", 0755);
            directory(tar, "etc/", 0755);
            directory(tar, "tmp/", 01777);
            file(tar, "bin/busybox", Files.readAllBytes(BUSYBOX), 0755);
            file(
                    tar,
                    "etc/passwd",
                    "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000:app:/:/bin/sh\n".getBytes(StandardCharsets.US_ASCII),
                    0644);
            file(tar, "etc/group", "root:x:0:\napp:x:1000:\n".getBytes(StandardCharsets.US_ASCII), 0644);
            for (String applet :
                    HostCommand.run(BUSYBOX.toString(), "--list").lines().toList()) {
                // The list names busybox itself, which must not become a link to itself.
                if (!applet.equals("busybox")) {
                    TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
                    link.setLinkName("busybox");
                    tar.putArchiveEntry(link);
                    tar.closeArchiveEntry();
                }
            }
        }
        return bytes.toByteArray();
    }

    private static void directory(TarArchiveOutputStream tar, String name, int mode) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content, int mode) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setMode(mode);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
