package io.mosaic.proof.bench;

import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Looks how much memory the parts take, several times a second, and keeps the most: resident size of controller and
 * agents, proportional size of PostgreSQL's processes, which share theirs.
 *
 * <p>Thread-safe.
 */
final class PeakMemory implements AutoCloseable {

    private static final long EVERY_MILLIS = 500;
    private static final double GIB = 1L << 30;

    private final ControllerRig rig;
    private final JavaProcess fleet;
    private final Thread thread;
    private long controller;
    private long postgres;
    private long agents;
    private long together;

    PeakMemory(ControllerRig rig, JavaProcess fleet) {
        this.rig = rig;
        this.fleet = fleet;
        this.thread = Thread.ofVirtual().name("peak-memory").start(this::run);
    }

    private void run() {
        try {
            List<Long> database = rig.postgres();
            while (true) {
                look(database);
                Thread.sleep(EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.err.println("memory is no longer looked at: " + e);
        }
    }

    private void look(List<Long> database) throws IOException {
        long controllerNow = HostProcesses.residentBytes(rig.controller().pid());
        long agentsNow = HostProcesses.residentBytes(fleet.pid());
        long postgresNow = 0;
        for (long pid : database) {
            if (HostProcesses.alive(pid)) {
                postgresNow += HostProcesses.proportionalBytes(pid);
            }
        }
        synchronized (this) {
            controller = Math.max(controller, controllerNow);
            agents = Math.max(agents, agentsNow);
            postgres = Math.max(postgres, postgresNow);
            together = Math.max(together, controllerNow + agentsNow + postgresNow);
        }
    }

    /** The most that all took together. */
    synchronized double peakGib() {
        return together / GIB;
    }

    /** The most that each took. */
    synchronized String words() {
        return String.format(
                Locale.ROOT,
                "memory at most: controller %.2f GiB, PostgreSQL %.2f GiB, agents %.2f GiB, together %.2f GiB",
                controller / GIB,
                postgres / GIB,
                agents / GIB,
                together / GIB);
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }
}
