package io.mosaic.controller.auth;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Decides on tokens. */
public final class TokenDecisions {

    private TokenDecisions() {}

    /**
     * Makes a token.
     *
     * @param spec with the secret's hash, not the secret
     * @return throws, when decided, EXISTS when the name is taken and INVALID when a tenant does not exist
     * @throws ProblemException when the name breaks its rule or the role does not fit the purpose
     */
    public static Decision create(String name, TokenSpec spec, UUID uid, Instant now) {
        Names.require("/name", name);
        if (spec.secretHash() == null) {
            throw new IllegalArgumentException("a token needs the hash of its secret");
        }
        boolean api = spec.purpose() == TokenSpec.Purpose.API;
        if (api && spec.role() == null) {
            throw ProblemException.field("/role", "is required for an API token", null);
        }
        if (!api && (spec.role() != null || !spec.tenants().isEmpty())) {
            throw ProblemException.field("/role", "a join token has neither role nor tenants", null);
        }
        return head -> {
            if (head.token(name) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, "there is a token named " + name);
            }
            for (int i = 0; i < spec.tenants().size(); i++) {
                String tenant = spec.tenants().get(i);
                if (head.tenant(tenant) == null) {
                    throw ProblemException.field("/tenants/" + i, "there is no such tenant", tenant);
                }
            }
            return Decided.of(new Change.Put(new TokenResource(name, uid, 0, now, spec)));
        };
    }

    /**
     * Takes a token away.
     *
     * @return throws, when decided, NOT_FOUND, STALE, or CONFLICT for the last token that can make others, now or for good
     */
    public static Decision delete(String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            TokenResource token = head.token(name);
            if (token == null) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "no token named " + name);
            }
            if (ifRevision != null && ifRevision != token.revision()) {
                throw new ProblemException(
                        Problem.Kind.STALE,
                        "token " + name + " is at revision " + token.revision() + ", not at " + ifRevision);
            }
            if ((rules(token, now) && !another(head, name, other -> rules(other, now)))
                    || (rulesForGood(token) && !another(head, name, TokenDecisions::rulesForGood))) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT,
                        "it is the last token with the role admin for the whole cluster, or the last that does not expire");
            }
            return Decided.of(new Change.Delete(token));
        };
    }

    private static boolean another(ClusterImage head, String name, Predicate<TokenResource> like) {
        return head.resources(Kind.TOKEN).values().stream()
                .map(TokenResource.class::cast)
                .anyMatch(other -> !other.name().equals(name) && like.test(other));
    }

    /** Whether it can make tokens now. */
    private static boolean rules(TokenResource token, Instant now) {
        TokenSpec spec = token.spec();
        return spec.purpose() == TokenSpec.Purpose.API
                && spec.role() == Role.ADMIN
                && spec.tenants().isEmpty()
                && (spec.expires() == null || now.isBefore(spec.expires()));
    }

    /** Whether it can make tokens for as long as nobody takes it away: without one, a day would come without any. */
    private static boolean rulesForGood(TokenResource token) {
        return token.spec().expires() == null && rules(token, Instant.MIN);
    }
}
