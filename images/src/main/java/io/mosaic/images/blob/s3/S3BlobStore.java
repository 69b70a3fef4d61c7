package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.blob.s3.S3Client.Content;
import io.mosaic.images.blob.s3.UploadState.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs as objects of a bucket: {@code blobs/sha256/abcd...}, and {@code uploads/UUID/} for what is on its way. An upload is a list of
 * segments, each an object that can be read, replaced and deleted, so that it can be gone on with by any later process and cut anywhere;
 * at its end the endpoint joins them under the blob's name. {@code uploads/UUID/begun} is there from the first to the last.
 *
 * <p>What is asked of the endpoint: an object is there whole or not at all, an acknowledged one is durable, and reads and lists see it at
 * once. See docs/decisions/0021.
 */
public final class S3BlobStore implements BlobStore {

    private static final Logger LOG = LoggerFactory.getLogger(S3BlobStore.class);

    private static final String BLOBS = "blobs/";
    private static final String UPLOADS = "uploads/";
    private static final String BEGUN = "begun";
    private static final String ID = "id";
    private static final int UUID_CHARS = 36;
    private static final int ID_MAX_BYTES = 100;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** The most that can be joined. */
    private static final int SEGMENTS_MAX = 10_000;

    /** Largest blob, bytes. */
    public static final long BLOB_MAX_BYTES = (long) SEGMENTS_MAX * UploadState.SEGMENT_BYTES;

    private final S3Client client;
    private final S3Objects objects;
    private final Path directory;
    private final FileChannel lock;
    private final Map<UUID, UploadState> uploads = new ConcurrentHashMap<>();

    private S3BlobStore(S3Client client, Path directory, FileChannel lock) {
        this.client = client;
        this.objects = new S3Objects(client);
        this.directory = directory;
        this.lock = lock;
    }

    /**
     * Opens the store in that bucket, which must be there.
     *
     * @param directory of this machine, for segments on their way; made when it is missing
     * @throws IOException when another process has the directory, or the bucket cannot be listed
     */
    public static S3BlobStore open(S3Settings settings, Path directory, InstantSource clock) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        FileChannel lock =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        S3BlobStore store = null;
        try {
            if (!locked(lock)) {
                throw new IOException("another process has " + directory);
            }
            Path spool = Files.createDirectories(directory.resolve("spool"));
            try (Stream<Path> left = Files.list(spool)) {
                for (Path each : left.toList()) {
                    Files.delete(each);
                }
            }
            S3BlobStore opened = new S3BlobStore(new S3Client(settings, clock), spool, lock);
            opened.objects.list(ID, _ -> {});
            store = opened;
            return opened;
        } finally {
            if (store == null) {
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

    @Override
    public UUID id() throws IOException {
        byte[] written = objects.read(ID, ID_MAX_BYTES);
        if (written == null) {
            UUID made = UUID.randomUUID();
            objects.put(ID, Content.of((made + "\n").getBytes(StandardCharsets.US_ASCII)));
            return made;
        }
        return BlobStore.id(new String(written, StandardCharsets.US_ASCII), "the object " + ID);
    }

    private static String name(Digest digest) {
        return BLOBS + digest.algorithm().word() + "/" + digest.hex();
    }

    /** What the names of an upload's objects begin with. */
    static String directory(UUID upload) {
        return UPLOADS + upload + "/";
    }

    S3Objects objects() {
        return objects;
    }

    Spool spool() throws IOException {
        return new Spool(directory);
    }

    int attempts() {
        return client.settings().attempts();
    }

    void pause(int made) throws IOException {
        client.pause(made);
    }

    /** A segment as it was put, to be closed. */
    Spool fetched(Segment segment) throws IOException {
        for (int made = 1; ; made++) {
            Spool spool = spool();
            boolean good = false;
            try (InputStream in = objects.read(segment.name(), 0, segment.size())) {
                if (in != null) {
                    fill(spool, in, segment.size());
                    good = spool.size() == segment.size() && spool.sha256().equals(segment.sha256());
                }
                if (good) {
                    return spool;
                }
                throw new IOException("the object store has not " + segment.name() + " as it was put");
            } catch (StoreUnavailableException e) {
                throw e;
            } catch (IOException e) {
                if (made >= attempts()) {
                    throw e;
                }
                LOG.debug("{} is fetched again", segment.name(), e);
                pause(made);
            } finally {
                if (!good) {
                    spool.close();
                }
            }
        }
    }

    private static void fill(Spool spool, InputStream in, long most) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        int count = 1;
        while (count > 0 && spool.size() < most) {
            count = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, most - spool.size()));
            spool.write(buffer, 0, count);
        }
    }

    /** Deletes what is of no use any more; what stays is swept later. */
    void drop(String name) {
        try {
            objects.delete(name);
        } catch (IOException e) {
            LOG.warn("{} stays for now: {}", name, e.getMessage());
        }
    }

    @Override
    public BlobUpload begin(UUID id) throws IOException {
        objects.put(directory(id) + BEGUN, Content.of(new byte[0]));
        UploadState state = new UploadState(List.of());
        uploads.put(id, state);
        return new S3Upload(this, id, state);
    }

    @Override
    public @Nullable BlobUpload resume(UUID id) throws IOException {
        UploadState known = uploads.get(id);
        if (known == null) {
            List<S3Objects.Listed> there = new ArrayList<>();
            objects.list(directory(id), there::add);
            if (there.stream().noneMatch(each -> each.name().equals(directory(id) + BEGUN))) {
                return null;
            }
            UploadState read = new UploadState(segments(id, there));
            UploadState other = uploads.putIfAbsent(id, read);
            known = other == null ? read : other;
        }
        return new S3Upload(this, id, known);
    }

    /**
     * The segments that make a beginning without a gap. Of two in one place the longer one holds; where both are as long nothing tells
     * which was meant, and the beginning ends before it.
     */
    private static List<Segment> segments(UUID id, List<S3Objects.Listed> there) {
        Map<Integer, List<Segment>> places = new LinkedHashMap<>();
        for (S3Objects.Listed each : there) {
            String rest = each.name().substring(directory(id).length());
            if (rest.matches("[0-9]{8}-[0-9a-f]{64}")) {
                places.computeIfAbsent(Integer.parseInt(rest.substring(0, 8)), any -> new ArrayList<>())
                        .add(new Segment(each.name(), each.size()));
            }
        }
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; places.containsKey(i); i++) {
            List<Segment> candidates = places.getOrDefault(i, List.of());
            long longest = candidates.stream().mapToLong(Segment::size).max().orElse(0);
            List<Segment> best =
                    candidates.stream().filter(each -> each.size() == longest).toList();
            if (best.size() != 1 || longest == 0 || longest > UploadState.SEGMENT_BYTES) {
                break;
            }
            segments.add(best.getFirst());
            if (longest < UploadState.SEGMENT_BYTES) {
                break;
            }
        }
        return segments;
    }

    /**
     * Gives what was uploaded the blob's name, also over a blob of that digest: the bytes are the same, unless that one was damaged.
     */
    void name(UploadState state, Digest digest) throws IOException {
        List<String> names = state.segments().stream().map(Segment::name).toList();
        switch (names.size()) {
            case 0 -> objects.put(name(digest), Content.of(new byte[0]));
            case 1 -> objects.copy(names.getFirst(), name(digest));
            default -> objects.join(names, name(digest));
        }
        long size = objects.size(name(digest));
        if (size != state.size()) {
            throw new StoreUnavailableException(
                    "the object store made " + size + " bytes of " + state.size() + " for " + digest);
        }
    }

    /** The upload is over: its content has its name. What cannot be deleted now is swept later. */
    void end(UUID id, UploadState state) {
        uploads.remove(id);
        List<String> names = new ArrayList<>();
        state.segments().forEach(each -> names.add(each.name()));
        try {
            objects.delete(names);
            // Last: with this gone nobody would look for the rest before it is old.
            objects.delete(directory(id) + BEGUN);
        } catch (IOException e) {
            LOG.warn("segments of upload {} stay for now: {}", id, e.getMessage());
        }
    }

    void abort(UUID id) throws IOException {
        uploads.remove(id);
        List<String> names = new ArrayList<>();
        objects.list(directory(id), each -> names.add(each.name()));
        names.remove(directory(id) + BEGUN);
        objects.delete(names);
        objects.delete(directory(id) + BEGUN);
    }

    @Override
    public long size(Digest digest) throws IOException {
        return objects.size(name(digest));
    }

    @Override
    public @Nullable BlobContent open(Digest digest) throws IOException {
        long size = size(digest);
        return size < 0 ? null : new S3Content(this, digest, size);
    }

    /** A part of a blob that was there a moment ago. */
    InputStream read(Digest digest, long offset, long length) throws IOException {
        InputStream in = objects.read(name(digest), offset, length);
        if (in == null) {
            throw new IOException("the blob " + digest + " is gone");
        }
        return in;
    }

    @Override
    public void delete(Digest digest) throws IOException {
        objects.delete(name(digest));
    }

    @Override
    public void each(Consumer<Stored> told) throws IOException {
        objects.list(BLOBS, each -> {
            Digest digest = Digest.parse(each.name().substring(BLOBS.length()).replace('/', ':'));
            if (digest != null) {
                told.accept(new Stored(digest, each.size(), each.modified()));
            }
        });
    }

    /** An upload's objects. */
    private static final class Kept {
        private final List<String> names = new ArrayList<>();
        private boolean begun;
        private Instant modified = Instant.MIN;
    }

    private Map<UUID, Kept> uploads() throws IOException {
        Map<UUID, Kept> found = new LinkedHashMap<>();
        objects.list(UPLOADS, each -> {
            String rest = each.name().substring(UPLOADS.length());
            UUID id = uuid(rest);
            if (id != null) {
                Kept kept = found.computeIfAbsent(id, any -> new Kept());
                kept.names.add(each.name());
                kept.begun |= rest.endsWith("/" + BEGUN);
                kept.modified = each.modified().isAfter(kept.modified) ? each.modified() : kept.modified;
            }
        });
        return found;
    }

    private static @Nullable UUID uuid(String rest) {
        try {
            return rest.length() > UUID_CHARS && rest.charAt(UUID_CHARS) == '/'
                    ? UUID.fromString(rest.substring(0, UUID_CHARS))
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean old(Instant modified, Instant now, Duration idle) {
        return !modified.isAfter(now.minus(idle));
    }

    @Override
    public List<UUID> idleUploads(Instant now, Duration idle) throws IOException {
        return uploads().entrySet().stream()
                .filter(each -> each.getValue().begun && old(each.getValue().modified, now, idle))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public void sweep(Instant now, Duration idle) throws IOException {
        for (Kept kept : uploads().values()) {
            if (!kept.begun && old(kept.modified, now, idle)) {
                objects.delete(kept.names);
            }
        }
        List<S3Objects.Unfinished> left = new ArrayList<>();
        objects.unfinished(BLOBS, left::add);
        for (S3Objects.Unfinished each : left) {
            if (old(each.begun(), now, idle)) {
                objects.forget(each);
            }
        }
    }

    /** What a bucket still takes is not known beforehand. */
    @Override
    public long room() {
        return Long.MAX_VALUE;
    }

    @Override
    public void close() throws IOException {
        objects.close();
        lock.close();
    }
}
