package io.mosaic.images.blob.s3;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.jspecify.annotations.Nullable;

/**
 * What calls are signed with. Its text form has no secret.
 *
 * @param sessionToken of credentials that were given for a while, absent for others
 */
public record S3Credentials(
        String accessKey, String secretKey, @Nullable String sessionToken) {

    /** What printable keys need, and no more than a header takes. */
    private static final String KEY = "[\\x21-\\x7e]{1,4096}";

    public S3Credentials {
        require("accessKey", accessKey);
        require("secretKey", secretKey);
        if (sessionToken != null) {
            require("sessionToken", sessionToken);
        }
    }

    /** {@code what} comes from JSON, where anything may be missing. */
    private static void require(String name, @Nullable String what) {
        if (what == null || !what.matches(KEY)) {
            throw new IllegalArgumentException(name + " must be 1 to 4096 printable characters");
        }
    }

    /**
     * Reads {@code {"accessKey": ..., "secretKey": ...}}, and {@code sessionToken} if there is one.
     *
     * @throws IOException in one line, which quotes nothing of the file
     */
    public static S3Credentials read(Path file) throws IOException {
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                throw new IOException("everybody may read the credentials in " + file + ": chmod o-r it");
            }
            return Json.read(Files.readAllBytes(file), S3Credentials.class);
        } catch (NoSuchFileException e) {
            throw new IOException("no such credentials file: " + file, e);
        } catch (ProblemException e) {
            // The problem quotes what it complains of, so it is not passed on.
            throw new IOException(
                    file + " must be {\"accessKey\": ..., \"secretKey\": ...}, each 1 to 4096 printable characters");
        }
    }

    @Override
    public String toString() {
        return "S3Credentials[" + accessKey + "]";
    }
}
