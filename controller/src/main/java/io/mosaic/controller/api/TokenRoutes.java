package io.mosaic.controller.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.mosaic.controller.auth.TokenDecisions;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Kind;
import io.mosaic.model.Lifetime;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tokens: made once, shown once, listed without what makes them work. */
final class TokenRoutes {

    /** A join token lies about in a host's configuration until it is used: not for longer than an installation takes. */
    private static final Lifetime JOIN_TTL = Lifetime.parse("1d");

    private static final Lifetime JOIN_TTL_MAX = Lifetime.parse("7d");

    private final ApiServices services;

    TokenRoutes(ApiServices services) {
        this.services = services;
    }

    /**
     * Asks for a token.
     *
     * @param name unique among tokens
     * @param purpose absent: {@code api}
     * @param role for {@code api}: what it may do
     * @param tenants for {@code api}: which it may act for; absent or empty: all
     * @param ttl how long it lives, at most ten years, a join token seven days; absent: for ever, a join token for a day
     */
    record TokenRequest(
            @Nullable String name,
            @Nullable Use purpose,
            @Nullable Role role,
            @Nullable List<String> tenants,
            @Nullable Lifetime ttl) {

        List<String> tenantsOrAll() {
            return tenants == null ? List.of() : List.copyOf(tenants);
        }
    }

    /** What a token is asked for. */
    enum Use {
        API,
        JOIN;

        @JsonValue
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        @JsonCreator
        static Use parse(String word) {
            return switch (word.toLowerCase(Locale.ROOT)) {
                case "api" -> API;
                case "join" -> JOIN;
                default -> throw new IllegalArgumentException("must be api or join");
            };
        }
    }

    /**
     * A new token.
     *
     * @param token its text, never shown again
     */
    record TokenMade(String token, TokenResource resource) {}

    List<Route> routes() {
        return List.of(
                Route.get("/v1/tokens")
                        .id("listTokens")
                        .tag("tokens")
                        .summary("Lists tokens, without secrets")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.LIMIT, Params.PAGE, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.page("The tokens, by name", TokenResource.class))
                        .handle(this::list),
                Route.post("/v1/tokens")
                        .id("createToken")
                        .tag("tokens")
                        .summary(
                                "Makes a token and shows its text, this once; takes no Idempotency-Key, as the text is not kept")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .reads(Route.Body.json(TokenRequest.class))
                        .answers(Answer.json(201, "The token", TokenMade.class))
                        .handle(this::create),
                Route.get("/v1/tokens/{name}")
                        .id("getToken")
                        .tag("tokens")
                        .summary("One token, without its secret")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.json(200, "The token", TokenResource.class))
                        .handle(this::get),
                Route.delete("/v1/tokens/{name}")
                        .id("deleteToken")
                        .tag("tokens")
                        .summary("Takes a token away; it is worth nothing at once")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .answers(Answer.json(200, "Gone", TokenResource.class))
                        .handle(this::delete));
    }

    static Resource redacted(Resource resource) {
        TokenResource token = (TokenResource) resource;
        return new TokenResource(
                token.name(),
                token.uid(),
                token.revision(),
                token.created(),
                token.spec().redacted());
    }

    private Reply list(Request request) throws InterruptedException {
        ClusterImage image = Listing.image(services.log(), request);
        return Listing.page(request, image, Kind.TOKEN, ResourceKey.CLUSTER, any -> true, TokenRoutes::redacted);
    }

    private Reply get(Request request) throws InterruptedException {
        String name = request.get(Params.NAME);
        TokenResource token = Listing.image(services.log(), request).token(name);
        if (token == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no token named " + name);
        }
        return Commits.reply(200, redacted(token));
    }

    private Reply create(Request request) throws InterruptedException {
        TokenRequest asked = request.body(TokenRequest.class);
        String name = Names.require("/name", asked.name() == null ? "" : asked.name());
        boolean join = asked.purpose() == Use.JOIN;
        request.notes().detail((join ? "join token " : "token ") + name);
        Lifetime ttl = asked.ttl() == null && join ? JOIN_TTL : asked.ttl();
        if (join && ttl != null && ttl.millis() > JOIN_TTL_MAX.millis()) {
            throw ProblemException.field("/ttl", "must be at most 7d for a join token", ttl.toString());
        }
        Instant now = services.clock().instant();
        TokenText text = TokenText.random(name, services.random());
        TokenSpec spec = new TokenSpec(
                join ? TokenSpec.Purpose.JOIN : TokenSpec.Purpose.API,
                asked.role(),
                asked.tenantsOrAll(),
                ttl == null ? null : now.plus(ttl.duration()),
                text.hash());
        Committed committed = Commits.commit(
                services, request, ResourceKey.CLUSTER, TokenDecisions.create(name, spec, UUID.randomUUID(), now));
        TokenResource made =
                (TokenResource) redacted(Commits.outcome(services.log(), committed, ResourceKey.token(name)));
        String shown = join ? text.join(services.authorityFingerprint()) : text.api();
        return Reply.json(201, new TokenMade(shown, made))
                .with("Location", "/v1/tokens/" + name)
                .with("Cache-Control", "no-store");
    }

    private Reply delete(Request request) throws InterruptedException {
        ResourceKey key = ResourceKey.token(request.get(Params.NAME));
        Committed committed = Commits.commit(
                services,
                request,
                ResourceKey.CLUSTER,
                TokenDecisions.delete(
                        key.name(), Params.ifRevision(request), services.clock().instant()));
        return Commits.reply(200, redacted(Commits.outcome(services.log(), committed, key)), committed);
    }
}
