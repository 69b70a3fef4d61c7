package io.mosaic.images.blob.s3;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;

/** A real S3 endpoint, S3Proxy, with one bucket in files. */
public final class BucketServer implements AutoCloseable {

    public static final String BUCKET = "images";
    private static final String ACCESS = "AKBUCKET";
    private static final String SECRET = "secret-of-the-test";
    private static final String CONTAINERS = "jclouds.filesystem.basedir";

    private final Path directory;
    private final BlobStoreContext context;
    private S3Proxy proxy;
    private int port;

    /** @param directory of its files, which must support extended attributes; made when it is missing */
    public BucketServer(Path directory) throws Exception {
        this.directory = Files.createDirectories(directory);
        Properties properties = new Properties();
        properties.setProperty(CONTAINERS, directory.toString());
        context = ContextBuilder.newBuilder(new FilesystemNio2BlobApiMetadata())
                .credentials("none", "none")
                .overrides(properties)
                .build(BlobStoreContext.class);
        context.getBlobStore().createContainerInLocation(null, BUCKET);
        start();
    }

    /** Starts it, again on the port that it had. */
    public void start() throws Exception {
        proxy = S3Proxy.builder()
                .blobStore(context.getBlobStore())
                .endpoint(URI.create("http://127.0.0.1:" + port))
                .awsAuthentication(AuthenticationType.AWS_V4, ACCESS, SECRET)
                .v4MaxNonChunkedRequestSize(64 << 20)
                .build();
        proxy.start();
        port = proxy.getPort();
    }

    /** Nobody listens from now on. */
    public void stop() throws Exception {
        proxy.stop();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public S3Settings settings(String prefix) {
        return new S3Settings(
                endpoint(),
                "us-east-1",
                BUCKET,
                prefix,
                new S3Credentials(ACCESS, SECRET, null),
                null,
                Duration.ofSeconds(30),
                3,
                Duration.ofMillis(50));
    }

    /** Writes what its calls must be signed with. */
    public Path credentials(Path file) throws IOException {
        Files.writeString(file, "{\"accessKey\":\"" + ACCESS + "\",\"secretKey\":\"" + SECRET + "\"}");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Where it has an object. */
    public Path file(String key) {
        return directory.resolve(BUCKET).resolve(key);
    }

    @Override
    public void close() throws Exception {
        stop();
        context.close();
    }
}
