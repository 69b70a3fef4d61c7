package io.mosaic.images.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.BlobStoreContract;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.ContentDamagedException;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.blob.s3.FakeS3.Asked;
import io.mosaic.images.blob.s3.FakeS3.Fault;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ServerNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract, and what an endpoint may do to it. */
class S3BlobStoreTest extends BlobStoreContract {

    private static final int SEGMENT = UploadState.SEGMENT_BYTES;

    @TempDir
    private Path directory;

    private final FakeS3 endpoint = startFake();

    private static FakeS3 startFake() {
        try {
            return new FakeS3();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    protected BlobStore open() throws IOException {
        endpoint.page(3);
        return S3BlobStore.open(endpoint.settings("a/b/"), directory.resolve("local"), InstantSource.system());
    }

    @AfterEach
    void stopFake() {
        endpoint.close();
    }

    /** The first calls that are such, each of them that often. */
    private void first(int times, Fault fault, Predicate<Asked> which) {
        Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        endpoint.faults(call -> which.test(call)
                        && seen.computeIfAbsent(call.method() + call.key() + call.query(), any -> new AtomicInteger())
                                        .getAndIncrement()
                                < times
                ? fault
                : Fault.NONE);
    }

    @Test
    void aLargeBlobIsJoinedOfSegments() throws IOException {
        byte[] content = content(2 * SEGMENT + 12_345, 30);
        Digest digest = put(content);
        assertThat(endpoint.keys()).containsExactly("a/b/blobs/sha256/" + digest.hex());
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
        assertThat(read(digest, SEGMENT - 5, 10)).isEqualTo(Arrays.copyOfRange(content, SEGMENT - 5, SEGMENT + 5));
        assertThat(endpoint.unfinished()).isZero();
    }

    @Test
    void aLargeUploadIsCutAndGoneOnWithByAnotherProcess() throws IOException {
        byte[] content = content(2 * SEGMENT + 5000, 31);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            upload.append(in(content), SEGMENT + 1000);
            upload.append(in(content(SEGMENT, 32)), Long.MAX_VALUE);
            upload.truncate(SEGMENT + 500);
        }
        restart();
        try (BlobUpload upload = store.resume(id)) {
            assertThat(upload.size()).isEqualTo(SEGMENT + 500);
            upload.append(in(Arrays.copyOfRange(content, SEGMENT + 500, content.length)), Long.MAX_VALUE);
            assertThat(upload.finish(sha256(content))).isEqualTo(content.length);
        }
        assertThat(read(sha256(content), 0, content.length)).isEqualTo(content);
        assertThat(endpoint.keys()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS", "SLOW_DOWN", "ANSWER_LOST", "STALLS"})
    void whatPassesIsNotNoticed(Fault fault) throws IOException {
        if (fault == Fault.STALLS) {
            // One call of each kind: each takes all the patience there is.
            Set<String> stalled = ConcurrentHashMap.newKeySet();
            endpoint.faults(call -> stalled.add(call.method()) ? fault : Fault.NONE);
        } else {
            first(2, fault, call -> true);
        }
        byte[] content = content(SEGMENT + 1000, 33);
        Digest digest = put(content);
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
        List<Digest> all = new ArrayList<>();
        store.each(stored -> all.add(stored.digest()));
        assertThat(all).containsExactly(digest);
        store.delete(digest);
        assertThat(store.open(digest)).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"CUT", "STALLS_HALFWAY"})
    void readingGoesOnWhereItBrokeOff(Fault fault) throws IOException {
        byte[] content = content(3_000_000, 34);
        Digest digest = put(content);
        first(1, fault, call -> call.method().equals("GET"));
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
        assertThat(read(digest, 1000, 2_000_000)).isEqualTo(Arrays.copyOfRange(content, 1000, 2_001_000));
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILS_LATE", "FAILS"})
    void aJoinThatFailsLateIsMadeAgainOrSaid(Fault fault) throws IOException {
        byte[] content = content(SEGMENT + 1000, 35);
        first(2, fault, call -> call.method().equals("POST") || call.query().containsKey("partNumber"));
        Digest digest = put(content);
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
        endpoint.faults(call -> call.method().equals("POST") ? fault : Fault.NONE);
        byte[] other = content(SEGMENT + 1000, 36);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            upload.append(in(other), Long.MAX_VALUE);
            assertThatThrownBy(() -> upload.finish(sha256(other))).isInstanceOf(StoreUnavailableException.class);
            assertThat(store.open(sha256(other))).isNull();
            endpoint.healthy();
            assertThat(upload.finish(sha256(other))).isEqualTo(other.length);
        }
        assertThat(read(sha256(other), 0, other.length)).isEqualTo(other);
    }

    /** Its answer was lost, and asked again the endpoint knows the join no more: it is there all the same. */
    @Test
    void aJoinWhoseAnswerIsLostIsDone() throws IOException {
        first(
                1,
                Fault.ANSWER_LOST,
                call -> call.method().equals("POST") && call.query().containsKey("uploadId"));
        byte[] content = content(SEGMENT + 1000, 37);
        assertThat(read(put(content), 0, content.length)).isEqualTo(content);
        assertThat(endpoint.unfinished()).isZero();
    }

    @Test
    void wrongBytesNeverArriveWhole() throws IOException {
        for (int bytes : new int[] {1000, 64 * 1024, 3_000_000}) {
            byte[] content = content(bytes, bytes);
            Digest digest = put(content);
            endpoint.faults(call -> call.method().equals("GET") ? Fault.WRONG_BYTES : Fault.NONE);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (BlobContent open = store.open(digest)) {
                assertThatThrownBy(() -> open.copy(0, bytes, out::write)).isInstanceOf(ContentDamagedException.class);
            }
            assertThat(out.size()).isLessThan(bytes);
            endpoint.healthy();
            assertThat(read(digest, 0, bytes)).isEqualTo(content);
        }
    }

    /** A segment that is read back wrong, to be filled up, must not end in a blob that is what the client sent only in name. */
    @Test
    void aSegmentReadBackWrongIsNotBuiltOn() throws IOException {
        byte[] content = content(300_000, 38);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), 100_000);
            endpoint.faults(call -> call.method().equals("GET") ? Fault.WRONG_BYTES : Fault.NONE);
            byte[] rest = Arrays.copyOfRange(content, 100_000, 300_000);
            assertThatThrownBy(() -> upload.append(in(rest), Long.MAX_VALUE)).isInstanceOf(IOException.class);
            endpoint.healthy();
            assertThat(upload.size()).isEqualTo(100_000);
            upload.truncate(100_000);
            upload.append(in(rest), Long.MAX_VALUE);
            upload.finish(sha256(content));
        }
        assertThat(read(sha256(content), 0, content.length)).isEqualTo(content);
    }

    @Test
    void anOutageIsSaidAndWhatCameBeforeIsKept() throws IOException {
        byte[] content = content(3 * SEGMENT, 39);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            endpoint.faults(call -> call.key().contains("/00000001-") ? Fault.FAILS : Fault.NONE);
            assertThatThrownBy(() -> upload.append(in(content), Long.MAX_VALUE))
                    .isInstanceOf(StoreUnavailableException.class);
            assertThat(upload.size()).isEqualTo(SEGMENT);
        }
        endpoint.healthy();
        restart();
        try (BlobUpload upload = store.resume(id)) {
            upload.truncate(SEGMENT);
            upload.append(in(Arrays.copyOfRange(content, SEGMENT, content.length)), Long.MAX_VALUE);
            upload.finish(sha256(content));
        }
        assertThat(read(sha256(content), 0, content.length)).isEqualTo(content);
        endpoint.faults(call -> Fault.FAILS);
        assertThatThrownBy(() -> store.open(sha256(content))).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.size(sha256(content))).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.begin(UUID.randomUUID())).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void aFullBucketIsSaid() throws IOException {
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            endpoint.faults(call -> call.method().equals("PUT") ? Fault.FULL : Fault.NONE);
            assertThatThrownBy(() -> upload.append(in(content(1000, 40)), Long.MAX_VALUE))
                    .isInstanceOf(StoreFullException.class);
            endpoint.healthy();
            upload.abort();
        }
        assertThat(endpoint.keys()).isEmpty();
    }

    /** A process ended between any two steps of a finish: what is left is found, and goes. */
    @Test
    void whatAnEndedProcessLeftIsSwept() throws IOException {
        byte[] content = content(SEGMENT + 1000, 41);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            upload.append(in(content), Long.MAX_VALUE);
            // As if it ended in the middle of joining.
            endpoint.faults(call -> call.query().containsKey("uploadId")
                            && (call.method().equals("POST") || call.method().equals("DELETE"))
                    ? Fault.FAILS
                    : Fault.NONE);
            assertThatThrownBy(() -> upload.finish(sha256(content))).isInstanceOf(StoreUnavailableException.class);
        }
        endpoint.healthy();
        restart();
        assertThat(endpoint.unfinished()).isEqualTo(1);
        assertThat(store.open(sha256(content))).isNull();
        Instant later = Instant.now().plusSeconds(3700);
        store.sweep(Instant.now(), Duration.ofHours(1));
        assertThat(endpoint.unfinished()).isEqualTo(1);
        store.sweep(later, Duration.ofHours(1));
        assertThat(endpoint.unfinished()).isZero();
        assertThat(store.idleUploads(later, Duration.ofHours(1))).containsExactly(id);
        endpoint.set("a/b/uploads/" + UUID.randomUUID() + "/00000000-late", new byte[10]);
        endpoint.set("a/b/uploads/notes.txt", new byte[10]);
        endpoint.set("elsewhere", new byte[10]);
        store.sweep(later, Duration.ofHours(1));
        try (BlobUpload upload = store.resume(id)) {
            upload.abort();
        }
        assertThat(endpoint.keys()).containsExactlyInAnyOrder("a/b/uploads/notes.txt", "elsewhere");
    }

    /** Of a segment that was filled up and not yet deleted both are there: the longer one holds. */
    @Test
    void ofTwoSegmentsInOnePlaceTheLongerHolds() throws IOException {
        byte[] content = content(2000, 42);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            endpoint.faults(call -> call.method().equals("DELETE") ? Fault.FAILS : Fault.NONE);
            upload.append(in(content), 1000);
            upload.append(in(Arrays.copyOfRange(content, 1000, 2000)), Long.MAX_VALUE);
        }
        endpoint.healthy();
        assertThat(endpoint.keys()).hasSize(3);
        restart();
        try (BlobUpload upload = store.resume(id)) {
            assertThat(upload.size()).isEqualTo(2000);
            upload.finish(sha256(content));
        }
        assertThat(read(sha256(content), 0, 2000)).isEqualTo(content);
    }

    @Test
    void nothingStaysOnThisMachine() throws IOException {
        put(content(SEGMENT + 5, 43));
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            endpoint.faults(call -> Fault.FAILS);
            assertThatThrownBy(() -> upload.append(in(content(100, 44)), Long.MAX_VALUE))
                    .isInstanceOf(StoreUnavailableException.class);
        }
        try (Stream<Path> left = Files.list(directory.resolve("local/spool"))) {
            assertThat(left).isEmpty();
        }
    }

    /** By a certificate of a CA of one's own, and by no other. */
    @Test
    void overTls() throws Exception {
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                authority.issueServer(ServerNames.of("127.0.0.1", List.of())).keyManagers(), null, null);
        try (FakeS3 secure = new FakeS3(context)) {
            S3Settings settings = secure.settings("");
            byte[] content = content(100_000, 45);
            try (BlobStore trusting = S3BlobStore.open(
                    with(settings, Files.writeString(directory.resolve("ca.pem"), authority.certificatePem())),
                    directory.resolve("tls"),
                    InstantSource.system())) {
                try (BlobUpload upload = trusting.begin(UUID.randomUUID())) {
                    upload.append(in(content), Long.MAX_VALUE);
                    upload.finish(sha256(content));
                }
                try (BlobContent open = trusting.open(sha256(content))) {
                    assertThat(open.size()).isEqualTo(content.length);
                }
            }
            assertThatThrownBy(
                            () -> S3BlobStore.open(settings, directory.resolve("untrusting"), InstantSource.system()))
                    .isInstanceOf(StoreUnavailableException.class);
        }
    }

    private static S3Settings with(S3Settings settings, Path authority) {
        return new S3Settings(
                settings.endpoint(),
                settings.region(),
                settings.bucket(),
                settings.prefix(),
                settings.credentials(),
                authority,
                settings.patience(),
                settings.attempts(),
                settings.pause());
    }

    @Test
    void wrongSettingsAreSaid() throws IOException {
        S3Settings good = endpoint.settings("");
        S3Settings wrongKey = new S3Settings(
                good.endpoint(),
                good.region(),
                good.bucket(),
                "",
                new S3Credentials(FakeS3.CREDENTIALS.accessKey(), "another", null),
                null,
                good.patience(),
                good.attempts(),
                good.pause());
        Path other = directory.resolve("other");
        assertThatThrownBy(() -> S3BlobStore.open(wrongKey, other, InstantSource.system()))
                .hasMessageContaining("SignatureDoesNotMatch");
        S3Settings wrongBucket = new S3Settings(
                good.endpoint(),
                good.region(),
                "another",
                "",
                good.credentials(),
                null,
                good.patience(),
                good.attempts(),
                good.pause());
        assertThatThrownBy(() -> S3BlobStore.open(wrongBucket, other, InstantSource.system()))
                .hasMessageContaining("NoSuchBucket");
        assertThatThrownBy(() -> S3BlobStore.open(good, directory.resolve("local"), InstantSource.system()))
                .hasMessageContaining("another process");
    }

    @Test
    void credentialsAreReadFromAFileOfTheirOwn() throws IOException {
        Path file = directory.resolve("credentials");
        Files.writeString(file, "{\"accessKey\":\"a\",\"secretKey\":\"hidden\"}");
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));
        assertThat(S3Credentials.read(file)).isEqualTo(new S3Credentials("a", "hidden", null));
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> S3Credentials.read(file)).hasMessageContaining("everybody may read");
        Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        for (String wrong : new String[] {
            "{\"accessKey\":\"a\"}",
            "{\"secret\":\"hidden\"}",
            "hidden",
            "{\"accessKey\":\"hid den\",\"secretKey\":\"hidden\"}"
        }) {
            Files.writeString(file, wrong);
            assertThatThrownBy(() -> S3Credentials.read(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("secretKey")
                    .hasMessageNotContaining("hid");
        }
        assertThatThrownBy(() -> S3Credentials.read(directory.resolve("absent")))
                .hasMessageContaining("no such");
    }
}
