package io.mosaic.proof.sim;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.app.RoleDecisions;
import io.mosaic.controller.app.RolloutDecisions;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.AppRoles;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Placement;
import io.mosaic.model.Portion;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetSpec;
import io.mosaic.model.TenantResource;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client with apps of its own: makes them, scales and updates them, pauses, resumes and undoes what is under way, and deletes
 * them; remembers what it was told.
 */
final class SimAppClient {
    private static final int APPS = 2;
    private static final int REPLICAS_MAX = 5;

    static final AppRoles ROLES =
            new AppRoles(Placement.Per.HOST, AppRoles.Promote.AUTOMATIC, null, null, null, AppRoles.FENCE_DEFAULT);

    /** What the client knows of an app by the answers that it got. */
    static final class Known {
        private boolean present;
        private boolean everPresent;
        private int replicas;
        /** Whether a request was refused of which a copy may have been granted since. */
        private boolean unsure;

        boolean present() {
            return present;
        }

        int replicas() {
            return replicas;
        }

        boolean unsure() {
            return unsure;
        }
    }

    private enum Wish {
        CREATE,
        SCALE,
        UPDATE,
        RESIZE,
        PAUSE,
        RESUME,
        UNDO,
        SWITCHOVER,
        DELETE
    }

    private final World world;
    private final Supplier<Faults> faults;
    private final Checker checker;
    private final List<SimController> controllers;
    private final Specs specs;
    private final String name;
    private final Map<String, Known> apps = new TreeMap<>();
    private int requests;
    private int acknowledged;
    private boolean stopped;
    private boolean asking;

    SimAppClient(World world, Supplier<Faults> faults, Checker checker, List<SimController> controllers, String name) {
        this.world = world;
        this.faults = faults;
        this.checker = checker;
        this.controllers = controllers;
        this.specs = new Specs(world);
        this.name = name;
        for (int i = 0; i < APPS; i++) {
            apps.put(name + "-" + i, new Known());
        }
    }

    Map<String, Known> apps() {
        return apps;
    }

    int acknowledged() {
        return acknowledged;
    }

    boolean asking() {
        return asking;
    }

    void stop() {
        stopped = true;
    }

    void start() {
        world.within(500, 6000, () -> !stopped, this::ask);
    }

    /** The one of its apps whose instances have roles. */
    private String withRoles() {
        return name + "-" + (APPS - 1);
    }

    private void ask() {
        String app = name + "-" + world.pick(APPS);
        Known known = apps.get(app);
        if (known == null) {
            throw new IllegalStateException(app);
        }
        List<Wish> wishes = List.of(
                Wish.SCALE,
                Wish.SCALE,
                Wish.UPDATE,
                Wish.UPDATE,
                Wish.UPDATE,
                Wish.RESIZE,
                Wish.RESIZE,
                Wish.PAUSE,
                Wish.RESUME,
                Wish.RESUME,
                Wish.UNDO,
                Wish.SWITCHOVER,
                Wish.SWITCHOVER,
                Wish.DELETE);
        Wish wish = known.present ? wishes.get(world.pick(wishes.size())) : Wish.CREATE;
        asking = true;
        int least = app.equals(withRoles()) ? 1 : 0;
        new Request(app, known, wish, Math.max(least, world.pick(REPLICAS_MAX + 1))).send();
    }

    private final class Request extends SimRequest {
        private final String app;
        private final Known known;
        private final Wish wish;
        private final int replicas;
        private final SetSpec template = specs.template();
        private final UpdatePolicy policy = policy();
        private final boolean volume = world.chance(40);
        private final UpdateOptions options = new UpdateOptions(world.chance(30), world.chance(30));
        private final @Nullable String to;

        Request(String app, Known known, Wish wish, int replicas) {
            super(world, faults, checker, controllers, name, name + "-" + ++requests, wish + " " + app);
            this.app = app;
            this.known = known;
            this.wish = wish;
            this.replicas = replicas;
            this.to = world.chance(30) ? null : AppSpecRules.instanceName(app, 1 + world.pick(REPLICAS_MAX));
        }

        @Override
        Decision decision(SimController.Life life) {
            String tenant = TenantResource.DEFAULT;
            Instant now = life.clock().instant();
            return switch (wish) {
                case CREATE -> AppDecisions.create(tenant, fresh(), world.uuid(), false, now);
                case SCALE -> AppDecisions.scale(tenant, app, replicas, null, null, now);
                case UPDATE ->
                    AppDecisions.update(
                            tenant,
                            app,
                            spec -> spec.withTemplate(
                                    template.withVolume(spec.templateOrNone().volume())),
                            false,
                            null,
                            now);
                case RESIZE ->
                    AppDecisions.update(
                            tenant,
                            app,
                            spec -> spec.withTemplate(specs.resized(spec.templateOrNone())),
                            false,
                            options,
                            null,
                            now);
                case PAUSE -> RolloutDecisions.pause(tenant, app, null, now);
                case RESUME -> RolloutDecisions.resume(tenant, app, null, now);
                case UNDO -> RolloutDecisions.undo(tenant, app, null, null, now);
                case SWITCHOVER -> RoleDecisions.switchover(tenant, app, to, null, now);
                case DELETE -> AppDecisions.delete(tenant, app, null, now);
            };
        }

        private AppSpec fresh() {
            // What has a volume cannot be replaced as a whole.
            SetSpec template = policy.strategy() == UpdatePolicy.Strategy.GRAY && volume
                    ? this.template.withVolume(new SetSpec.VolumeClaim(Bytes.mebi(300), "/data"))
                    : this.template;
            AppSpec alike =
                    new AppSpec(app, replicas, template, policy, List.of(), Portion.number(1 + replicas / 2), Map.of());
            return AppSpecRules.require(app.equals(withRoles()) ? alike.withRoles(ROLES) : alike);
        }

        private UpdatePolicy policy() {
            return new UpdatePolicy(
                    world.chance(50) ? UpdatePolicy.Strategy.GRAY : UpdatePolicy.Strategy.ROLLING,
                    Portion.number(1 + world.pick(3)),
                    null,
                    world.pick(2),
                    new Interval(world.pick(3000)),
                    new Interval(world.pick(2) * 1000L),
                    new Interval(world.pick(2) * 1000L),
                    Interval.ofSeconds(15),
                    world.chance(50) ? UpdatePolicy.OnFailure.REVERT : UpdatePolicy.OnFailure.STOP,
                    false);
        }

        @Override
        void granted() {
            acknowledged++;
            switch (wish) {
                case CREATE -> {
                    known.present = true;
                    known.everPresent = true;
                    known.replicas = replicas;
                    known.unsure = false;
                }
                case SCALE -> known.replicas = replicas;
                case DELETE -> known.present = false;
                case UPDATE, RESIZE, PAUSE, RESUME, UNDO, SWITCHOVER -> {}
            }
        }

        @Override
        boolean refused(ProblemException refusal) {
            known.unsure |= wish == Wish.CREATE || wish == Wish.SCALE;
            return switch (wish) {
                case CREATE -> refusal.is(Problem.Kind.EXISTS) && known.everPresent;
                // A host of an instance may have no room for what it would be.
                case UPDATE, RESIZE, PAUSE, RESUME, UNDO -> refusal.is(Problem.Kind.CONFLICT);
                case SWITCHOVER -> refusal.is(Problem.Kind.CONFLICT) || refusal.is(Problem.Kind.NOT_FOUND);
                case SCALE, DELETE -> false;
            };
        }

        @Override
        void done() {
            asking = false;
            start();
        }
    }
}
