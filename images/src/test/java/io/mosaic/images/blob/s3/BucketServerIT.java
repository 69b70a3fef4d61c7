package io.mosaic.images.blob.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.BlobStoreContract;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real endpoint. */
class BucketServerIT extends BlobStoreContract {

    @TempDir
    private static Path directory;

    private static BucketServer server;
    private final String prefix = UUID.randomUUID() + "/";

    @BeforeAll
    static void start() throws Exception {
        server = new BucketServer(directory.resolve("bucket"));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Override
    protected BlobStore open() throws IOException {
        return S3BlobStore.open(server.settings(prefix), directory.resolve("local"), InstantSource.system());
    }

    @Test
    void aLargeBlobIsJoinedOfSegments() throws IOException {
        byte[] content = content(2 * UploadState.SEGMENT_BYTES + 12_345, 30);
        Digest digest = put(content);
        assertThat(read(digest, 0, content.length)).isEqualTo(content);
        assertThat(store.size(digest)).isEqualTo(content.length);
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content(10, 1)), Long.MAX_VALUE);
            upload.abort();
        }
        put(content(10, 2));
        store.sweep(Instant.now().plusSeconds(60), Duration.ZERO);
        assertThat(store.idleUploads(Instant.now().plusSeconds(60), Duration.ZERO))
                .isEmpty();
        assertThat(store.id()).isEqualTo(store.id());
    }
}
