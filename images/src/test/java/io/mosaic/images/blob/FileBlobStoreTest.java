package io.mosaic.images.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBlobStoreTest extends BlobStoreContract {

    @TempDir
    private Path directory;

    @Override
    protected BlobStore open() throws IOException {
        return FileBlobStore.open(directory.resolve("store"), 0);
    }

    @Test
    void aSecondProcessIsKeptOff() {
        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("another process");
    }

    @Test
    void othersMayNotRead() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("store"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aReserveThatIsNotThereRefusesUploads() throws IOException {
        try (BlobStore full = FileBlobStore.open(directory.resolve("full"), Long.MAX_VALUE)) {
            assertThatThrownBy(() -> full.begin(UUID.randomUUID())).isInstanceOf(StoreFullException.class);
        }
    }

    /** Damage on the disk is mended by whoever pushes the content again. */
    @Test
    void aPushOverADamagedFileMendsIt() throws IOException {
        byte[] content = content(10_000, 20);
        Digest digest = sha256(content);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), Long.MAX_VALUE);
            upload.finish(digest);
        }
        Path file = directory
                .resolve("store/blobs/sha256")
                .resolve(digest.hex().substring(0, 2))
                .resolve(digest.hex());
        Files.write(file, new byte[10_000]);
        try (BlobUpload upload = store.begin(UUID.randomUUID())) {
            upload.append(in(content), Long.MAX_VALUE);
            upload.finish(digest);
        }
        assertThat(read(digest, 0, 10_000)).isEqualTo(content);
    }

    @Test
    void otherFilesInItsDirectoriesAreLeftAlone() throws IOException {
        Path foreign = directory.resolve("store/blobs/sha256/ab/notes.txt");
        Files.writeString(foreign, "mine");
        Files.writeString(directory.resolve("store/uploads/notes.txt"), "mine");
        store.each(stored -> assertThat(stored).isNull());
        assertThat(store.idleUploads(java.time.Instant.MAX, java.time.Duration.ZERO))
                .isEmpty();
        assertThat(foreign).exists();
    }
}
