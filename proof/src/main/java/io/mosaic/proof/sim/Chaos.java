package io.mosaic.proof.sim;

import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What befalls whole processes and machines, one mishap after another, until it ends and all is mended. */
final class Chaos {
    private static final int WEIGHTS = 106;

    private final World world;
    private final FaultyStore store;
    private final List<SimController> controllers;
    private final List<SimHost> hosts;
    private final int pauseMillis;
    private boolean over;

    Chaos(World world, FaultyStore store, List<SimController> controllers, List<SimHost> hosts) {
        this.world = world;
        this.store = store;
        this.controllers = controllers;
        this.hosts = hosts;
        this.pauseMillis = 300 + world.pick(4000);
    }

    void start() {
        world.within(0, pauseMillis, () -> !over, () -> {
            mishap();
            start();
        });
    }

    private void mishap() {
        SimController controller = controllers.get(world.pick(controllers.size()));
        SimHost host = hosts.get(world.pick(hosts.size()));
        int what = world.pick(WEIGHTS);
        if (what < 10) {
            controller.crash();
        } else if (what < 18) {
            controller.stall(world.millis(500, 12_000));
        } else if (what < 25) {
            controller.cut(true);
            world.within(500, 12_000, () -> true, () -> controller.cut(false));
        } else if (what < 29) {
            world.note("store", "is down");
            store.down(true);
            world.within(100, 8000, () -> true, () -> store.down(false));
        } else if (what < 33) {
            host.restartDaemon(world.millis(500, 6000), world.chance(50));
        } else if (what < 35) {
            host.halfStartNext();
        } else if (what < 41) {
            host.crashAgent();
        } else if (what < 45) {
            host.powerCut(world.millis(1000, 25_000));
        } else if (what < 54) {
            host.hang(world.millis(200, 8000));
        } else if (what < 62) {
            host.isolate(true);
            world.within(500, 20_000, () -> true, () -> host.isolate(false));
        } else if (what < 78) {
            host.kill(world.pick(50), world.chance(25));
        } else if (what < 82) {
            host.fillDisk(true);
            world.within(500, 10_000, () -> true, () -> host.fillDisk(false));
        } else if (what < 85) {
            host.disturbLimits();
        } else if (what < 88) {
            host.useMemory(world.millis(500, 20_000));
        } else if (what < 98) {
            cordon(controller, host.name(), world.chance(40));
        } else {
            trim();
        }
    }

    private void cordon(SimController controller, String host, boolean is) {
        SimController.Life life = controller.life();
        if (life != null) {
            Instant now = life.clock().instant();
            life.submit(
                    ClusterLog.Commit.of(
                            is ? HostDecisions.cordon(host, null, now) : HostDecisions.uncordon(host, null, now)),
                    (committed, problem) -> world.note("operator", "cordons " + host + ": " + is));
        }
    }

    /** Compacts nearly all of the log. */
    private void trim() {
        Instant now = world.clock(Duration.ZERO).instant();
        long keep = world.pick(120);
        store.unfailing(memory -> memory.trim(
                new Store.Retention(keep, now.minusSeconds(2), now.minus(Duration.ofHours(24)), 1000, 1000)));
        world.note("store", "keeps the last " + keep + " changes");
    }

    /** Ends it, and mends what is broken; what has crashed comes back by itself. */
    void end() {
        over = true;
        world.note("chaos", "ends");
        store.down(false);
        controllers.forEach(controller -> {
            controller.cut(false);
            controller.start();
        });
        hosts.forEach(host -> {
            host.isolate(false);
            host.fillDisk(false);
            host.limits().use(0);
            host.resume();
            host.powerOn();
        });
    }

    /** Lets every host take sets again. */
    void uncordonAll() {
        hosts.forEach(host -> cordon(controllers.getFirst(), host.name(), false));
    }
}
