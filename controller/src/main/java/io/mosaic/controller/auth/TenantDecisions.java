package io.mosaic.controller.auth;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenResource;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Decides on tenants. */
public final class TenantDecisions {

    private TenantDecisions() {}

    /**
     * Makes a tenant.
     *
     * @return throws, when decided, EXISTS when the name is taken
     * @throws ProblemException when the name or the quota breaks a rule
     */
    public static Decision create(TenantSpec spec, UUID uid, Instant now) {
        String name = Names.require("/name", spec.name() == null ? "" : spec.name());
        checkQuota(spec);
        return head -> {
            if (head.tenant(name) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, "there is a tenant named " + name);
            }
            return Decided.of(new Change.Put(new TenantResource(name, uid, 0, now, spec)));
        };
    }

    /**
     * Gives the tenant another spec. A quota below what is in use stops growth and touches nothing that is there.
     *
     * @return throws, when decided, NOT_FOUND or STALE
     * @throws ProblemException when the name changes or the quota breaks a rule
     */
    public static Decision patch(String name, TenantSpec merged, @Nullable Long ifRevision) {
        checkQuota(merged);
        if (!name.equals(merged.name())) {
            throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                    "/name: a tenant keeps its name",
                    java.util.List.of(new Problem.FieldError("/name", "a tenant keeps its name", merged.name()))));
        }
        return head -> {
            TenantResource tenant = current(head, name, ifRevision);
            return tenant.spec().equals(merged)
                    ? Decided.NOTHING
                    : Decided.of(new Change.Put(
                            new TenantResource(name, tenant.uid(), tenant.revision(), tenant.created(), merged)));
        };
    }

    /**
     * Takes a tenant away.
     *
     * @return throws, when decided, NOT_FOUND, STALE, or CONFLICT while it has sets, apps or tokens, or is the default one
     */
    public static Decision delete(String name, @Nullable Long ifRevision) {
        return head -> {
            TenantResource tenant = current(head, name, ifRevision);
            if (name.equals(TenantResource.DEFAULT)) {
                throw new ProblemException(Problem.Kind.CONFLICT, "the default tenant stays");
            }
            int sets = head.resources(Kind.SET, name).size();
            if (sets > 0) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "the tenant has " + sets + (sets == 1 ? " set" : " sets"));
            }
            int apps = head.resources(Kind.APP, name).size();
            if (apps > 0) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "the tenant has " + apps + (apps == 1 ? " app" : " apps"));
            }
            boolean named = head.resources(Kind.TOKEN).values().stream()
                    .map(TokenResource.class::cast)
                    .anyMatch(token -> token.spec().tenants().contains(name));
            if (named) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "tokens are limited to the tenant; delete them first");
            }
            return Decided.of(new Change.Delete(tenant));
        };
    }

    private static TenantResource current(ClusterImage head, String name, @Nullable Long ifRevision) {
        TenantResource tenant = head.tenant(name);
        if (tenant == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + name);
        }
        if (ifRevision != null && ifRevision != tenant.revision()) {
            throw new ProblemException(
                    Problem.Kind.STALE,
                    "tenant " + name + " is at revision " + tenant.revision() + ", not at " + ifRevision);
        }
        return tenant;
    }

    private static void checkQuota(TenantSpec spec) {
        if (spec.quota() != null && spec.quota().sets() != null && spec.quota().sets() < 0) {
            throw ProblemException.field(
                    "/quota/sets", "must not be negative", spec.quota().sets().toString());
        }
    }
}
