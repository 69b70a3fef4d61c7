package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetIntent;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the end of a container means: nothing when it was wanted, else a wait by the set's restart policy, or the end for
 * good. The infra container is no business of the policy: it is always started again, since nothing runs without it.
 *
 * <p>A container that ends with code 0 under {@code on-failure}, or at all under {@code never}, stays ended. With code 0
 * it is done, and the next by index may start; any other code fails the set.
 */
final class Ends {
    private Ends() {}

    /** Deals with every end that was not dealt with yet. */
    static void count(Planning planning) {
        for (ObservedContainer container : planning.seen.containers().values()) {
            boolean ended = container.status() == ObservedContainer.Status.ENDED;
            ContainerMemory memory = planning.memory().of(container.name());
            if (ended
                    && planning.settled(container.name())
                    && !container.finished().equals(memory.counted())) {
                planning.remember(container.name(), counted(planning, container, memory));
            }
        }
    }

    private static ContainerMemory counted(Planning planning, ObservedContainer container, ContainerMemory memory) {
        boolean rests = planning.goal.set().intent().run() != SetIntent.Run.RUNNING || planning.goal.restartPending();
        if (rests || memory.ending() == ContainerMemory.Ending.WANTED) {
            return memory.rested(container.finished(), container.exitCode());
        }
        boolean unhealthy = memory.ending() == ContainerMemory.Ending.UNHEALTHY;
        String reason = unhealthy
                ? "ended as its health check failed: " + memory.probeWord()
                : reason(planning.blueprint, container);
        boolean badly = unhealthy || container.oomKilled() || container.exitCode() != 0;
        RestartPolicy policy = policy(planning.blueprint, container.name());
        boolean again = policy.restarts(badly && container.exitCode() == 0 ? 1 : container.exitCode());
        if (container.oomKilled()) {
            planning.tell(container.name(), "OomKilled", true, reason);
        } else if (!unhealthy && (badly || again)) {
            planning.tell(container.name(), "Died", true, reason);
        }
        if (!again) {
            return memory.over(container.finished(), badly, container.exitCode(), reason);
        }
        Duration up = Duration.between(container.started(), container.finished());
        int nth = up.toMillis() >= policy.reset().millis() ? 1 : memory.row() + 1;
        return again(planning, container.name(), memory, container.finished(), container.exitCode(), nth, reason);
    }

    /** A start that failed counts like an end at once. */
    static ContainerMemory startFailed(Planning planning, String name, ContainerMemory memory, String reason) {
        if (policy(planning.blueprint, name).policy() == RestartPolicy.Mode.NEVER) {
            return memory.over(memory.counted(), true, null, reason);
        }
        return again(planning, name, memory, memory.counted(), null, memory.row() + 1, reason);
    }

    private static ContainerMemory again(
            Planning planning,
            String name,
            ContainerMemory memory,
            @Nullable Instant finished,
            @Nullable Integer exitCode,
            int nth,
            String reason) {
        RestartPolicy policy = policy(planning.blueprint, name);
        if (policy.attempts() != null && nth > policy.attempts()) {
            String word = reason + "; gave up after " + policy.attempts() + " restarts in a row";
            planning.tell(name, "Failed", true, word);
            return memory.over(finished, true, exitCode, word);
        }
        Instant from = finished == null || finished.isAfter(planning.now) ? planning.now : finished;
        Instant due = (exitCode == null ? planning.now : from).plusMillis(policy.backoffMillis(nth));
        if (nth > 1 || exitCode == null) {
            planning.tell(
                    name, "BackOff", true, reason + "; start " + nth + " in a row is due at " + Reasons.time(due));
        }
        return memory.backedOff(finished, nth, due, exitCode, reason);
    }

    private static RestartPolicy policy(Blueprint blueprint, String name) {
        return name.equals(ContainerStatus.INFRA)
                ? RestartPolicy.DEFAULT
                : blueprint.set().spec().restart();
    }

    private static String reason(Blueprint blueprint, ObservedContainer container) {
        if (container.oomKilled()) {
            Docker.Limits limits = container.limits();
            Bytes limit = new Bytes(
                    limits == null ? blueprint.limits(container.name()).memoryBytes() : limits.memoryBytes());
            return "killed by the OOM killer at its limit of " + limit;
        }
        if (!container.error().isEmpty()) {
            return Reasons.ofDocker(container.error());
        }
        String signal = container.exitCode() == ObservedContainer.SIGKILLED
                ? " (killed)"
                : container.exitCode() == 143 ? " (terminated)" : "";
        return "ended with exit code " + container.exitCode() + signal;
    }
}
