package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code store} of {@code images.json} may be. */
class StoreConfigTest {

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("images.json");
    }

    private static String s3(String endpoint, String bucket, String prefix) {
        return "{\"store\":{\"s3\":{\"endpoint\":\"%s\",\"bucket\":\"%s\",\"prefix\":\"%s\",\"credentialsFile\":\"c\"}}}"
                .formatted(endpoint, bucket, prefix);
    }

    private ImagesConfig read(String text) throws IOException {
        return ImagesConfig.read(Files.writeString(file, text), true);
    }

    @Test
    void aBucketIsTaken() throws IOException {
        StoreConfig.S3 bucket =
                read(s3("https://s3.example:9000", "images", "a/b.c/")).s3();
        assertThat(bucket).isNotNull();
        assertThat(bucket.place()).isEqualTo("bucket images below a/b.c/ at https://s3.example:9000");
        assertThat(read("{}").s3()).isNull();
        assertThat(read("{\"store\":{}}").s3()).isNull();
    }

    @Test
    void wrongOnesAreNamed() {
        String good = s3("http://x", "images", "");
        for (String[] each : new String[][] {
            {"{\"store\":{\"s4\":{}}}", "/store/s4"},
            {"{\"store\":{\"s3\":{\"bucket\":\"images\"}}}", "/store/s3"},
            {s3("ftp://x", "images", ""), "/store/s3/endpoint"},
            {s3("http://x/path", "images", ""), "/store/s3/endpoint"},
            {s3("http:// x", "images", ""), "/store/s3/endpoint"},
            {s3("http://x", "../images", ""), "/store/s3/bucket"},
            {s3("http://x", "images", "../"), "/store/s3/prefix"},
            {s3("http://x", "images", "no-slash"), "/store/s3/prefix"},
            {good.replace("\"bucket\"", "\"region\":\"a b\",\"bucket\""), "/store/s3/region"},
            {good.replace("{\"store\"", "{\"limits\":{\"blob\":\"1Ti\"},\"store\""), "/limits/blob"},
        }) {
            assertThatThrownBy(() -> read(each[0]))
                    .as(each[0])
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(each[1]);
        }
    }

    @Test
    void credentialsThatAreNotThereAreSaid() throws IOException {
        StoreConfig.S3 bucket = read(s3("http://x", "images", "").replace("\"c\"", "\"" + directory + "/absent\""))
                .s3();
        assertThatThrownBy(() -> bucket.open(directory, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no such credentials");
    }
}
