package io.mosaic.images;

import io.mosaic.images.blob.s3.S3BlobStore;
import io.mosaic.images.blob.s3.S3Credentials;
import io.mosaic.images.blob.s3.S3Settings;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code store} of {@code images.json}: where content is kept when not in files.
 *
 * @param s3 a bucket; absent: files
 */
public record StoreConfig(@Nullable S3 s3) {

    private static final String REGION = "us-east-1";

    /**
     * A bucket.
     *
     * @param endpoint URL of the service, without a path
     * @param region absent: us-east-1, which services that have none take
     * @param prefix of all names in the bucket; absent: none
     * @param credentialsFile file of {@code {"accessKey", "secretKey"}}
     * @param caFile PEM file of the CA that signed the endpoint's certificate; absent: those that the JDK trusts
     */
    public record S3(
            String endpoint,
            @Nullable String region,
            String bucket,
            @Nullable String prefix,
            String credentialsFile,
            @Nullable String caFile) {

        private S3Settings settings(S3Credentials credentials) {
            try {
                return new S3Settings(
                        new URI(endpoint),
                        region == null ? REGION : region,
                        bucket,
                        prefix == null ? "" : prefix,
                        credentials,
                        caFile == null ? null : Path.of(caFile),
                        S3Settings.PATIENCE,
                        S3Settings.ATTEMPTS,
                        S3Settings.PAUSE);
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("endpoint must be a URL", e);
            }
        }

        /** @param directory for what is on its way */
        S3BlobStore open(Path directory, InstantSource clock) throws IOException {
            return S3BlobStore.open(settings(S3Credentials.read(Path.of(credentialsFile))), directory, clock);
        }

        /** As an administrator would name it. */
        String place() {
            return "bucket " + bucket + (prefix == null ? "" : " below " + prefix) + " at " + endpoint;
        }
    }

    /** @throws ProblemException naming key and rule */
    void check() {
        if (s3 == null) {
            return;
        }
        if (s3.endpoint == null || s3.bucket == null || s3.credentialsFile == null) {
            throw new ProblemException(Problem.Kind.INVALID, "/store/s3: needs endpoint, bucket and credentialsFile");
        }
        try {
            // The rest is checked before the secret is read.
            s3.settings(new S3Credentials("none", "none", null));
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.Kind.INVALID, "/store/s3/" + e.getMessage());
        }
    }
}
