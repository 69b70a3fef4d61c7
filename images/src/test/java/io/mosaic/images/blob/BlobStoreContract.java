package io.mosaic.images.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every driver of the content store must do. */
public abstract class BlobStoreContract {

    private static final long ANY = Long.MAX_VALUE;

    protected BlobStore store;

    /** Opens the driver on what it had before, if there was anything. */
    protected abstract BlobStore open() throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    /** As after the process ended in any way. */
    protected void restart() throws IOException {
        store.close();
        store = open();
    }

    protected static byte[] content(int bytes, long seed) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    protected static InputStream in(byte[] content) {
        return new ByteArrayInputStream(content);
    }

    protected static Digest sha256(byte[] content) {
        return Digest.of(Digest.Algorithm.SHA256, content);
    }

    protected Digest put(byte[] content) throws IOException {
        Digest digest = sha256(content);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), ANY);
            upload.finish(digest);
        }
        return digest;
    }

    protected byte[] read(Digest digest, long offset, long length) throws IOException {
        try (BlobContent content = store.open(digest)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            content.copy(offset, length, out::write);
            return out.toByteArray();
        }
    }

    private List<Digest> all() throws IOException {
        List<Digest> all = new ArrayList<>();
        store.each(stored -> all.add(stored.digest()));
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 256 * 1024, 256 * 1024 + 1, 1024 * 1024, 3 * 1024 * 1024 + 7})
    void whatIsPutIsThere(int bytes) throws IOException {
        byte[] content = content(bytes, bytes);
        Digest digest = put(content);
        assertThat(store.size(digest)).isEqualTo(bytes);
        assertThat(read(digest, 0, bytes)).isEqualTo(content);
        restart();
        assertThat(read(digest, 0, bytes)).isEqualTo(content);
        assertThat(all()).containsExactly(digest);
    }

    @ParameterizedTest
    @EnumSource(Digest.Algorithm.class)
    void bothAlgorithmsName(Digest.Algorithm algorithm) throws IOException {
        byte[] content = content(2 * 1024 * 1024, 1);
        Digest digest = Digest.of(algorithm, content);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            assertThat(upload.append(in(content), ANY)).isEqualTo(content.length);
            assertThat(upload.finish(digest)).isEqualTo(content.length);
        }
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
    }

    @Test
    void aPartIsReadByItsPlace() throws IOException {
        byte[] content = content(700_000, 2);
        Digest digest = put(content);
        assertThat(read(digest, 300_000, 5)).isEqualTo(java.util.Arrays.copyOfRange(content, 300_000, 300_005));
        assertThat(read(digest, 699_999, 1)).containsExactly(content[699_999]);
        assertThat(read(digest, 0, 0)).isEmpty();
        assertThatThrownBy(() -> read(digest, 699_999, 2)).isInstanceOf(IOException.class);
    }

    @Test
    void whatIsUnfinishedIsSeenByNobody() throws IOException {
        byte[] content = content(100_000, 3);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), ANY);
            assertThat(store.size(sha256(content))).isEqualTo(-1);
            assertThat(store.open(sha256(content))).isNull();
            assertThat(all()).isEmpty();
        }
    }

    @Test
    void anUploadGoesOnInPiecesAndAfterARestart() throws IOException {
        byte[] content = content(3_000_000, 4);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            assertThat(upload.append(in(content), 1_000_000)).isEqualTo(1_000_000);
        }
        try (BlobUpload upload = store.resume(id)) {
            assertThat(upload.size()).isEqualTo(1_000_000);
            upload.append(in(java.util.Arrays.copyOfRange(content, 1_000_000, 2_000_000)), ANY);
        }
        restart();
        try (BlobUpload upload = store.resume(id)) {
            assertThat(upload.size()).isEqualTo(2_000_000);
            upload.append(in(java.util.Arrays.copyOfRange(content, 2_000_000, 3_000_000)), ANY);
            assertThat(upload.finish(sha256(content))).isEqualTo(content.length);
        }
        assertThat(read(sha256(content), 0, content.length)).isEqualTo(content);
        assertThat(store.resume(id)).isNull();
    }

    @Test
    void anotherDigestIsRefusedAndNothingIsThere() throws IOException {
        byte[] content = content(10_000, 5);
        Digest wrong = sha256(content(10_000, 6));
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), ANY);
            assertThatThrownBy(() -> upload.finish(wrong)).isInstanceOf(DigestMismatchException.class);
            assertThat(all()).isEmpty();
            assertThat(upload.finish(sha256(content))).isEqualTo(10_000);
        }
    }

    @Test
    void whatCameBeforeABreakIsKept() throws IOException {
        byte[] content = content(2_000_000, 7);
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            assertThatThrownBy(() -> upload.append(breaking(content, 1_500_000), ANY))
                    .isInstanceOf(ReadFailedException.class);
            assertThat(upload.size()).isEqualTo(1_500_000);
        }
        try (BlobUpload upload = store.resume(id)) {
            upload.append(in(java.util.Arrays.copyOfRange(content, 1_500_000, 2_000_000)), ANY);
            assertThat(upload.finish(sha256(content))).isEqualTo(2_000_000);
        }
    }

    private static InputStream breaking(byte[] content, int after) {
        return new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                if (at >= after) {
                    throw new IOException("the client went away");
                }
                int count = Math.min(length, Math.min(9_999, after - at));
                System.arraycopy(content, at, into, offset, count);
                at += count;
                return count;
            }
        };
    }

    @Test
    void aPieceCanBeTakenBack() throws IOException {
        byte[] content = content(2_000_000, 8);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), 500_000);
            upload.append(in(content(1_200_000, 9)), ANY);
            upload.truncate(500_000);
            upload.append(in(java.util.Arrays.copyOfRange(content, 500_000, 2_000_000)), ANY);
            assertThat(upload.finish(sha256(content))).isEqualTo(2_000_000);
        }
        assertThat(read(sha256(content), 0, 2_000_000)).isEqualTo(content);
    }

    @Test
    void anAbortedUploadIsGone() throws IOException {
        UUID id = UUID.randomUUID();
        try (BlobUpload upload = store.begin(id)) {
            upload.append(in(content(1000, 10)), ANY);
            upload.abort();
        }
        assertThat(store.resume(id)).isNull();
        assertThat(store.idleUploads(Instant.now().plusSeconds(60), Duration.ZERO))
                .isEmpty();
    }

    @Test
    void idleUploadsAreTold() throws IOException {
        UUID id = UUID.randomUUID();
        store.begin(id).close();
        Instant now = Instant.now();
        assertThat(store.idleUploads(now.plusSeconds(3700), Duration.ofHours(1)))
                .containsExactly(id);
        assertThat(store.idleUploads(now, Duration.ofHours(1))).isEmpty();
    }

    @Test
    void theSameContentTwiceIsThereOnceAndStaysReadable() throws IOException {
        byte[] content = content(500_000, 11);
        Digest digest = put(content);
        try (BlobContent open = store.open(digest)) {
            put(content);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            open.copy(0, content.length, out::write);
            assertThat(out.toByteArray()).isEqualTo(content);
        }
        assertThat(all()).containsExactly(digest);
    }

    @Test
    void whatIsDeletedIsGone() throws IOException {
        Digest digest = put(content(1000, 12));
        store.delete(digest);
        store.delete(digest);
        assertThat(store.size(digest)).isEqualTo(-1);
        assertThat(store.open(digest)).isNull();
        assertThat(all()).isEmpty();
    }

    @Test
    void theIdStays() throws IOException {
        UUID id = store.id();
        assertThat(store.id()).isEqualTo(id);
        restart();
        assertThat(store.id()).isEqualTo(id);
    }

    @Test
    void manyAtOnceDoNotMix() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Digest>> made = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 16; i++) {
                byte[] content = content(1_300_000, i % 4);
                made.add(threads.submit(() -> {
                    go.await();
                    return put(content);
                }));
            }
            go.countDown();
            for (int i = 0; i < made.size(); i++) {
                assertThat(made.get(i).get()).isEqualTo(sha256(content(1_300_000, i % 4)));
            }
        }
        assertThat(all()).hasSize(4);
        for (Digest digest : all()) {
            assertThat(sha256(read(digest, 0, 1_300_000))).isEqualTo(digest);
        }
    }
}
