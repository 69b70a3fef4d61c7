package io.mosaic.images.oci;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.catalog.ManifestCatalog;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.MediaTypes;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.mirror.Mirrors;
import io.mosaic.images.mirror.UpstreamException;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.model.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calls on manifests, tags and referrers. Thread-safe. */
final class ManifestCalls {

    /** Tags or repositories in one answer, if nobody asks for fewer. */
    private static final int PAGE = 1000;

    /** Of referrers, each of which may have some KiB of annotations. */
    private static final int REFERRERS_PAGE = 200;

    private final Registry registry;
    private final Mirrors mirrors;

    ManifestCalls(Registry registry, Mirrors mirrors) {
        this.registry = registry;
        this.mirrors = mirrors;
    }

    Reply get(RepositoryName repository, Reference reference) throws UpstreamException, InterruptedException {
        ManifestCatalog.Kept kept = repository.mirrored()
                ? mirrors.manifest(repository, reference)
                : registry.manifests().get(repository, reference);
        if (kept == null) {
            throw unknown(repository, reference);
        }
        return new Reply.Whole(
                200,
                kept.mediaType(),
                kept.body(),
                Map.of("Docker-Content-Digest", kept.digest().toString(), "ETag", "\"" + kept.digest() + "\""));
    }

    Reply put(StreamedRequest request, RepositoryName repository, Reference reference, AuditTrail.Details details)
            throws IOException {
        byte[] body = body(request);
        try {
            Registry.Put put = registry.put(repository, reference, mediaType(request), body);
            details.tell(put.digest() + (put.before() == null ? "" : ", was " + put.before()));
            Reply.Whole reply = Reply.bytes(201, "", new byte[0])
                    .with("Location", "/v2/" + repository + "/manifests/" + put.digest())
                    .with("Docker-Content-Digest", put.digest().toString());
            Digest subject = put.manifest().subject();
            return subject == null ? reply : reply.with("OCI-Subject", subject.toString());
        } catch (ManifestException e) {
            throw new OciError(OciError.Code.MANIFEST_INVALID, e.reason());
        } catch (DigestMismatchException e) {
            throw new OciError(OciError.Code.DIGEST_INVALID, String.valueOf(e.getMessage()));
        } catch (ManifestCatalog.MissingException e) {
            throw new OciError(OciError.Code.MANIFEST_BLOB_UNKNOWN, String.valueOf(e.getMessage()));
        } catch (ManifestCatalog.SizeException e) {
            throw new OciError(OciError.Code.SIZE_INVALID, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] body(StreamedRequest request) throws IOException {
        if (request.contentLength().orElse(0) > Manifest.BYTES_MAX) {
            throw tooLarge();
        }
        try (InputStream in = request.body()) {
            byte[] body = in.readNBytes(Manifest.BYTES_MAX + 1);
            if (body.length > Manifest.BYTES_MAX) {
                throw tooLarge();
            }
            return body;
        }
    }

    private static OciError tooLarge() {
        return new OciError(
                OciError.Code.MANIFEST_INVALID,
                413,
                "a manifest may have at most " + Manifest.BYTES_MAX + " bytes",
                Map.of());
    }

    private static String mediaType(StreamedRequest request) {
        String given = request.header("Content-Type");
        String text = given == null ? "" : given;
        int end = text.indexOf(';');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }

    Reply delete(RepositoryName repository, Reference reference) {
        if (!registry.manifests().delete(repository, reference)) {
            throw unknown(repository, reference);
        }
        return Reply.bytes(202, "", new byte[0]);
    }

    private OciError unknown(RepositoryName repository, Reference reference) {
        return registry.manifests().exists(repository)
                ? new OciError(OciError.Code.MANIFEST_UNKNOWN, repository + " has no manifest " + reference)
                : unknown(repository);
    }

    private static OciError unknown(RepositoryName repository) {
        return new OciError(OciError.Code.NAME_UNKNOWN, "there is no repository " + repository);
    }

    private record TagList(String name, List<String> tags) {}

    Reply tags(StreamedRequest request, RepositoryName repository) throws UpstreamException, InterruptedException {
        int most = most(request);
        String after = request.query("last");
        if (repository.mirrored()) {
            return mirrored(repository, after == null ? "" : after, most);
        }
        List<String> found = registry.manifests().tags(repository, after == null ? "" : after, most + 1);
        if (found.isEmpty() && !registry.manifests().exists(repository)) {
            throw unknown(repository);
        }
        List<String> page = found.size() > most ? found.subList(0, most) : found;
        Reply.Whole reply = Reply.json(200, new TagList(repository.text(), page));
        return found.size() > most && most > 0
                ? next(reply, "/v2/" + repository + "/tags/list?n=" + most, page.getLast())
                : reply;
    }

    private Reply mirrored(RepositoryName repository, String after, int most)
            throws UpstreamException, InterruptedException {
        Mirrors.TagPage page = mirrors.tags(repository, after, most);
        if (page == null) {
            throw unknown(repository);
        }
        Reply.Whole reply = Reply.json(200, new TagList(repository.text(), page.names()));
        return page.more() && most > 0
                ? next(
                        reply,
                        "/v2/" + repository + "/tags/list?n=" + most,
                        page.names().getLast())
                : reply;
    }

    private record RepositoryList(List<String> repositories) {}

    /** @param tenants whose repositories; empty: all */
    Reply repositories(StreamedRequest request, List<String> tenants) {
        int most = most(request);
        String after = request.query("last");
        List<String> found = registry.manifests().repositories(tenants, after == null ? "" : after, most + 1);
        List<String> page = found.size() > most ? found.subList(0, most) : found;
        Reply.Whole reply = Reply.json(200, new RepositoryList(page));
        return found.size() > most && most > 0 ? next(reply, "/v2/_catalog?n=" + most, page.getLast()) : reply;
    }

    private static Reply.Whole next(Reply.Whole reply, String path, String last) {
        return reply.with(
                "Link", "<" + path + "&last=" + URLEncoder.encode(last, StandardCharsets.UTF_8) + ">; rel=\"next\"");
    }

    private static int most(StreamedRequest request) {
        String given = request.query("n");
        if (given == null) {
            return PAGE;
        }
        if (!given.matches("[0-9]{1,9}")) {
            throw new OciError(OciError.Code.PAGINATION_NUMBER_INVALID, "n must be a number");
        }
        return Math.min(PAGE, Integer.parseInt(given));
    }

    private record Listed(
            String mediaType,
            String digest,
            long size,
            @Nullable String artifactType,
            @Nullable Map<String, String> annotations) {}

    private record Index(int schemaVersion, String mediaType, List<Listed> manifests) {}

    Reply referrers(StreamedRequest request, RepositoryName repository, Digest subject) {
        String type = request.query("artifactType");
        String last = request.query("last");
        List<ManifestCatalog.Referrer> found =
                registry.manifests().referrers(repository, subject, type, last == null ? "" : last, REFERRERS_PAGE + 1);
        List<ManifestCatalog.Referrer> page = found.size() > REFERRERS_PAGE ? found.subList(0, REFERRERS_PAGE) : found;
        List<Listed> listed = page.stream()
                .map(each -> new Listed(
                        each.mediaType(),
                        each.digest().toString(),
                        each.size(),
                        each.artifactType().isEmpty() ? null : each.artifactType(),
                        each.annotations().isEmpty() ? null : each.annotations()))
                .toList();
        Reply.Whole reply = new Reply.Whole(
                200, MediaTypes.OCI_INDEX, Json.bytes(new Index(2, MediaTypes.OCI_INDEX, listed)), Map.of());
        if (type != null) {
            reply = reply.with("OCI-Filters-Applied", "artifactType");
        }
        String path = "/v2/" + repository + "/referrers/" + subject + "?artifactType="
                + URLEncoder.encode(type == null ? "" : type, StandardCharsets.UTF_8);
        return found.size() > REFERRERS_PAGE
                ? next(
                        reply,
                        type == null ? path.substring(0, path.indexOf('?')) + "?" : path,
                        page.getLast().digest().toString())
                : reply;
    }
}
