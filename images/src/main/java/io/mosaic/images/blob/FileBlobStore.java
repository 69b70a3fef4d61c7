package io.mosaic.images.blob;

import io.mosaic.kit.tls.DurableFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as files: {@code blobs/sha256/ab/abcd...}, in a directory for the first two digits so that none grows too long, and
 * {@code uploads/UUID} for what is on its way. Readable to their owner alone. The directory's lock keeps a second process off.
 *
 * <p>What is asked of the file system: rename is atomic, and what was fsynced is there after a power cut.
 */
public final class FileBlobStore implements BlobStore {

    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");

    private final Path blobs;
    private final Path uploads;
    private final Path id;
    private final long reserve;
    private final FileChannel lock;
    private final Map<UUID, RunningHash> hashes = new ConcurrentHashMap<>();

    private FileBlobStore(Path root, long reserve, FileChannel lock) {
        this.blobs = root.resolve("blobs");
        this.uploads = root.resolve("uploads");
        this.id = root.resolve("id");
        this.reserve = reserve;
        this.lock = lock;
    }

    /**
     * Opens the store in that directory, which is made when it is missing.
     *
     * @param reserve bytes of the file system that are left free, for what else lives there
     * @throws IOException when another process has it, or it cannot be written
     */
    public static FileBlobStore open(Path root, long reserve) throws IOException {
        Files.createDirectories(root);
        Files.setPosixFilePermissions(root, OWNER_DIRECTORY);
        FileChannel lock = FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean opened = false;
        try {
            if (!locked(lock)) {
                throw new IOException("another process has the store in " + root);
            }
            FileBlobStore store = new FileBlobStore(root, reserve, lock);
            store.prepare(root);
            opened = true;
            return store;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** All directories are there from the start: none has to be made durable on the way of a push. */
    private void prepare(Path root) throws IOException {
        Files.createDirectories(uploads);
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            Path directory = Files.createDirectories(blobs.resolve(algorithm.word()));
            for (int i = 0; i < 256; i++) {
                makeOne(directory.resolve(HexFormat.of().toHexDigits((byte) i)));
            }
            sync(directory);
        }
        sync(blobs);
        sync(root);
    }

    private static void makeOne(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
            entry.force(true);
        }
    }

    private Path directory(Digest digest) {
        return blobs.resolve(digest.algorithm().word()).resolve(digest.hex().substring(0, 2));
    }

    private Path path(Digest digest) {
        return directory(digest).resolve(digest.hex());
    }

    private Path path(UUID upload) {
        return uploads.resolve(upload.toString());
    }

    @Override
    public BlobUpload begin(UUID id) throws IOException {
        if (room() <= 0) {
            throw new StoreFullException("the store is full");
        }
        return upload(id, StandardOpenOption.CREATE_NEW);
    }

    @Override
    public @Nullable BlobUpload resume(UUID id) throws IOException {
        try {
            return upload(id);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private FileUpload upload(UUID id, StandardOpenOption... more) throws IOException {
        List<StandardOpenOption> options = new ArrayList<>(List.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        options.addAll(List.of(more));
        try {
            FileChannel channel = FileChannel.open(path(id), options.toArray(StandardOpenOption[]::new));
            return new FileUpload(this, id, channel, hashes.computeIfAbsent(id, any -> new RunningHash()));
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
    }

    /** The upload's content is durable under its own name; gives it the blob's. */
    void name(UUID upload, Digest digest) throws IOException {
        try {
            // Also over a blob of that digest: the bytes are the same, unless that one was damaged.
            Files.move(path(upload), path(digest), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(directory(digest));
        } catch (IOException e) {
            throw StoreFullException.explained(e);
        }
        hashes.remove(upload);
    }

    void drop(UUID upload) throws IOException {
        hashes.remove(upload);
        Files.deleteIfExists(path(upload));
    }

    @Override
    public UUID id() throws IOException {
        if (!Files.exists(id)) {
            DurableFile.writeSecret(id, (UUID.randomUUID() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        return BlobStore.id(Files.readString(id), id.toString());
    }

    @Override
    public long size(Digest digest) throws IOException {
        try {
            return Files.size(path(digest));
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    /** An upload's content as it is now. */
    @Nullable
    BlobContent unfinished(UUID upload) throws IOException {
        return content(path(upload));
    }

    @Override
    public @Nullable BlobContent open(Digest digest) throws IOException {
        return content(path(digest));
    }

    private static @Nullable BlobContent content(Path file) throws IOException {
        try {
            return new FileContent(FileChannel.open(file, StandardOpenOption.READ));
        } catch (NoSuchFileException | FileNotFoundException e) {
            return null;
        }
    }

    @Override
    public void delete(Digest digest) throws IOException {
        if (Files.deleteIfExists(path(digest))) {
            sync(directory(digest));
        }
    }

    @Override
    public void each(Consumer<Stored> told) throws IOException {
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            try (Stream<Path> files = Files.walk(blobs.resolve(algorithm.word()), 2)) {
                files.forEach(file -> tell(algorithm, file, told));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
    }

    private static void tell(Digest.Algorithm algorithm, Path file, Consumer<Stored> told) {
        Digest digest = Digest.parse(algorithm.word() + ":" + file.getFileName());
        if (digest == null) {
            return;
        }
        try {
            BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
            told.accept(
                    new Stored(digest, facts.size(), facts.lastModifiedTime().toInstant()));
        } catch (NoSuchFileException e) {
            // Deleted since the directory was read.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<UUID> idleUploads(Instant now, Duration idle) throws IOException {
        List<UUID> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(uploads)) {
            for (Path file : files.toList()) {
                UUID id = uuid(file.getFileName().toString());
                if (id != null && !modified(file, now).plus(idle).isAfter(now)) {
                    found.add(id);
                }
            }
        }
        return found;
    }

    /** That of a file that was finished or aborted since the directory was read is as if it were young. */
    private static Instant modified(Path file, Instant now) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (NoSuchFileException e) {
            return now.plusSeconds(1);
        }
    }

    private static @Nullable UUID uuid(String name) {
        try {
            return UUID.fromString(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A rename is all that lies between an upload and a blob: nothing is left behind. */
    @Override
    public void sweep(Instant now, Duration idle) {}

    @Override
    public long room() throws IOException {
        return Files.getFileStore(uploads).getUsableSpace() - reserve;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
