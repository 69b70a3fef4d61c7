package io.mosaic.agent.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.volume.VolumeDriver.VolumeException;
import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real loop devices and mounts; needs root and xfsprogs. */
class LoopVolumesIT {

    private static final Bytes SIZE = Bytes.mebi(300);
    private static final UUID SET = UUID.fromString("0198c7a0-0000-7000-8000-00000000abcd");

    private Path directory;
    private LoopVolumes volumes;

    @BeforeEach
    void make() throws Exception {
        directory = Files.createTempDirectory(Path.of("/var/tmp"), "mosv a").toRealPath();
        volumes = new LoopVolumes(directory, Bytes.ZERO);
    }

    @AfterEach
    void leavesNothing() throws Exception {
        for (UUID set : volumes.list()) {
            volumes.remove(set);
        }
        assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
                .doesNotContain(directory.getFileName().toString());
        assertThat(run("losetup", "-a")).doesNotContain(directory.toString());
        Files.delete(directory);
    }

    @Test
    void makesAMountedVolumeThatAllMayWrite() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);

        assertThat(mount).isEqualTo(directory.resolve(SET + "/mnt"));
        assertThat(run("stat", "-c", "%a", mount.toString())).isEqualTo("1777\n");
        assertThat(run("stat", "-f", "-c", "%T", mount.toString())).isEqualTo("xfs\n");
        assertThat(run("findmnt", "-n", "-o", "OPTIONS", mount.toString())).contains("nodev", "nosuid", "noatime");
        assertThat(volumes.list()).containsExactly(SET);
        long blocks = Long.parseLong(run("stat", "-c", "%b", image().toString()).strip());
        assertThat(blocks * 512).as("the space is taken, not only promised").isGreaterThanOrEqualTo(SIZE.value());
    }

    @Test
    void twiceIsOnce() throws Exception {
        Path first = volumes.ensure(SET, SIZE);
        Files.writeString(first.resolve("kept"), "x");

        assertThat(volumes.ensure(SET, SIZE)).isEqualTo(first);
        assertThat(first.resolve("kept")).hasContent("x");
        assertThat(devices()).hasSize(1);
        assertThat(mounts()).hasSize(1);
    }

    @Test
    void theCapIsHard() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);

        assertThatThrownBy(() -> {
                    byte[] block = new byte[1 << 20];
                    try (OutputStream out = Files.newOutputStream(mount.resolve("big"))) {
                        for (int i = 0; i <= 300; i++) {
                            out.write(block);
                        }
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left");
    }

    @Test
    void growsWhileItIsWrittenToAndGoesOnWithWhatWasKilledHalfway() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);
        Files.writeString(mount.resolve("kept"), "x");
        Bytes larger = Bytes.mebi(400);
        volumes.grow(SET, larger);
        long space = Files.getFileStore(mount).getTotalSpace();
        assertThat(space).isGreaterThan(SIZE.value());
        assertThat(mount.resolve("kept")).hasContent("x");
        volumes.grow(SET, SIZE);
        assertThat(Files.size(image())).as("never less").isEqualTo(larger.value());

        // Killed when the space was taken, and nobody told the file system.
        Files.createFile(image().resolveSibling("growing"));
        run("fallocate", "-l", Long.toString(500L << 20), image().toString());
        volumes.grow(SET, Bytes.mebi(500));
        assertThat(Files.getFileStore(mount).getTotalSpace()).isGreaterThan(space);
        assertThat(image().resolveSibling("growing")).doesNotExist();
    }

    @Test
    void whatCannotGrowIsAsItWasAndSaysHowFarItCould() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);
        long space = Files.getFileStore(mount).getTotalSpace();
        assertThatThrownBy(() -> volumes.grow(SET, Bytes.parse("900Ti")))
                .isInstanceOf(VolumeDriver.VolumeException.class)
                .hasMessageContaining("cannot grow to 900Ti")
                .hasMessageContaining("so at most");
        assertThat(Files.size(image())).isEqualTo(SIZE.value());
        assertThat(Files.getFileStore(mount).getTotalSpace()).isEqualTo(space);
        assertThat(image().resolveSibling("growing")).doesNotExist();
    }

    @Test
    void survivesWhatARebootDoes() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);
        Files.writeString(mount.resolve("kept"), "x");
        run("chmod", "755", mount.toString());
        run("umount", mount.toString());
        run("losetup", "-d", devices().getFirst());

        new LoopVolumes(directory, Bytes.ZERO).ensure(SET, SIZE);

        assertThat(mount.resolve("kept")).hasContent("x");
        assertThat(run("stat", "-c", "%a", mount.toString()))
                .as("what the owner changed stays")
                .isEqualTo("755\n");
    }

    @Test
    void finishesWhatWasKilledAfterEachStep() throws Exception {
        Files.createDirectories(image().getParent());
        Files.write(image().resolveSibling("image.new"), new byte[4096]);
        assertThat(volumes.list()).containsExactly(SET);

        Path mount = volumes.ensure(SET, SIZE);
        assertThat(image().resolveSibling("image.new")).doesNotExist();

        run("umount", mount.toString());
        volumes.ensure(SET, SIZE);
        assertThat(devices()).as("the attached device is found").hasSize(1);

        run("umount", mount.toString());
        Files.delete(mount);
        volumes.ensure(SET, SIZE);
        assertThat(mounts()).hasSize(1);
    }

    @Test
    void removesWhatWasKilledAfterEachStep() throws Exception {
        volumes.remove(SET);

        Files.createDirectories(image().getParent());
        volumes.remove(SET);
        assertThat(volumes.list()).isEmpty();

        Files.createDirectories(image().getParent());
        Files.write(image().resolveSibling("image.new"), new byte[4096]);
        volumes.remove(SET);
        assertThat(volumes.list()).isEmpty();

        Path mount = volumes.ensure(SET, SIZE);
        run("umount", mount.toString());
        volumes.remove(SET);
        volumes.remove(SET);
        assertThat(volumes.list()).isEmpty();
        assertThat(run("losetup", "-a")).doesNotContain(directory.toString());
    }

    @Test
    void removesOneInUse() throws Exception {
        Path mount = volumes.ensure(SET, SIZE);
        try (OutputStream open = Files.newOutputStream(mount.resolve("open"))) {
            open.write(1);
            volumes.remove(SET);
            assertThat(mounts()).isEmpty();
            assertThat(volumes.list()).isEmpty();
        }
    }

    @Test
    void saysThatItDoesNotFit() throws Exception {
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", directory.toString());
        try {
            assertThatThrownBy(() -> volumes.ensure(SET, Bytes.parse("1Gi")))
                    .isInstanceOf(VolumeException.class)
                    .hasMessage("a volume of 1Gi does not fit: 64Mi free at " + directory);
            assertThat(volumes.free()).isEqualTo(Bytes.mebi(64));
            assertThat(volumes.list()).isEmpty();
        } finally {
            run("umount", directory.toString());
        }
    }

    @Test
    void leavesNothingWhenTheFormatFails() throws Exception {
        assertThatThrownBy(() -> volumes.ensure(SET, Bytes.mebi(10))).isInstanceOf(VolumeException.class);

        assertThat(volumes.list()).isEmpty();
    }

    @Test
    void worksWithoutDirectIo() throws Exception {
        run("mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", directory.toString());
        try {
            volumes.ensure(SET, SIZE);
            assertThat(mounts()).hasSize(1);
            volumes.remove(SET);
        } finally {
            run("umount", directory.toString());
        }
    }

    @Test
    void manyAtOnce() throws Exception {
        List<Future<Path>> made = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                UUID set = new UUID(0x0198c7a000007000L, 0x8000000000000000L + i);
                made.add(executor.submit(() -> volumes.ensure(set, SIZE)));
            }
        }
        for (Future<Path> mount : made) {
            assertThat(mount.get()).isDirectory();
        }
        assertThat(devices()).hasSize(8);
        assertThat(volumes.list()).hasSize(8);
    }

    private Path image() {
        return directory.resolve(SET + "/image");
    }

    private List<String> devices() throws Exception {
        return run("losetup", "-a")
                .lines()
                .filter(line -> line.contains(directory.toString()))
                .map(line -> line.substring(0, line.indexOf(':')))
                .toList();
    }

    private List<String> mounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> Mounts.unescaped(line).contains(directory + "/"))
                .toList();
    }

    private static String run(String... command) throws CommandException {
        return Commands.run(Duration.ofMinutes(1), command).out();
    }
}
