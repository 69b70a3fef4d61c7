package io.mosaic.proof.soak;

import io.mosaic.controller.store.embedded.PostgresPair;
import io.mosaic.proof.rig.ClusterRig.Member;
import io.mosaic.proof.rig.HostCommand;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.Nginx;
import io.mosaic.proof.rig.RealCluster;
import io.mosaic.proof.rig.RigProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may happen to each part of a cluster, dealt like cards, so that everything happens before anything happens twice. A fault
 * lasts for a while; what happens to the same part meanwhile waits. Thread-safe: several hands may be dealt at once.
 */
final class Faults {

    private static final int PAUSE_MIN_MILLIS = 500;
    private static final int PAUSE_MORE_MILLIS = 3000;
    private static final Duration SUPERVISION = Duration.ofSeconds(1);

    /** What is done to a part, or undone. */
    @FunctionalInterface
    private interface Act {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Something that can happen.
     *
     * @param part which of those that share it nothing else may happen to meanwhile
     * @param seconds how long it lasts at most
     */
    private record Fault(String name, String part, int seconds, Act hurt, Act heal) {}

    private final RealCluster real;
    private final Findings findings;
    private final Consumer<String> story;
    private final List<Fault> all = new ArrayList<>();
    private final Deque<Fault> deck = new ArrayDeque<>();
    private final Set<String> busy = new HashSet<>();

    /** @param story told of each fault as it happens */
    Faults(RealCluster real, Findings findings, Consumer<String> story) {
        this.real = real;
        this.findings = findings;
        this.story = story;
        for (Member member : real.cluster().members()) {
            process("controller " + member.name(), member.name(), member.process(), member.process()::start);
        }
        nginx(real.cluster().nginx());
        postgres(real.cluster().pair());
        real.hosts().forEach(this::host);
    }

    private void add(String name, String part, int seconds, Act hurt, Act heal) {
        all.add(new Fault(name, part, seconds, hurt, heal));
    }

    private void process(String name, String part, RigProcess process, Act start) {
        add("kill " + name, part, 5, process::kill9, start);
        add("freeze " + name, part, 12, process::sigstop, process::sigcont);
    }

    private void nginx(Nginx nginx) {
        add("kill nginx", "nginx", 2, nginx::kill9, nginx::start);
        add("freeze nginx", "nginx", 4, nginx::sigstop, nginx::sigcont);
    }

    private void postgres(PostgresPair pair) {
        add("kill the primary", "postgres", 4, pair::killPrimary, pair::start);
        add("freeze the primary", "postgres", 6, () -> freeze(pair.primaryProcesses()), () -> thaw(pair));
        add("kill the replica", "postgres", 4, pair::killReplica, pair::start);
        add("freeze the replica", "postgres", 6, () -> freeze(pair.replicaProcesses()), () -> thaw(pair));
        add("kill the primary and promote the replica", "postgres", 6, pair::promote, pair::rejoin);
    }

    private void host(HostRig host) {
        String name = host.name();
        process("agent of " + name, name, host.agent(), host.agent()::start);
        process("dockerd of " + name, name, host.daemon(), host::startDaemon);
        add("power off " + name, name, 25, host::die, host::boot);
        add("pull the cable of " + name, name, 25, host::cut, host::mend);
    }

    private static void freeze(List<Long> pids) throws IOException, InterruptedException {
        for (long pid : pids) {
            // Backends come and go: one that is gone by now needs no freezing.
            HostCommand.attempt("kill", "-STOP", Long.toString(pid));
        }
    }

    private static void thaw(PostgresPair pair) throws IOException, InterruptedException {
        List<Long> pids = new ArrayList<>(pair.primaryProcesses());
        if (pair.hasReplica()) {
            pids.addAll(pair.replicaProcesses());
        }
        for (long pid : pids) {
            HostCommand.attempt("kill", "-CONT", Long.toString(pid));
        }
    }

    /** Lets one thing happen after the other until told that it is over; each is undone before this returns. */
    void run(Random random, BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            Thread.sleep(PAUSE_MIN_MILLIS + random.nextInt(PAUSE_MORE_MILLIS));
            Fault fault = over.getAsBoolean() ? null : deal(random);
            if (fault != null) {
                happen(fault, random, over);
            }
        }
    }

    private void happen(Fault fault, Random random, BooleanSupplier over) throws InterruptedException {
        long millis = 300L + random.nextInt(fault.seconds() * 1000);
        story.accept(fault.name() + " for " + millis + " ms");
        findings.count("fault " + fault.name().split(" ", 2)[0]);
        try {
            attempt(fault, fault.hurt());
            long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
            while (!over.getAsBoolean() && System.nanoTime() < end) {
                Thread.sleep(50);
            }
            attempt(fault, fault.heal());
        } finally {
            release(fault);
        }
    }

    /** A part that cannot be hurt or does not come back is a finding, and the others go on. */
    private void attempt(Fault fault, Act act) throws InterruptedException {
        try {
            act.run();
        } catch (IOException | RuntimeException e) {
            findings.violated(fault.name() + ": " + e);
        }
    }

    private synchronized @Nullable Fault deal(Random random) {
        if (deck.isEmpty()) {
            List<Fault> shuffled = new ArrayList<>(all);
            Collections.shuffle(shuffled, random);
            deck.addAll(shuffled);
        }
        Fault found = deck.stream()
                .filter(fault -> !busy.contains(fault.part()))
                .findFirst()
                .orElse(null);
        if (found != null) {
            deck.remove(found);
            busy.add(found.part());
        }
        return found;
    }

    private synchronized void release(Fault fault) {
        busy.remove(fault.part());
    }

    /** Starts what ended by itself again, as an init system does, until told that it is over. */
    void supervise(BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            try {
                for (Member member : real.cluster().members()) {
                    supervise(member.name(), member.process());
                }
                for (HostRig host : real.hosts()) {
                    supervise(host.name(), host.agent());
                }
            } catch (IOException e) {
                findings.violated("what ended by itself does not start again: " + e);
            }
            Thread.sleep(SUPERVISION);
        }
    }

    private synchronized void supervise(String part, RigProcess process) throws IOException {
        if (!busy.contains(part) && !process.alive()) {
            findings.count("ended by itself: " + process.name());
            story.accept(process.name() + " of " + part + " ended by itself, and is started again");
            process.start();
        }
    }
}
