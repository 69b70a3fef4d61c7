package io.mosaic.images.oci;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.Gate;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.Uploads;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls by which blobs come in. Thread-safe. */
final class UploadCalls {

    private static final Logger LOG = LoggerFactory.getLogger(UploadCalls.class);

    private final Registry registry;
    private final Gate gate;

    UploadCalls(Registry registry, Gate gate) {
        this.registry = registry;
        this.gate = gate;
    }

    /** POST: mounts, takes a whole blob, or begins an upload. */
    Reply begin(StreamedRequest request, RepositoryName repository, Caller caller)
            throws IOException, Uploads.RefusedException {
        String mount = request.query("mount");
        if (mount != null) {
            Digest digest = digest(mount);
            if (mounted(caller, request.query("from"), repository, digest)) {
                return stored(repository, digest);
            }
        }
        String whole = request.query("digest");
        if (whole == null || mount != null) {
            UUID id = registry.uploads().begin(repository);
            return open(202, repository, id, 0);
        }
        Digest digest = digest(whole);
        UUID id = registry.uploads().begin(repository);
        boolean done = false;
        try {
            registry.uploads().finish(repository, id, digest, piece(request));
            done = true;
        } finally {
            if (!done) {
                abandon(repository, id);
            }
        }
        return stored(repository, digest);
    }

    /** An upload whose place nobody was told is of no use when it fails. */
    private void abandon(RepositoryName repository, UUID id) throws IOException {
        try {
            registry.uploads().abort(repository, id);
        } catch (Uploads.RefusedException e) {
            LOG.debug("upload {} is gone already", id, e);
        }
    }

    /** Who may not read the other repository learns nothing of it: it is as if that did not hold the blob. */
    private boolean mounted(Caller caller, @Nullable String from, RepositoryName to, Digest digest) {
        RepositoryName source = from == null ? null : RepositoryName.parse(from);
        return source != null
                && gate.may(caller, source, Action.PULL)
                && registry.blobs().mount(source, to, digest);
    }

    /** GET: how far it has come. */
    Reply status(RepositoryName repository, UUID id) throws IOException, Uploads.RefusedException {
        return open(204, repository, id, registry.uploads().size(repository, id));
    }

    /** PATCH: takes a piece. */
    Reply append(StreamedRequest request, RepositoryName repository, UUID id)
            throws IOException, Uploads.RefusedException {
        return open(202, repository, id, registry.uploads().append(repository, id, piece(request)));
    }

    /** PUT: takes the last piece. */
    Reply finish(StreamedRequest request, RepositoryName repository, UUID id)
            throws IOException, Uploads.RefusedException {
        String given = request.query("digest");
        if (given == null) {
            throw new OciError(OciError.Code.DIGEST_INVALID, "the query must have a digest");
        }
        Digest digest = digest(given);
        registry.uploads().finish(repository, id, digest, piece(request));
        return stored(repository, digest);
    }

    /** DELETE: gives it up. */
    Reply abort(RepositoryName repository, UUID id) throws IOException, Uploads.RefusedException {
        registry.uploads().abort(repository, id);
        return Reply.bytes(204, "", new byte[0]);
    }

    private static Uploads.Piece piece(StreamedRequest request) {
        String given = request.header("Content-Range");
        long length = request.contentLength().orElse(-1);
        if (given == null) {
            return new Uploads.Piece(request.body(), null, length);
        }
        ByteRange range = ByteRange.piece(given);
        if (range == null) {
            throw new OciError(OciError.Code.BLOB_UPLOAD_INVALID, "Content-Range must be START-END");
        }
        if (length >= 0 && length != range.length()) {
            throw new OciError(OciError.Code.SIZE_INVALID, "Content-Range and Content-Length say different lengths");
        }
        return new Uploads.Piece(request.body(), range.start(), range.length());
    }

    private static Digest digest(String text) {
        Digest digest = Digest.parse(text);
        if (digest == null) {
            throw new OciError(OciError.Code.DIGEST_INVALID, "not a digest of sha256 or sha512");
        }
        return digest;
    }

    private static Reply.Whole open(int status, RepositoryName repository, UUID id, long size) {
        return Reply.bytes(status, "", new byte[0])
                .with("Location", "/v2/" + repository + "/blobs/uploads/" + id)
                .with("Docker-Upload-UUID", id.toString())
                .with("Range", range(size));
    }

    /** The protocol has no word for nothing: clients take 0-0 for it at the beginning. */
    static String range(long size) {
        return "0-" + Math.max(0, size - 1);
    }

    private static Reply stored(RepositoryName repository, Digest digest) {
        return new Reply.Whole(
                201,
                "",
                new byte[0],
                Map.of(
                        "Location",
                        "/v2/" + repository + "/blobs/" + digest,
                        "Docker-Content-Digest",
                        digest.toString()));
    }
}
