package io.mosaic.images.oci;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a path below {@code /v2} means. It is read from its end, since a repository's name may hold words that stand there too.
 * Nothing of it is decoded but the colon of a digest, so no encoding smuggles anything in.
 */
sealed interface OciPath {

    /** {@code /v2/}: is this a registry. */
    record Base() implements OciPath {}

    /** {@code /v2/token}. */
    record Token() implements OciPath {}

    /** {@code /v2/_catalog}. */
    record Catalog() implements OciPath {}

    record Tags(RepositoryName repository) implements OciPath {}

    record Manifests(RepositoryName repository, Reference reference) implements OciPath {}

    record Referrers(RepositoryName repository, Digest subject) implements OciPath {}

    record Blob(RepositoryName repository, Digest digest) implements OciPath {}

    /** Where uploads begin. */
    record UploadsOf(RepositoryName repository) implements OciPath {}

    record OneUpload(RepositoryName repository, UUID id) implements OciPath {}

    /** A path that breaks a rule, with the error that says so. */
    record Wrong(OciError.Code code, String message) implements OciPath {}

    /**
     * Reads it.
     *
     * @param rest the raw path behind {@code /v2}
     */
    static OciPath parse(String rest) {
        return parse(rest, null);
    }

    /**
     * Reads it.
     *
     * @param rest the raw path behind {@code /v2}
     * @param space the registry that the client means, when it takes this one for a mirror of that; absent: this one
     */
    static OciPath parse(String rest, @Nullable String space) {
        String text = rest.replace("%3A", ":").replace("%3a", ":");
        switch (text) {
            case "", "/" -> {
                return new Base();
            }
            case "/token" -> {
                return new Token();
            }
            case "/_catalog" -> {
                return new Catalog();
            }
            default -> {}
        }
        List<String> parts = Arrays.asList(((space == null ? "" : space + "/") + text.substring(1)).split("/", -1));
        int count = parts.size();
        String last = parts.get(count - 1);
        String before = count > 1 ? parts.get(count - 2) : "";
        String third = count > 2 ? parts.get(count - 3) : "";
        if (before.equals("tags") && last.equals("list")) {
            return named(parts, 2, Tags::new);
        }
        if (before.equals("blobs") && last.equals("uploads")) {
            return named(parts, 2, UploadsOf::new);
        }
        if (third.equals("blobs") && before.equals("uploads")) {
            return named(parts, 3, name -> last.isEmpty() ? new UploadsOf(name) : upload(name, last));
        }
        return switch (before) {
            case "manifests" -> named(parts, 2, name -> manifest(name, last));
            case "blobs" -> named(parts, 2, name -> digested(last, digest -> new Blob(name, digest)));
            case "referrers" -> named(parts, 2, name -> digested(last, digest -> new Referrers(name, digest)));
            default -> new Wrong(OciError.Code.UNSUPPORTED, "no such path in the distribution protocol");
        };
    }

    /** The same of the repository that is meant by that name, where something is pulled. */
    default OciPath meaning(UnaryOperator<RepositoryName> meant) {
        return switch (this) {
            case Tags path -> new Tags(meant.apply(path.repository));
            case Manifests path -> new Manifests(meant.apply(path.repository), path.reference);
            case Referrers path -> new Referrers(meant.apply(path.repository), path.subject);
            case Blob path -> new Blob(meant.apply(path.repository), path.digest);
            default -> this;
        };
    }

    private static OciPath manifest(RepositoryName name, String text) {
        Reference reference = Reference.parse(text);
        if (reference != null) {
            return new Manifests(name, reference);
        }
        return text.indexOf(':') >= 0
                ? new Wrong(OciError.Code.DIGEST_INVALID, "not a digest of sha256 or sha512")
                : new Wrong(OciError.Code.MANIFEST_INVALID, "a tag " + Reference.Tag.RULE);
    }

    private static OciPath upload(RepositoryName name, String text) {
        UUID id;
        try {
            id = UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            id = null;
        }
        // The text of another upload than the one it is read as would be two names for one thing.
        return id == null || !id.toString().equals(text)
                ? new Wrong(OciError.Code.BLOB_UPLOAD_UNKNOWN, "there is no such upload in this repository")
                : new OneUpload(name, id);
    }

    /** Makes a path of a repository. */
    interface Named {
        OciPath of(RepositoryName name);
    }

    /** Makes a path of a digest. */
    interface Digested {
        OciPath of(Digest digest);
    }

    private static OciPath digested(String text, Digested path) {
        Digest digest = Digest.parse(text);
        return digest == null
                ? new Wrong(OciError.Code.DIGEST_INVALID, "not a digest of sha256 or sha512")
                : path.of(digest);
    }

    private static OciPath named(List<String> parts, int behind, Named path) {
        @Nullable RepositoryName name = RepositoryName.parse(String.join("/", parts.subList(0, parts.size() - behind)));
        return name == null
                ? new Wrong(OciError.Code.NAME_INVALID, "a repository's name " + RepositoryName.RULE)
                : path.of(name);
    }
}
