package io.mosaic.images.glance;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.Gate;
import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who calls the API, and what the caller may do with an image. Thread-safe. */
final class Access {

    private static final String BEARER = "bearer ";

    /** Who acts for the whole cluster and does not say for whom. */
    private static final String USUAL_TENANT = "default";

    /** What OpenStack's clients show for a token when they are told to use none. */
    private static final String NO_TOKEN = "notused";

    private final Gate gate;
    private final Predicate<String> tenants;
    private final @Nullable Caller anonymous;

    /** @param tenants whether there is a tenant of that name */
    Access(Gate gate, Predicate<String> tenants, @Nullable String anonymousTenant) {
        this.gate = gate;
        this.tenants = tenants;
        this.anonymous =
                anonymousTenant == null ? null : new Caller("anonymous", Role.OPERATOR, List.of(anonymousTenant));
    }

    /**
     * Who calls: by an API token, as OpenStack's clients show one or as others do. Not by what a registry client got for one,
     * for that is for one repository.
     */
    Caller enter(StreamedRequest request) {
        String token = request.header("X-Auth-Token");
        String authorization = request.header("Authorization");
        if (token == null
                && authorization != null
                && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            token = authorization.substring(BEARER.length());
        }
        if (anonymous != null && (token == null || token.equals(NO_TOKEN))) {
            return anonymous;
        }
        if (token == null) {
            throw new ProblemException(
                    Problem.Kind.UNAUTHENTICATED,
                    "no token was given: an API token as X-Auth-Token, or as Authorization: Bearer");
        }
        return gate.authenticator().authenticate("Bearer " + token.strip());
    }

    static GlanceImage.Reader reader(Caller caller) {
        return new GlanceImage.Reader(caller.tenants());
    }

    /** Refuses whom the role does not allow it. */
    static void require(Caller caller, Action action) {
        if (!caller.role().covers(action.least())) {
            throw new GlanceError(
                    403,
                    "this needs the role " + action.least().word() + "; the token has "
                            + caller.role().word());
        }
    }

    /** Refuses who does not act for the image's owner, or may not do that for it, or would change what follows a repository. */
    static void requireOwn(Caller caller, GlanceImage image, Action action) {
        if (!caller.mayActFor(image.tenant())) {
            throw new GlanceError(403, "image " + image.id() + " belongs to somebody else");
        }
        require(caller, action);
        if (image.derived()) {
            throw new GlanceError(
                    403,
                    "image " + image.id()
                            + " stands for a layer of a repository's images: it comes and goes with them");
        }
    }

    /** Refuses who would show an image to all tenants without acting for all of them. */
    static void requirePublic(Caller caller) {
        if (!caller.clusterWide() || !caller.role().covers(Role.OPERATOR)) {
            throw new GlanceError(403, "only an operator of the whole cluster makes an image public");
        }
    }

    /** Whose the image becomes that the caller makes. */
    String owner(Caller caller, @Nullable String asked) {
        if (asked == null && caller.tenants().size() > 1) {
            throw new GlanceError(400, "the token is for several tenants: say which one in owner");
        }
        String owner = asked != null
                ? asked
                : caller.clusterWide() ? USUAL_TENANT : caller.tenants().getFirst();
        if (!caller.mayActFor(owner)) {
            throw new GlanceError(403, "the token is not for tenant " + owner);
        }
        if (!tenants.test(owner)) {
            throw new GlanceError(400, "no tenant named " + owner);
        }
        return owner;
    }
}
