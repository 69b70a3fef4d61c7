package io.mosaic.agent.docker;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * The image of infra containers, made from the machine's own static BusyBox, so that a host needs no registry for it.
 * Equal binaries give equal bytes on every host: times, owners and order are fixed.
 */
public final class BusyBoxImage {

    /** Docker's instructions that go with it. */
    public static final List<String> CHANGES =
            List.of("ENV PATH=/bin", "LABEL io.mosaic.image=busybox", "CMD [\"/bin/sh\"]");

    private static final Duration LIST_DEADLINE = Duration.ofSeconds(10);

    /** A static BusyBox has 1 to 3 MiB; what is larger is something else. */
    private static final long BINARY_BYTES_MAX = 32L << 20;

    private static final String PASSWD =
            "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
    private static final String GROUP = "root:x:0:\nnogroup:x:65534:\n";

    private BusyBoxImage() {}

    /**
     * Makes the image under that reference if the daemon has none.
     *
     * @return its id
     * @throws IOException when the binary is missing, is not a static program, or does not run; says what to install
     */
    public static String ensure(Docker docker, String reference, Path busybox) throws IOException, DockerException {
        Docker.ImageInfo present = docker.image(reference);
        if (present == null) {
            docker.importImage(reference, new ByteArrayInputStream(tar(busybox)), CHANGES);
            present = docker.image(reference);
        }
        if (present == null) {
            throw new DockerException(
                    DockerException.Kind.FAILED, "the image " + reference + " was imported but is not there");
        }
        return present.id();
    }

    /** The root file system as a tar. */
    public static byte[] tar(Path busybox) throws IOException {
        byte[] binary = binary(busybox);
        List<String> applets = applets(busybox);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(binary.length + 512 * 1024);
        write(bytes, binary, applets);
        return bytes.toByteArray();
    }

    private static byte[] binary(Path busybox) throws IOException {
        byte[] binary;
        try {
            if (Files.size(busybox) > BINARY_BYTES_MAX) {
                throw new IOException(busybox + " is too large to be BusyBox");
            }
            binary = Files.readAllBytes(busybox);
        } catch (NoSuchFileException e) {
            throw new IOException(busybox + " is missing; install it, on Debian: apt-get install busybox-static", e);
        }
        if (!isStaticProgram(binary)) {
            throw new IOException(
                    busybox + " is not a static program; install one, on Debian: apt-get install busybox-static");
        }
        return binary;
    }

    /** An ELF program that asks for no interpreter (no PT_INTERP header): it runs without any library beside it. */
    static boolean isStaticProgram(byte[] file) {
        if (file.length < 64 || file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F') {
            return false;
        }
        boolean wide = file[4] == 2;
        ByteBuffer elf = ByteBuffer.wrap(file).order(file[5] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long table = wide ? elf.getLong(32) : elf.getInt(28) & 0xffffffffL;
        int entryBytes = elf.getShort(wide ? 54 : 42) & 0xffff;
        int entries = elf.getShort(wide ? 56 : 44) & 0xffff;
        for (int i = 0; i < entries; i++) {
            long at = table + (long) i * entryBytes;
            if (at < 0 || at + 4 > file.length) {
                return false;
            }
            int interpreter = 3;
            if (elf.getInt((int) at) == interpreter) {
                return false;
            }
        }
        return entries > 0;
    }

    /** The list names BusyBox itself too: as a link it would point at itself. */
    private static List<String> applets(Path busybox) throws IOException {
        try {
            String list =
                    Commands.run(LIST_DEADLINE, busybox.toString(), "--list").out();
            TreeSet<String> names = new TreeSet<>();
            list.lines()
                    .map(String::strip)
                    .filter(name -> name.matches("[\\w\\[.+-]{1,64}"))
                    .forEach(names::add);
            names.remove("busybox");
            if (!names.contains("sh")) {
                throw new IOException(busybox + " has no sh");
            }
            return List.copyOf(names);
        } catch (CommandException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void write(OutputStream target, byte[] binary, List<String> applets) throws IOException {
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(target)) {
            for (String directory : List.of("bin", "dev", "etc", "proc", "root", "run", "sys", "var")) {
                directory(tar, directory, directory.equals("root") ? 0700 : 0755);
            }
            // Everyone writes there, each removes its own: the sticky bit.
            directory(tar, "tmp", 01777);
            file(tar, "bin/busybox", 0755, binary);
            for (String applet : applets) {
                TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
                link.setLinkName("busybox");
                put(tar, link, 0777, new byte[0]);
            }
            file(tar, "etc/passwd", 0644, PASSWD.getBytes(StandardCharsets.US_ASCII));
            file(tar, "etc/group", 0644, GROUP.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void directory(TarArchiveOutputStream tar, String name, int mode) throws IOException {
        put(tar, new TarArchiveEntry(name + "/"), mode, new byte[0]);
    }

    private static void file(TarArchiveOutputStream tar, String name, int mode, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        put(tar, entry, mode, content);
    }

    private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, int mode, byte[] content)
            throws IOException {
        entry.setMode(mode);
        entry.setModTime(0);
        entry.setIds(0, 0);
        entry.setNames("root", "root");
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
