package io.mosaic.controller.host;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PoolSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Decides on pools. What is placed stays where it is, whatever becomes of its pool. */
public final class PoolDecisions {

    private PoolDecisions() {}

    /**
     * Describes the pool anew, or for the first time.
     *
     * @param change from how it was described, or from how an undescribed pool counts, to how it should be; throws
     *     {@link ProblemException} when it breaks a rule
     * @param uid of a pool that is not described yet; new and random
     * @return throws, when decided: STALE, INVALID, IMMUTABLE when the name changes
     */
    public static Decision set(
            String name, UnaryOperator<PoolSpec> change, UUID uid, @Nullable Long ifRevision, Instant now) {
        return head -> {
            PoolResource before = head.pool(name);
            if (before != null) {
                requireCurrent(before, ifRevision);
            }
            PoolSpec was = before == null ? new PoolSpec(name, List.of(), List.of(), null, null) : before.spec();
            PoolSpec spec = PoolSpec.require(change.apply(was));
            if (!name.equals(spec.name())) {
                throw new ProblemException(Problem.Kind.IMMUTABLE.with(
                        "/name: a pool keeps its name",
                        List.of(new Problem.FieldError("/name", "a pool keeps its name", spec.name()))));
            }
            for (int i = 0; i < spec.tenants().size(); i++) {
                if (head.tenant(spec.tenants().get(i)) == null) {
                    throw ProblemException.field(
                            "/tenants/" + i, "must be a tenant", spec.tenants().get(i));
                }
            }
            PoolResource after = new PoolResource(
                    name, before == null ? uid : before.uid(), 0, before == null ? now : before.created(), spec);
            return before != null && before.spec().equals(spec) ? Decided.NOTHING : Decided.of(new Change.Put(after));
        };
    }

    /**
     * Forgets what was said of the pool; its hosts stay in it, and are open to all.
     *
     * @return throws, when decided, NOT_FOUND or STALE
     */
    public static Decision delete(String name, @Nullable Long ifRevision) {
        return head -> {
            PoolResource pool = existing(head, name);
            requireCurrent(pool, ifRevision);
            return Decided.of(new Change.Delete(pool));
        };
    }

    /** @throws ProblemException of kind NOT_FOUND when nobody described the pool */
    public static PoolResource existing(ClusterImage image, String name) {
        PoolResource pool = image.pool(name);
        if (pool == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no pool named " + name + " is described");
        }
        return pool;
    }

    private static void requireCurrent(PoolResource pool, @Nullable Long ifRevision) {
        if (ifRevision != null && ifRevision != pool.revision()) {
            throw new ProblemException(
                    Problem.Kind.STALE,
                    "pool " + pool.name() + " is at revision " + pool.revision() + ", not at " + ifRevision);
        }
    }
}
