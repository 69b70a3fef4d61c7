package io.mosaic.proof.bench;

import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Processor time that each part has taken so far, in seconds. On a machine that does other work as well it says more than
 * the clock on the wall.
 */
record Spent(double controller, double postgres, double agents, double load) {

    static Spent now(ControllerRig rig, JavaProcess fleet) throws IOException {
        List<Long> database = rig.postgres();
        // Backends come and go; what the ended ones took is in the postmaster's account.
        double postgres = HostProcesses.endedChildrenTime(database.getFirst()).toMillis() / 1e3;
        for (long pid : database) {
            postgres += HostProcesses.alive(pid) ? seconds(pid) : 0;
        }
        return new Spent(
                seconds(rig.controller().pid()),
                postgres,
                seconds(fleet.pid()),
                seconds(ProcessHandle.current().pid()));
    }

    private static double seconds(long pid) throws IOException {
        return HostProcesses.processorTime(pid).toMillis() / 1e3;
    }

    Spent minus(Spent before) {
        return new Spent(
                controller - before.controller, postgres - before.postgres, agents - before.agents, load - before.load);
    }

    /** All parts together. */
    double total() {
        return controller + postgres + agents + load;
    }

    String words() {
        return String.format(
                Locale.ROOT,
                "processor time: controller %.1f s, PostgreSQL %.1f s, agents %.1f s, load %.1f s, together %.1f s",
                controller,
                postgres,
                agents,
                load,
                total());
    }
}
