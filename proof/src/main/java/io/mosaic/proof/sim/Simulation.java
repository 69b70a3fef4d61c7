package io.mosaic.proof.sim;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One run: a cluster under load and faults for so many steps, then quiet, then the last checks. The same seed and number
 * of steps give the same run, to the last line of its trace. Not thread-safe; many may run at the same time.
 */
public final class Simulation {
    public static final int STEPS_DEFAULT = 4000;

    private static final int HOSTS = 4;
    private static final int CLIENTS = 6;
    private static final int WATCHERS = 3;
    private static final int TRACE_LINES = 120;

    /** Longer than any back-off, lease and time-out together. */
    private static final Duration CALM = Duration.ofSeconds(150);

    private final long seed;
    private final int steps;
    private final Trace trace = new Trace(TRACE_LINES);
    private final World world;
    private final FaultyStore store;
    private final Checker checker;
    private final List<SimController> controllers = new ArrayList<>();
    private final List<SimHost> hosts = new ArrayList<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final SimAppClient apps;
    private final List<SimWatcher> watchers = new ArrayList<>();
    private Faults faults = Faults.NONE;

    /**
     * How a run went.
     *
     * @param violation what was seen that must never be, null when all was well
     * @param trace the last lines
     * @param digest of all lines
     * @param lines how many there were
     * @param revisions changes committed
     * @param acknowledged writes that clients were told of
     * @param terms how often an instance of an app with roles was to be primary
     * @param simulated time that passed in the run
     */
    public record Result(
            long seed,
            int steps,
            @Nullable String violation,
            List<String> trace,
            String digest,
            long lines,
            long revisions,
            int acknowledged,
            int terms,
            Duration simulated) {}

    private Simulation(long seed, int steps, Path directory) {
        this.seed = seed;
        this.steps = steps;
        this.world = new World(seed, trace);
        this.store = new FaultyStore(world, () -> faults);
        this.checker = new Checker(world, store);
        int many = 2 + world.pick(2);
        for (int i = 1; i <= many; i++) {
            controllers.add(new SimController(world, store, checker, "ctl" + i));
        }
        for (int i = 1; i <= HOSTS; i++) {
            String name = "host" + i;
            hosts.add(new SimHost(
                    world,
                    () -> faults,
                    controllers,
                    new HostIdentity(name, world.uuid()),
                    directory.resolve(seed + "-" + name)));
        }
        for (int i = 1; i <= CLIENTS; i++) {
            clients.add(new SimClient(world, () -> faults, checker, controllers, "cli" + i));
        }
        apps = new SimAppClient(world, () -> faults, checker, controllers, "app");
        for (int i = 1; i <= WATCHERS; i++) {
            watchers.add(new SimWatcher(world, checker, controllers, "watch" + i));
        }
    }

    /**
     * Runs one.
     *
     * @param steps under faults
     * @param directory an empty one, for what the agents keep on disk
     */
    public static Result run(long seed, int steps, Path directory) {
        return new Simulation(seed, steps, directory).run();
    }

    private Result run() {
        String violation = null;
        try {
            begin();
            faults = Faults.draw(world);
            world.note("chaos", faults.toString());
            Chaos chaos = new Chaos(world, store, controllers, hosts);
            chaos.start();
            for (int i = 0; i < steps; i++) {
                step();
            }
            faults = Faults.NONE;
            chaos.end();
            clients.forEach(SimClient::stop);
            apps.stop();
            calm(CALM.dividedBy(2));
            chaos.uncordonAll();
            calm(CALM.dividedBy(2));
            Quiet.check(checker.image(), controllers, hosts, clients, apps, watchers);
        } catch (Violation e) {
            violation = e.getMessage();
        } catch (RuntimeException e) {
            violation = "a fault of the code: " + e + " at "
                    + List.of(e.getStackTrace()).subList(0, Math.min(12, e.getStackTrace().length));
        }
        int acknowledged = clients.stream().mapToInt(SimClient::acknowledged).sum() + apps.acknowledged();
        return new Result(
                seed,
                steps,
                violation,
                trace.last(),
                trace.digest(),
                trace.lines(),
                checker.revision(),
                acknowledged,
                checker.terms(),
                Duration.ofNanos(world.nanos()));
    }

    private void begin() {
        controllers.forEach(SimController::start);
        SimController.Life first = controllers.getFirst().life();
        if (first == null) {
            throw new IllegalStateException("a store without faults lets a controller start");
        }
        first.submit(
                ClusterLog.Commit.of(head -> new Decision.Decided(members(), List.of())), (committed, problem) -> {});
        hosts.forEach(SimHost::start);
        clients.forEach(SimClient::start);
        apps.start();
        watchers.forEach(SimWatcher::start);
        // Clients need the tenant to be there.
        calm(Duration.ofMillis(40));
    }

    private List<Change> members() {
        Instant now = world.clock(Duration.ZERO).instant();
        List<Change> members = new ArrayList<>();
        members.add(new Change.Put(new TenantResource(
                TenantResource.DEFAULT, new UUID(0, 1), 0, now, new TenantSpec(TenantResource.DEFAULT, null))));
        for (SimHost host : hosts) {
            members.add(new Change.Put(new HostResource(
                    host.name(),
                    host.uid(),
                    0,
                    now,
                    new HostSpec("default", "default", false, Map.of()),
                    new HostStatus(HostState.JOINING, null, null, now))));
        }
        return members;
    }

    private void calm(Duration time) {
        long end = world.nanos() + time.toNanos();
        while (world.nanos() < end) {
            step();
        }
    }

    private void step() {
        try {
            world.next();
        } catch (Crash crash) {
            crash.happen();
        }
        checker.observe();
        checker.containers(hosts);
        checker.primaries(hosts);
    }
}
