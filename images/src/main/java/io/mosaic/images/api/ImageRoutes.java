package io.mosaic.images.api;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.Gate;
import io.mosaic.images.catalog.ManifestCatalog;
import io.mosaic.images.catalog.ManifestCatalog.Tagged;
import io.mosaic.images.manifest.Descriptor;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Parameter.Place;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Bytes;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImageTag;
import io.mosaic.model.ImageTagRequest;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images as people look at them: by repository and tag. */
final class ImageRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(ImageRoutes.class);

    private static final Parameter<String> REPOSITORY = Parameter.text(
            Place.PATH, "repository", "With its tenant, percent-encoded.", ".+", 200, RepositoryName.RULE);
    private static final Parameter<String> OF_REPOSITORY =
            Parameter.text(Place.QUERY, "repository", "Only of that repository.", ".+", 200, RepositoryName.RULE);
    private static final Parameter<String> REFERENCE = Parameter.text(
            Place.PATH, "reference", "A tag or a digest.", ".+", 200, "must be a tag or a digest of sha256 or sha512");
    private static final Parameter<String> TENANT =
            Owners.parameter(Place.QUERY, "Only of that tenant, or of that registry, which is mirrored.");
    private static final Parameter<Long> LIMIT = Parameter.number(
                    Place.QUERY, "limit", "Most items of one page.", 1, 1000)
            .orElse(100L);
    private static final Parameter<String> PAGE = Parameter.text(
            Place.QUERY,
            "page",
            "The next page: what the last one answered as next.",
            "[A-Za-z0-9_-]{1,512}",
            512,
            "must be a page token as an earlier page answered it");

    private final Registry registry;
    private final Gate gate;

    ImageRoutes(Registry registry, Gate gate) {
        this.registry = registry;
        this.gate = gate;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/images")
                        .id("listImages")
                        .tag("images")
                        .summary("Lists tags, by repository")
                        .needs(Role.VIEWER)
                        .takes(TENANT, OF_REPOSITORY, LIMIT, PAGE)
                        .answers(Answer.page("The tags", ImageTag.class))
                        .handle(this::list),
                Route.get("/v1/images/{repository}/{reference}")
                        .id("getImage")
                        .tag("images")
                        .summary("What an image consists of")
                        .needs(Role.VIEWER)
                        .takes(REPOSITORY, REFERENCE)
                        .answers(Answer.json(200, "The image", ImageDetail.class))
                        .handle(this::get),
                Route.delete("/v1/images/{repository}/{reference}")
                        .id("deleteImage")
                        .tag("images")
                        .summary("Takes a tag away, or an image with all its tags")
                        .needs(Role.OPERATOR)
                        .takes(REPOSITORY, REFERENCE)
                        .answers(Answer.empty(204, "Gone"))
                        .handle(audited(this::delete)),
                Route.post("/v1/images/{repository}/tags")
                        .id("tagImage")
                        .tag("images")
                        .summary("Lets a tag mean an image of the same repository")
                        .needs(Role.DEVELOPER)
                        .takes(REPOSITORY)
                        .reads(Route.Body.json(ImageTagRequest.class))
                        .answers(Answer.empty(204, "It does"))
                        .handle(audited(this::tag)));
    }

    private Route.Action.Handle audited(ImagesApi.Change change) {
        return ImagesApi.audited(registry.audit(), ImageRoutes::tenant, change);
    }

    private static @Nullable String tenant(Request request) {
        RepositoryName name = RepositoryName.parse(request.get(REPOSITORY));
        return name == null ? null : name.tenant();
    }

    private RepositoryName repository(Request request, Action action) {
        String given = request.get(REPOSITORY);
        RepositoryName name = RepositoryName.parse(given);
        if (name == null) {
            throw REPOSITORY.broken(given);
        }
        if (!gate.may(request.caller(), name, action)) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no repository " + name);
        }
        return name;
    }

    private static Reference reference(Request request) {
        String given = request.get(REFERENCE);
        Reference reference = Reference.parse(given);
        if (reference == null) {
            throw REFERENCE.broken(given);
        }
        return reference;
    }

    private Reply list(Request request) {
        Caller caller = request.caller();
        String tenant = Owners.find(request, TENANT, gate);
        int limit = request.get(LIMIT).intValue();
        String[] after = after(request.find(PAGE));
        List<Tagged> found = registry.manifests()
                .tagged(
                        tenant == null ? gate.visible(caller) : List.of(tenant),
                        request.find(OF_REPOSITORY),
                        after[0],
                        after[1],
                        limit + 1);
        List<Tagged> page = found.size() > limit ? found.subList(0, limit) : found;
        String next = found.size() > limit ? token(page.getLast()) : null;
        List<ImageTag> items = page.stream()
                .map(each -> new ImageTag(
                        each.repository(),
                        each.tag(),
                        each.digest(),
                        each.mediaType(),
                        new Bytes(each.size()),
                        each.updated()))
                .toList();
        return Reply.page(new Page<>(items, 0, next), ImageTag.class);
    }

    private static String token(Tagged last) {
        String text = last.repository() + ":" + last.tag();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Repository and tag of the last one that the caller has. */
    private static String[] after(@Nullable String token) {
        if (token == null) {
            return new String[] {"", ""};
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon > 0) {
                return new String[] {text.substring(0, colon), text.substring(colon + 1)};
            }
        } catch (IllegalArgumentException e) {
            throw PAGE.broken(token);
        }
        throw PAGE.broken(token);
    }

    private Reply get(Request request) {
        RepositoryName repository = repository(request, Action.PULL);
        Reference reference = reference(request);
        ManifestCatalog.Kept kept = registry.manifests().get(repository, reference);
        if (kept == null) {
            throw unknown(repository, reference);
        }
        try {
            Manifest manifest = Manifest.read(kept.mediaType(), kept.body());
            List<ImageDetail.Part> parts = new ArrayList<>();
            long size = kept.body().length;
            for (Descriptor each : Stream.concat(manifest.blobs().stream(), manifest.manifests().stream())
                    .toList()) {
                parts.add(new ImageDetail.Part(each.mediaType(), each.digest().toString(), new Bytes(each.size())));
                size += each.size();
            }
            return Reply.json(
                    200,
                    new ImageDetail(
                            repository.text(), kept.digest().toString(), kept.mediaType(), new Bytes(size), parts));
        } catch (ManifestException e) {
            throw new IllegalStateException("a manifest that was taken is none: " + kept.digest(), e);
        }
    }

    private static ProblemException unknown(RepositoryName repository, Reference reference) {
        return new ProblemException(Problem.Kind.NOT_FOUND, repository + " has no image " + reference);
    }

    private Reply delete(Request request, AuditTrail.Details details) {
        RepositoryName repository = repository(request, Action.DELETE);
        Reference reference = reference(request);
        ManifestCatalog.Kept kept = registry.manifests().get(repository, reference);
        if (kept == null || !registry.manifests().delete(repository, reference)) {
            throw unknown(repository, reference);
        }
        details.tell("it was " + kept.digest());
        LOG.info("{} deleted {} {}", request.caller().name(), repository, reference);
        return Reply.bytes(204, "", new byte[0]);
    }

    private Reply tag(Request request, AuditTrail.Details details) {
        RepositoryName repository = repository(request, Action.PUSH);
        ImageTagRequest asked = request.body(ImageTagRequest.class);
        String name = asked.tag() == null ? "" : asked.tag();
        if (!Reference.Tag.valid(name)) {
            throw ProblemException.field("/tag", Reference.Tag.RULE, name);
        }
        String given = asked.reference() == null ? "" : asked.reference();
        Reference reference = Reference.parse(given);
        if (reference == null) {
            throw ProblemException.field("/reference", "must be a tag or a digest", given);
        }
        ManifestCatalog.Kept kept = registry.manifests().get(repository, reference);
        Reference.Tag tag = new Reference.Tag(name);
        ManifestCatalog.Kept before = registry.manifests().get(repository, tag);
        if (kept == null || !registry.manifests().tag(repository, tag, kept.digest())) {
            throw unknown(repository, reference);
        }
        details.tell("tag " + name + ": " + kept.digest() + (before == null ? "" : ", was " + before.digest()));
        LOG.info("{} tagged {} {} as {}", request.caller().name(), repository, reference, name);
        return Reply.bytes(204, "", new byte[0]);
    }
}
