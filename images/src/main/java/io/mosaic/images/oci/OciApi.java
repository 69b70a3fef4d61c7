package io.mosaic.images.oci;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.Gate;
import io.mosaic.images.access.ScopeTokens;
import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.blob.ReadFailedException;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.mirror.Mirrors;
import io.mosaic.images.mirror.UpstreamException;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.Uploads;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The distribution protocol, version 1.1, below {@code /v2}. Thread-safe. */
public final class OciApi implements Mount {

    private static final Logger LOG = LoggerFactory.getLogger(OciApi.class);

    /** What a Host header may be that goes into an answer. */
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.\\[\\]:-]{1,255}");

    private static final int SCOPES_MAX = 32;

    /** What a client may name as the registry that it means. */
    private static final Pattern SPACE = Pattern.compile("[a-z0-9.-]{1,100}");

    private final Registry registry;
    private final Mirrors mirrors;
    private final Gate gate;
    private final UploadCalls uploads;
    private final ManifestCalls manifests;
    private final Metrics metrics;
    private final InstantSource clock;
    private final @Nullable String address;

    /** @param address the URL at which clients reach it, without a path; absent: as they call it */
    public OciApi(
            Registry registry,
            Mirrors mirrors,
            Gate gate,
            Metrics metrics,
            InstantSource clock,
            @Nullable String address) {
        this.registry = registry;
        this.mirrors = mirrors;
        this.gate = gate;
        this.uploads = new UploadCalls(registry, gate);
        this.manifests = new ManifestCalls(registry, mirrors);
        this.metrics = metrics;
        this.clock = clock;
        this.address = address;
    }

    @Override
    public String prefix() {
        return "/v2";
    }

    @Override
    public Reply.Whole refusal(Problem problem) {
        return versioned(OciError.of(problem));
    }

    private static Reply.Whole versioned(Reply.Whole reply) {
        return reply.with("Docker-Distribution-Api-Version", "registry/2.0");
    }

    @Override
    public Reply handle(StreamedRequest request) throws Exception {
        long began = System.nanoTime();
        OciPath path = OciPath.parse(request.rawPath().substring(prefix().length()), space(request));
        String operation = "oci" + path.getClass().getSimpleName();
        Reply reply;
        try {
            reply = answer(request, path.meaning(gate::meant));
        } catch (ProblemException e) {
            reply = OciError.of(e.problem());
        } catch (OciError e) {
            reply = e.reply();
        }
        metrics.call(operation, reply.status(), Duration.ofNanos(System.nanoTime() - began));
        return reply instanceof Reply.Whole whole ? versioned(whole) : reply;
    }

    private static @Nullable String space(StreamedRequest request) {
        String given = request.query("ns");
        return given != null && SPACE.matcher(given).matches() ? given : null;
    }

    private Reply answer(StreamedRequest request, OciPath path) throws Exception {
        try {
            return switch (path) {
                case OciPath.Wrong wrong -> wrong(request, wrong);
                case OciPath.Base _ -> base(request);
                case OciPath.Token _ -> token(request);
                case OciPath.Catalog _ -> catalog(request);
                case OciPath.Tags tags -> tags(request, tags);
                case OciPath.Referrers referrers -> referrers(request, referrers);
                case OciPath.Manifests manifest -> manifest(request, manifest);
                case OciPath.Blob blob -> blob(request, blob);
                case OciPath.UploadsOf many -> begin(request, many);
                case OciPath.OneUpload one -> upload(request, one);
            };
        } catch (Gate.ChallengeException e) {
            throw new OciError(
                    OciError.Code.UNAUTHORIZED,
                    401,
                    String.valueOf(e.getMessage()),
                    Map.of("WWW-Authenticate", challenge(request, e)));
        } catch (Uploads.RefusedException e) {
            throw refused(e);
        } catch (UpstreamException e) {
            LOG.debug("request {}", request.id(), e);
            throw unavailable(e);
        } catch (DigestMismatchException e) {
            throw new OciError(OciError.Code.DIGEST_INVALID, String.valueOf(e.getMessage()));
        } catch (ReadFailedException e) {
            LOG.debug("request {} broke off", request.id(), e);
            throw new OciError(OciError.Code.BLOB_UPLOAD_INVALID, "the body did not come whole");
        } catch (StoreFullException e) {
            LOG.warn("request {}: {}", request.id(), e.getMessage());
            throw new OciError(OciError.Code.UNAVAILABLE, 507, String.valueOf(e.getMessage()), Map.of());
        } catch (StoreUnavailableException e) {
            LOG.warn("request {}: {}", request.id(), e.getMessage());
            throw new OciError(
                    OciError.Code.UNAVAILABLE, 503, "the content store does not answer", Map.of("Retry-After", "5"));
        }
    }

    private static OciError refused(Uploads.RefusedException e) {
        String message = String.valueOf(e.getMessage());
        return switch (e.refusal()) {
            case UNKNOWN -> new OciError(OciError.Code.BLOB_UPLOAD_UNKNOWN, message);
            case OUT_OF_ORDER ->
                new OciError(
                        OciError.Code.BLOB_UPLOAD_INVALID, 416, message, Map.of("Range", UploadCalls.range(e.size())));
            case SIZE -> new OciError(OciError.Code.SIZE_INVALID, message);
        };
    }

    private static OciError unavailable(UpstreamException e) {
        String message = String.valueOf(e.getMessage());
        Map<String, String> later = Map.of("Retry-After", Long.toString(Math.max(1, e.retryAfterSeconds())));
        return switch (e.kind()) {
            case ABSENT -> new OciError(OciError.Code.NAME_UNKNOWN, message);
            case REFUSED -> new OciError(OciError.Code.DENIED, message);
            case BUSY -> new OciError(OciError.Code.TOOMANYREQUESTS, 429, message, later);
            case DOWN -> new OciError(OciError.Code.UNAVAILABLE, 503, message, later);
            case WRONG -> new OciError(OciError.Code.UNAVAILABLE, 502, message, Map.of());
        };
    }

    /** A stranger learns of a wrong path no more than of a right one. */
    private Reply wrong(StreamedRequest request, OciPath.Wrong wrong) {
        gate.enter(request.header("Authorization"));
        int status =
                wrong.code() == OciError.Code.UNSUPPORTED ? 404 : wrong.code().status();
        throw new OciError(wrong.code(), status, wrong.message(), Map.of());
    }

    private Reply base(StreamedRequest request) {
        allow(request, "GET", "HEAD");
        gate.enter(request.header("Authorization"));
        return Reply.text(200, Answer.JSON, "{}");
    }

    private record TokenGiven(String token, String access_token, long expires_in, Instant issued_at) {}

    private Reply token(StreamedRequest request) {
        allow(request, "GET");
        List<String> scopes = new ArrayList<>();
        for (String each : request.queries("scope")) {
            // Docker's own clients write several into one value.
            scopes.addAll(Arrays.asList(each.split(" ", SCOPES_MAX + 1)));
        }
        if (scopes.size() > SCOPES_MAX) {
            throw new ProblemException(Problem.Kind.MALFORMED, "at most " + SCOPES_MAX + " scopes at once");
        }
        try {
            String token = gate.trade(request.header("Authorization"), scopes);
            TokenGiven given = new TokenGiven(token, token, ScopeTokens.LIFE.toSeconds(), clock.instant());
            return Reply.json(200, given).with("Cache-Control", "no-store");
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.UNAUTHENTICATED)) {
                throw new OciError(
                        OciError.Code.UNAUTHORIZED,
                        401,
                        e.getMessage() + "; the password must be an API token of Mosaic",
                        Map.of("WWW-Authenticate", "Basic realm=\"mosaic\", charset=\"UTF-8\""));
            }
            throw e;
        }
    }

    private String challenge(StreamedRequest request, Gate.ChallengeException e) {
        String host = request.header("Host");
        String base = address != null
                ? address
                : (request.secure() ? "https://" : "http://")
                        + (host != null && HOST.matcher(host).matches() ? host : "localhost");
        String scope = e.scope();
        return "Bearer realm=\"" + base + "/v2/token\",service=\"mosaic\""
                + (scope == null ? "" : ",scope=\"" + scope + "\"")
                + (e.insufficient() ? ",error=\"insufficient_scope\"" : "");
    }

    private Reply catalog(StreamedRequest request) {
        allow(request, "GET", "HEAD");
        Caller caller = gate.enter(request.header("Authorization"));
        return manifests.repositories(request, gate.visible(caller));
    }

    private Reply tags(StreamedRequest request, OciPath.Tags path) throws UpstreamException, InterruptedException {
        allow(request, "GET", "HEAD");
        enter(request, path.repository(), Action.PULL);
        return manifests.tags(request, path.repository());
    }

    private Reply referrers(StreamedRequest request, OciPath.Referrers path) {
        allow(request, "GET", "HEAD");
        enter(request, path.repository(), Action.PULL);
        return manifests.referrers(request, path.repository(), path.subject());
    }

    private Reply manifest(StreamedRequest request, OciPath.Manifests path) throws Exception {
        RepositoryName repository = path.repository();
        allow(request, "GET", "HEAD", "PUT", "DELETE");
        return switch (request.method()) {
            case "PUT" -> {
                Caller caller = change(request, repository, Action.PUSH);
                Reply reply = audited(
                        request,
                        caller,
                        repository,
                        details -> manifests.put(request, repository, path.reference(), details));
                told(caller, "pushed", repository, path.reference());
                yield reply;
            }
            case "DELETE" -> {
                Caller caller = change(request, repository, Action.DELETE);
                Reply reply =
                        audited(request, caller, repository, details -> manifests.delete(repository, path.reference()));
                told(caller, "deleted", repository, path.reference());
                yield reply;
            }
            default -> {
                enter(request, repository, Action.PULL);
                yield manifests.get(repository, path.reference());
            }
        };
    }

    /** Does it, and keeps who did and what came of it. */
    private Reply audited(StreamedRequest request, Caller caller, RepositoryName repository, AuditTrail.Work work)
            throws Exception {
        return registry.audit().record(caller, repository.tenant(), action(request), OciApi::status, work);
    }

    private static String action(StreamedRequest request) {
        return request.method() + " " + request.rawPath();
    }

    private static int status(Exception thrown) {
        return thrown instanceof OciError e ? e.reply().status() : AuditTrail.PROBLEM.applyAsInt(thrown);
    }

    /** Who calls to change something; a refusal of one who is known is kept as well. */
    private Caller change(StreamedRequest request, RepositoryName repository, Action action) {
        try {
            return enter(request, repository, action);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.FORBIDDEN)) {
                Caller caller = gate.enter(request.header("Authorization"));
                registry.audit()
                        .tell(
                                caller.name(),
                                repository.tenant(),
                                action(request),
                                e.problem().status(),
                                e.getMessage());
            }
            throw e;
        }
    }

    private static void told(Caller caller, String what, RepositoryName repository, Object reference) {
        LOG.info("{} {} {} {}", caller.name(), what, repository, reference);
    }

    private Reply blob(StreamedRequest request, OciPath.Blob path) throws Exception {
        RepositoryName repository = path.repository();
        if (request.method().equals("DELETE")) {
            Caller caller = change(request, repository, Action.DELETE);
            Reply reply = audited(request, caller, repository, details -> unlink(repository, path.digest()));
            told(caller, "deleted blob of", repository, path.digest());
            return reply;
        }
        allow(request, "GET", "HEAD", "DELETE");
        enter(request, repository, Action.PULL);
        BlobContent content = open(repository, path.digest(), request.method().equals("HEAD"));
        if (content == null) {
            throw unknown(path.digest());
        }
        return BlobReply.of(content, path.digest(), request.header("Range"));
    }

    private Reply unlink(RepositoryName repository, Digest digest) {
        return switch (registry.blobs().unlink(repository, digest)) {
            case DONE -> Reply.bytes(202, "", new byte[0]);
            case ABSENT -> throw unknown(digest);
            case REFERRED ->
                throw new OciError(
                        OciError.Code.UNSUPPORTED, "manifests of the repository need the blob: delete them first");
        };
    }

    /** Of a mirrored blob that is not here its size suffices where only that is asked for. */
    private @Nullable BlobContent open(RepositoryName repository, Digest digest, boolean head)
            throws IOException, UpstreamException, InterruptedException {
        if (!repository.mirrored()) {
            return registry.open(repository, digest);
        }
        long size = head ? mirrors.size(repository, digest) : -1;
        return size >= 0 ? new SizeOnly(size) : head ? null : mirrors.open(repository, digest);
    }

    /** Content that is elsewhere. */
    private record SizeOnly(long size) implements BlobContent {
        @Override
        public void copy(long offset, long length, Sink sink) throws IOException {
            throw new IOException("the content is not here");
        }

        @Override
        public void close() {}
    }

    private static OciError unknown(Digest digest) {
        return new OciError(OciError.Code.BLOB_UNKNOWN, "the repository has no blob " + digest);
    }

    private Reply begin(StreamedRequest request, OciPath.UploadsOf path) throws IOException, Uploads.RefusedException {
        allow(request, "POST");
        Caller caller = enter(request, path.repository(), Action.PUSH);
        return uploads.begin(request, path.repository(), caller);
    }

    private Reply upload(StreamedRequest request, OciPath.OneUpload path) throws IOException, Uploads.RefusedException {
        RepositoryName repository = path.repository();
        allow(request, "GET", "HEAD", "PATCH", "PUT", "DELETE");
        enter(request, repository, Action.PUSH);
        return switch (request.method()) {
            case "PATCH" -> uploads.append(request, repository, path.id());
            case "PUT" -> uploads.finish(request, repository, path.id());
            case "DELETE" -> uploads.abort(repository, path.id());
            default -> uploads.status(repository, path.id());
        };
    }

    private Caller enter(StreamedRequest request, RepositoryName repository, Action action) {
        return gate.enter(request.header("Authorization"), repository, action);
    }

    private static void allow(StreamedRequest request, String... methods) {
        if (!List.of(methods).contains(request.method())) {
            throw new OciError(
                    OciError.Code.UNSUPPORTED,
                    405,
                    "this path takes " + String.join(", ", methods),
                    Map.of("Allow", String.join(", ", methods)));
        }
    }
}
