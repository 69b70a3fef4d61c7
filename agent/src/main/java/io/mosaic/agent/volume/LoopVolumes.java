package io.mosaic.agent.volume;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes as XFS file systems in files: {@code <directory>/<set>/image} mounted at {@code <directory>/<set>/mnt}. The
 * space is taken from the host when the volume is made, so a volume never runs out before its own cap.
 *
 * <p>Crash-safe by order: the file is made as {@code image.new} and gets its name when its file system is whole, so a
 * file called {@code image} is never formatted again. All else (loop device, mount) is looked up each time.
 *
 * <p>Thread-safe. Needs root, {@code losetup}, {@code fallocate}, {@code mkfs.xfs} and {@code mount}.
 */
public final class LoopVolumes implements VolumeDriver {

    private static final Logger LOG = LoggerFactory.getLogger(LoopVolumes.class);

    private static final Duration ALLOCATE = Duration.ofMinutes(2);
    private static final Duration FORMAT = Duration.ofMinutes(1);
    private static final Duration GROW = Duration.ofMinutes(1);

    /** Volumes at once: more would only wait for the same disk. Equal volumes always meet. */
    private static final int STRIPES = 64;

    private static final String PRIVATE = "rwx------";

    private final Path directory;
    private final Bytes reserve;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    /**
     * Makes the directory if it is not there.
     *
     * @param reserve bytes that volumes leave free on the host's file system for everything else
     */
    public LoopVolumes(Path directory, Bytes reserve) throws VolumeException {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
            // The kernel names mounts by their real path.
            this.directory = directory.toRealPath();
        } catch (IOException e) {
            throw new VolumeException("the directory for volumes cannot be made: " + e, e);
        }
        this.reserve = reserve;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    @Override
    public Path ensure(UUID set, Bytes size) throws VolumeException {
        return locked(set, volume -> {
            if (Mounts.mounted(volume.mount())) {
                return volume.mount();
            }
            boolean made = !Files.exists(volume.image());
            try {
                if (made) {
                    make(volume, size);
                }
                mount(volume);
                return volume.mount();
            } catch (CommandException | IOException | VolumeException | InterruptedException e) {
                if (made) {
                    undo(volume, e);
                }
                throw e;
            }
        });
    }

    @Override
    public void grow(UUID set, Bytes size) throws VolumeException {
        locked(set, volume -> {
            grow(volume, size);
            return volume.mount();
        });
    }

    @Override
    public void remove(UUID set) throws VolumeException {
        locked(set, volume -> {
            destroy(volume);
            return volume.mount();
        });
    }

    @Override
    public List<UUID> list() throws VolumeException {
        List<UUID> sets = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                UUID set = uuid(entry.getFileName().toString());
                if (set != null) {
                    sets.add(set);
                }
            }
        } catch (IOException e) {
            throw new VolumeException("the directory of volumes cannot be read: " + e, e);
        }
        return sets;
    }

    @Override
    public Bytes free() throws VolumeException {
        try {
            long usable = Files.getFileStore(directory).getUsableSpace() - reserve.value();
            return new Bytes(Math.clamp(usable, 0, Bytes.MAX));
        } catch (IOException e) {
            throw new VolumeException("the space left for volumes cannot be read: " + e, e);
        }
    }

    /** Takes the space, makes the file system, and gives the file its name: from here on there is a volume. */
    private void make(Volume volume, Bytes size) throws VolumeException, CommandException, IOException {
        Bytes free = free();
        if (size.compareTo(free) > 0) {
            throw new VolumeException(noRoom(size, free));
        }
        Files.createDirectories(volume.home());
        Files.deleteIfExists(volume.unfinished());
        Files.createFile(
                volume.unfinished(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        String file = volume.unfinished().toString();
        try {
            Commands.run(ALLOCATE, "fallocate", "-l", Long.toString(size.value()), "--", file);
        } catch (CommandException e) {
            throw new VolumeException(
                    String.valueOf(e.getMessage()).contains("No space left")
                            ? noRoom(size, free())
                            : "the space for a volume of " + size + " cannot be taken: " + e.getMessage(),
                    e);
        }
        // -K: no discard, which would give the space back.
        Commands.run(FORMAT, "mkfs.xfs", "-q", "-K", "-f", file);
        sync(volume.unfinished());
        Files.move(volume.unfinished(), volume.image(), StandardCopyOption.ATOMIC_MOVE);
        sync(volume.home());
        sync(directory);
    }

    /**
     * Takes more space, tells the loop device, and lets the file system have it. A note beside the image says that this is
     * under way, since of one that ended halfway the image alone looks as if it were done.
     */
    private void grow(Volume volume, Bytes size) throws VolumeException, CommandException, IOException {
        Bytes has = new Bytes(Files.size(volume.image()));
        boolean larger = size.compareTo(has) > 0;
        if (!larger && !Files.exists(volume.growing())) {
            return;
        }
        if (larger) {
            extend(volume, has, size);
        }
        for (String device : LoopDevices.of(volume.image())) {
            Commands.run(GROW, "losetup", "-c", device);
        }
        Commands.run(GROW, "xfs_growfs", "-d", volume.mount().toString());
        Files.deleteIfExists(volume.growing());
    }

    private void extend(Volume volume, Bytes has, Bytes size) throws VolumeException, CommandException, IOException {
        Bytes more = new Bytes(size.value() - has.value());
        Bytes free = free();
        if (more.compareTo(free) > 0) {
            throw new VolumeException(noRoomToGrow(has, size, free));
        }
        boolean begun = Files.exists(volume.growing());
        if (!begun) {
            Files.createFile(volume.growing());
            sync(volume.home());
        }
        String file = volume.image().toString();
        try {
            Commands.run(
                    ALLOCATE,
                    "fallocate",
                    "-o",
                    Long.toString(has.value()),
                    "-l",
                    Long.toString(more.value()),
                    "--",
                    file);
        } catch (CommandException e) {
            // What was taken beyond the end goes back; nothing of the file system is there yet.
            Commands.run(ALLOCATE, "truncate", "-s", Long.toString(has.value()), "--", file);
            if (!begun) {
                Files.deleteIfExists(volume.growing());
            }
            throw new VolumeException(
                    String.valueOf(e.getMessage()).contains("No space left")
                            ? noRoomToGrow(has, size, free())
                            : "the space for a volume of " + size + " cannot be taken: " + e.getMessage(),
                    e);
        }
        sync(volume.image());
    }

    private String noRoomToGrow(Bytes has, Bytes size, Bytes free) {
        return "a volume of " + has + " cannot grow to " + size + ": " + people(free) + " free at " + directory
                + ", so at most " + people(new Bytes(Math.min(Bytes.MAX, has.value() + free.value())));
    }

    private String noRoom(Bytes size, Bytes free) {
        return "a volume of " + size + " does not fit: " + people(free) + " free at " + directory;
    }

    /** Rounded to whole MiB: exact bytes say nothing to a reader. */
    private static String people(Bytes bytes) {
        return (bytes.value() >> 20) + "Mi";
    }

    private void mount(Volume volume) throws CommandException, IOException, InterruptedException {
        Files.createDirectories(volume.mount());
        String device = LoopDevices.attach(volume.image());
        Mounts.mountXfs(device, volume.mount());
        openToAll(volume.mount());
    }

    /**
     * A volume that is still empty may be written by every user, each removing only its own, like {@code /tmp}: the
     * containers of a set share it and run as users that the host does not know. What an owner changed later stays.
     */
    private static void openToAll(Path mount) throws IOException, CommandException {
        boolean untouched = Files.getPosixFilePermissions(mount).equals(PosixFilePermissions.fromString("rwxr-xr-x"));
        if (untouched && isEmpty(mount)) {
            // The sticky bit is none of Java's permissions.
            Commands.run(FORMAT, "chmod", "1777", "--", mount.toString());
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }

    private static void undo(Volume volume, Exception cause) {
        // An interrupted thread could not run the commands that clean up.
        boolean interrupted = Thread.interrupted();
        try {
            destroy(volume);
        } catch (CommandException | IOException e) {
            LOG.warn("the half-made volume {} stays for a later removal", volume.home(), e);
            cause.addSuppressed(e);
        } catch (InterruptedException e) {
            interrupted = true;
            cause.addSuppressed(e);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** From the outside in, so that what is left after a crash is still found by its directory. */
    private static void destroy(Volume volume) throws CommandException, IOException, InterruptedException {
        if (!Files.exists(volume.home())) {
            return;
        }
        Mounts.unmount(volume.mount());
        for (Path file : List.of(volume.image(), volume.unfinished())) {
            if (Files.exists(file)) {
                LoopDevices.detach(file);
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(volume.growing());
        // Directories only when empty: nothing is ever deleted through a mount that was overlooked.
        Files.deleteIfExists(volume.mount());
        Files.deleteIfExists(volume.home());
    }

    private static void sync(Path path) throws IOException {
        EnumSet<StandardOpenOption> how = EnumSet.of(StandardOpenOption.READ);
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }

    /** Strictly: the lenient parser takes {@code 1-1-1-1-1}. */
    private static @Nullable UUID uuid(String name) {
        try {
            UUID uuid = UUID.fromString(name);
            return uuid.toString().equals(name) ? uuid : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private Path locked(UUID set, Step step) throws VolumeException {
        ReentrantLock lock = locks[Math.floorMod(set.hashCode(), STRIPES)];
        lock.lock();
        try {
            return step.on(new Volume(directory.resolve(set.toString())));
        } catch (CommandException | IOException e) {
            throw new VolumeException("the volume of set " + set + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VolumeException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    /** Something done to a volume while nothing else is. */
    private interface Step {
        Path on(Volume volume) throws VolumeException, CommandException, IOException, InterruptedException;
    }

    /** Where the parts of a volume are. */
    private record Volume(Path home) {
        Path image() {
            return home.resolve("image");
        }

        Path unfinished() {
            return home.resolve("image.new");
        }

        /** There while it grows. */
        Path growing() {
            return home.resolve("growing");
        }

        Path mount() {
            return home.resolve("mnt");
        }
    }
}
