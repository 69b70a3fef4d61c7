package io.mosaic.proof.sim;

import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.TenantResource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client with sets of its own: asks for one thing after another, each under an idempotency key and again until it is
 * answered, and remembers what it was told.
 */
final class SimClient {
    private static final int SETS = 4;

    /** What the client knows of a set by the answers that it got. */
    static final class Known {
        private @Nullable SetSpec spec;
        private SetIntent.Run run = SetIntent.Run.DELETED;
        /** Specs that were refused: of a request sent twice, the second may have been granted since. */
        private final Set<SetSpec> refused = new HashSet<>();
        /** Whether a creation was refused, with the same consequence. */
        private boolean refusedCreation;

        boolean present() {
            return run != SetIntent.Run.DELETED;
        }

        SetIntent.Run run() {
            return run;
        }

        boolean refusedCreation() {
            return refusedCreation;
        }

        boolean maySay(SetSpec found) {
            return found.equals(spec) || refused.contains(found);
        }
    }

    private enum Wish {
        CREATE,
        UPDATE,
        STOP,
        START,
        RESTART,
        DELETE
    }

    private final World world;
    private final Supplier<Faults> faults;
    private final Checker checker;
    private final List<SimController> controllers;
    private final Specs specs;
    private final String name;
    private final Map<String, Known> sets = new TreeMap<>();
    private int requests;
    private int acknowledged;
    private boolean stopped;
    private boolean asking;

    SimClient(World world, Supplier<Faults> faults, Checker checker, List<SimController> controllers, String name) {
        this.world = world;
        this.faults = faults;
        this.checker = checker;
        this.controllers = controllers;
        this.specs = new Specs(world);
        this.name = name;
        for (int i = 0; i < SETS; i++) {
            sets.put(name + "-" + i, new Known());
        }
    }

    Map<String, Known> sets() {
        return sets;
    }

    int acknowledged() {
        return acknowledged;
    }

    /** Whether it waits for an answer. */
    boolean asking() {
        return asking;
    }

    /** Asks for nothing new. */
    void stop() {
        stopped = true;
    }

    void start() {
        world.within(50, 1500, () -> !stopped, this::ask);
    }

    private void ask() {
        String set = name + "-" + world.pick(SETS);
        Known known = sets.get(set);
        if (known == null) {
            throw new IllegalStateException(set);
        }
        Wish wish = known.present()
                ? List.of(Wish.UPDATE, Wish.STOP, Wish.START, Wish.START, Wish.RESTART, Wish.DELETE)
                        .get(world.pick(6))
                : Wish.CREATE;
        SetSpec spec = wish == Wish.CREATE
                ? specs.fresh(set)
                : wish == Wish.UPDATE && known.spec != null ? specs.changed(known.spec) : null;
        asking = true;
        new Request(set, known, wish, spec, name + "-" + ++requests).send();
    }

    private final class Request extends SimRequest {
        private final String set;
        private final Known known;
        private final Wish wish;
        private final @Nullable SetSpec spec;

        private final UpdateOptions options = new UpdateOptions(world.chance(30), world.chance(30));

        Request(String set, Known known, Wish wish, @Nullable SetSpec spec, String key) {
            super(world, faults, checker, controllers, name, key, wish + " " + set);
            this.set = set;
            this.known = known;
            this.wish = wish;
            this.spec = spec;
        }

        @Override
        Decision decision(SimController.Life life) {
            String tenant = TenantResource.DEFAULT;
            var now = life.clock().instant();
            return switch (wish) {
                case CREATE -> SetDecisions.create(tenant, given(), world.uuid(), now);
                case UPDATE -> SetDecisions.update(tenant, set, given(), options, null, now);
                case STOP -> SetDecisions.stop(tenant, set, null, now);
                case START -> SetDecisions.start(tenant, set, null, now);
                case RESTART -> SetDecisions.restart(tenant, set, null, now);
                case DELETE -> SetDecisions.delete(tenant, set, null, now);
            };
        }

        private SetSpec given() {
            if (spec == null) {
                throw new IllegalStateException(wish + " needs a spec");
            }
            return spec;
        }

        @Override
        void granted() {
            acknowledged++;
            switch (wish) {
                case CREATE -> {
                    known.spec = spec;
                    known.run = SetIntent.Run.RUNNING;
                    known.refused.clear();
                }
                case UPDATE -> known.spec = spec;
                case STOP -> known.run = SetIntent.Run.STOPPED;
                case START, RESTART -> known.run = SetIntent.Run.RUNNING;
                case DELETE -> known.run = SetIntent.Run.DELETED;
            }
        }

        @Override
        boolean refused(ProblemException refusal) {
            boolean fair = switch (wish) {
                case CREATE -> refusal.is(Problem.Kind.EXISTS) && known.spec != null;
                // Of a request sent twice the second may have grown its volume, which the next would shrink.
                case UPDATE ->
                    refusal.is(Problem.Kind.CONFLICT)
                            || (refusal.is(Problem.Kind.IMMUTABLE) && !known.refused.isEmpty());
                default -> false;
            };
            if (wish == Wish.UPDATE && spec != null) {
                known.refused.add(spec);
            }
            known.refusedCreation |= wish == Wish.CREATE;
            return fair;
        }

        @Override
        void done() {
            asking = false;
            start();
        }
    }
}
