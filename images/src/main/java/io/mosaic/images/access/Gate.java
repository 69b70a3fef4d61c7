package io.mosaic.images.access;

import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.kit.http.Authenticator;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.TokenAuthenticator;
import io.mosaic.kit.tls.HostGrant;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenText;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Says who calls and what the caller may do with a repository. A caller shows a Mosaic API token, or what it got for one at
 * the token endpoint. The first part of a repository's name is the tenant, or a mirror's prefix. Thread-safe.
 */
public final class Gate {

    private static final String BASIC = "basic ";
    private static final String BEARER = "bearer ";

    /** Longer than any token, shorter than any memory. */
    private static final int HEADER_CHARS_MAX = 16 * 1024;

    /** Who shows nothing. No tenant has that name, so it acts for none. */
    private static final Caller ANONYMOUS = new Caller("anonymous", Role.VIEWER, List.of(""));

    private final Function<String, @Nullable TokenResource> tokens;
    private final Predicate<String> tenants;
    private final TokenAuthenticator authenticator;
    private final ScopeTokens scopeTokens;
    private final InstantSource clock;
    private volatile @Nullable X509Certificate authority;
    private final Map<String, MirrorReach> mirrors = new LinkedHashMap<>();
    private final @Nullable String unprefixed;

    /** One without mirrors. */
    public Gate(
            Function<String, @Nullable TokenResource> tokens,
            Predicate<String> tenants,
            ScopeTokens scopeTokens,
            InstantSource clock) {
        this(tokens, tenants, scopeTokens, clock, List.of());
    }

    /**
     * @param tokens the cluster's API tokens by name
     * @param tenants whether there is a tenant of that name
     * @param mirrors at most one of them unprefixed
     */
    public Gate(
            Function<String, @Nullable TokenResource> tokens,
            Predicate<String> tenants,
            ScopeTokens scopeTokens,
            InstantSource clock,
            List<MirrorReach> mirrors) {
        mirrors.forEach(each -> this.mirrors.put(each.prefix(), each));
        this.unprefixed = mirrors.stream()
                .filter(MirrorReach::unprefixed)
                .map(MirrorReach::prefix)
                .findFirst()
                .orElse(null);
        this.tokens = tokens;
        this.tenants = tenants;
        this.authenticator = new TokenAuthenticator(tokens, clock);
        this.scopeTokens = scopeTokens;
        this.clock = clock;
    }

    /** Takes what controllers of that CA's cluster grant to hosts, from now on. */
    public void takeGrants(X509Certificate authority) {
        this.authority = authority;
    }

    /** Who shows an API token and nothing else, for the routes of {@code /v1}. */
    public Authenticator authenticator() {
        return authenticator;
    }

    /** Nobody, or nobody who may: the client should ask the token endpoint and come again. */
    public static final class ChallengeException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final @Nullable String scope;
        private final boolean insufficient;

        ChallengeException(String message, @Nullable String scope, boolean insufficient) {
            super(message, null, false, false);
            this.scope = scope;
            this.insufficient = insufficient;
        }

        /** What a token is needed for, absent when any will do. */
        public @Nullable String scope() {
            return scope;
        }

        /** Whether a good token was shown that is not for this. */
        public boolean insufficient() {
            return insufficient;
        }
    }

    /**
     * The repository that a caller means by that name: a name whose first part is no tenant may be one of a mirror, as daemons
     * write it that take this repository for that registry. A tenant's name always is the tenant's.
     */
    public RepositoryName meant(RepositoryName name) {
        if (unprefixed == null || name.mirrored() || tenants.test(name.tenant())) {
            return name;
        }
        RepositoryName whole = RepositoryName.parse(unprefixed + "/" + name);
        return whole == null ? name : whole;
    }

    /** First parts of the names of repositories that the caller may see; empty: all. */
    public List<String> visible(Caller caller) {
        if (caller.clusterWide()) {
            return List.of();
        }
        List<String> all = new ArrayList<>(caller.tenants());
        mirrors.values().stream()
                .filter(each -> each.open(caller))
                .map(MirrorReach::prefix)
                .forEach(all::add);
        return all;
    }

    /**
     * Who calls, whatever for.
     *
     * @param authorization the Authorization header as it came
     * @throws ChallengeException when that proves nothing
     */
    public Caller enter(@Nullable String authorization) {
        return proven(authorization, null).caller();
    }

    /**
     * Who calls, if it may do that with the repository.
     *
     * @throws ChallengeException when that is not proven, and another token may do
     * @throws ProblemException of kind FORBIDDEN when the caller's role or reach does not allow it; NOT_FOUND when it would push
     *     for a tenant that does not exist
     */
    public Caller enter(@Nullable String authorization, RepositoryName repository, Action action) {
        Scope asked = new Scope(repository, Set.of(action));
        Proven proven = proven(authorization, asked.toString());
        Caller caller = proven.caller();
        if (!may(caller, repository, action)) {
            if (caller.equals(ANONYMOUS)) {
                throw new ChallengeException("a token is needed", asked.toString(), true);
            }
            if (repository.mirrored()) {
                throw refusal(repository, action);
            }
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    caller.mayActFor(repository.tenant())
                            ? "to " + action.word() + " needs the role "
                                    + action.least().word() + "; the token has "
                                    + caller.role().word()
                            : "the token is not for tenant " + repository.tenant());
        }
        if (proven.scoped() != null && !proven.scoped().covers(asked)) {
            throw new ChallengeException("the token is not for " + asked, asked.toString(), true);
        }
        if (action == Action.PUSH && !tenants.test(repository.tenant())) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + repository.tenant());
        }
        return caller;
    }

    private ProblemException refusal(RepositoryName repository, Action action) {
        if (!mirrors.containsKey(repository.tenant())) {
            return new ProblemException(Problem.Kind.NOT_FOUND, "there is no mirror of " + repository.tenant());
        }
        return new ProblemException(
                Problem.Kind.FORBIDDEN,
                switch (action) {
                    case PULL -> "the token is not for the mirror of " + repository.tenant();
                    case PUSH -> repository.tenant() + " is mirrored, nobody pushes to it";
                    case DELETE -> "to delete of a mirror needs the role operator over the whole cluster";
                });
    }

    /** Whether the caller's role and reach suffice. */
    public boolean may(Caller caller, RepositoryName repository, Action action) {
        if (repository.mirrored()) {
            MirrorReach mirror = mirrors.get(repository.tenant());
            return switch (action) {
                case PULL -> mirror != null && caller.role().covers(action.least()) && mirror.open(caller);
                case PUSH -> false;
                // Also of a mirror that is configured no more: what it left must be to be got rid of.
                case DELETE -> caller.clusterWide() && caller.role().covers(action.least());
            };
        }
        return caller.mayActFor(repository.tenant()) && caller.role().covers(action.least());
    }

    /** Who calls, and by which scope token, if by one. */
    private record Proven(Caller caller, ScopeTokens.@Nullable Read scoped) {}

    private Proven proven(@Nullable String authorization, @Nullable String scope) {
        if (authorization == null
                || authorization.length() > HEADER_CHARS_MAX
                || !authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw new ChallengeException("a token is needed", scope, false);
        }
        String text = authorization.substring(BEARER.length()).strip();
        if (HostGrant.isOne(text)) {
            return granted(text, scope);
        }
        ScopeTokens.Read read = scopeTokens.read(text, clock.instant());
        try {
            if (read == null) {
                return new Proven(authenticator.bearer(TokenText.parse(text)), null);
            }
            if (read.token().isEmpty()) {
                return new Proven(ANONYMOUS, read);
            }
            TokenResource token = tokens.apply(read.token());
            String hash = token == null ? null : token.spec().secretHash();
            if (token == null || hash == null || !scopeTokens.proves(read, hash, clock.instant())) {
                throw new ChallengeException("the token that this one was made from is gone", scope, false);
            }
            return new Proven(authenticator.caller(token), read);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.UNAUTHENTICATED)) {
                throw new ChallengeException(String.valueOf(e.getMessage()), scope, false);
            }
            throw e;
        }
    }

    /**
     * A host that a controller gave a right. It pulls what the tenant may have; it pushes only where the grant says so, which a
     * controller gives for a user that may.
     */
    private Proven granted(String text, @Nullable String scope) {
        X509Certificate trusted = authority;
        try {
            if (trusted == null) {
                throw new GeneralSecurityException("grants are not taken here");
            }
            HostGrant grant = HostGrant.open(text, trusted, clock.instant());
            List<Scope> scopes = new ArrayList<>();
            grant.scopes().stream().map(Scope::parse).filter(Objects::nonNull).forEach(scopes::add);
            boolean pushes = scopes.stream().anyMatch(each -> each.actions().contains(Action.PUSH));
            return new Proven(
                    new Caller(grant.user(), pushes ? Role.DEVELOPER : Role.VIEWER, List.of(grant.tenant())),
                    new ScopeTokens.Read("", grant.user(), "", scopes));
        } catch (GeneralSecurityException e) {
            throw new ChallengeException("the grant is not good: " + e.getMessage(), scope, false);
        }
    }

    /**
     * Trades a Mosaic API token, given as the password of basic authentication under any user name, for one that a registry
     * client shows. Of what is asked for it gives what the token may do. Who shows none gets what anybody may, if that is
     * anything of what is asked for.
     *
     * @param asked scopes as the client wrote them
     * @throws ProblemException of kind UNAUTHENTICATED when the password is no good token
     */
    public String trade(@Nullable String authorization, List<String> asked) {
        if (authorization == null) {
            List<Scope> open = given(ANONYMOUS, asked);
            if (!open.isEmpty()) {
                return scopeTokens.make("", "", open, clock.instant());
            }
        }
        TokenText shown = password(authorization);
        Caller caller = authenticator.bearer(shown);
        return scopeTokens.make(
                caller.name(), shown == null ? "" : shown.hash(), given(caller, asked), clock.instant());
    }

    private List<Scope> given(Caller caller, List<String> asked) {
        List<Scope> given = new ArrayList<>();
        for (String each : asked) {
            Scope called = Scope.parse(each);
            if (called == null) {
                continue;
            }
            Scope scope = new Scope(meant(called.repository()), called.actions());
            Set<Action> actions = EnumSet.noneOf(Action.class);
            scope.actions().stream()
                    .filter(action -> may(caller, scope.repository(), action))
                    .forEach(actions::add);
            if (!actions.isEmpty()) {
                given.add(new Scope(scope.repository(), actions));
            }
        }
        return given;
    }

    private static @Nullable TokenText password(@Nullable String authorization) {
        if (authorization == null
                || authorization.length() > HEADER_CHARS_MAX
                || !authorization.toLowerCase(Locale.ROOT).startsWith(BASIC)) {
            return null;
        }
        try {
            byte[] pair = Base64.getDecoder()
                    .decode(authorization.substring(BASIC.length()).strip());
            String text = new String(pair, StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            return colon < 0 ? null : TokenText.parse(text.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
