package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpecRules;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.link.SetReport;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an agent's report means for a set.
 *
 * <p>Reports may be lost, doubled or late, so a report is taken as a fact about the host at the generation that it names,
 * never as a step:
 * <ul>
 *   <li>of a set that is unknown or on another host: nothing. The agent learns from its desired state what to remove.
 *   <li>of an older generation than the set's: its containers and address are taken, its state is not. What the user
 *       asked for since (STOPPING, RESIZING, DELETING ...) must not flip back to what was before.
 *   <li>of a set being deleted: only DELETED changes its state, and removes it; a reason is taken, so that a deletion that
 *       sticks says why.
 *   <li>a state that may not follow the present one ({@link SetTransitions}) is not taken and is counted: it is a fault of
 *       an agent or of the table, and keeping the state is safe, since the agent's next report corrects it.
 * </ul>
 */
public final class SetReports {

    /** Longer reasons are cut: the log is no place for a program's whole output. */
    private static final int REASON_CHARS_MAX = 1024;

    private static final int IP_CHARS_MAX = 45;

    /** Business containers and infra. */
    private static final int CONTAINERS_MAX = SetSpecRules.CONTAINERS_MAX + 1;

    private SetReports() {}

    /**
     * What follows from a report.
     *
     * @param impossibleTransitions states that were not taken, 0 or 1 for a single report
     */
    public record Reported(Decided decided, int impossibleTransitions) {
        static final Reported NOTHING = new Reported(Decided.NOTHING, 0);
    }

    /**
     * Applies the report of that host to the image at the head.
     *
     * @param host as the agent's certificate names it
     */
    public static Reported report(ClusterImage head, String host, SetReport report, Instant now) {
        SetResource set = head.set(report.uid());
        if (set == null || !host.equals(set.status().host())) {
            return Reported.NOTHING;
        }
        boolean current = report.generation() >= set.generation();
        boolean deleting = set.intent().run() == SetIntent.Run.DELETED;
        if (report.state() == SetState.DELETED && deleting && current) {
            return new Reported(SetDecisions.gone(set, now), 0);
        }
        SetState was = set.status().state();
        boolean possible = possible(was, report.state());
        SetState state = current && possible && !deleting ? report.state() : was;
        // The reason belongs to the state that it explains.
        String reason = state == report.state() || (deleting && current)
                ? cut(report.reason(), REASON_CHARS_MAX)
                : set.status().reason();
        SetStatus status = new SetStatus(
                state,
                host,
                cut(report.ip(), IP_CHARS_MAX),
                reason,
                containers(report.containers()),
                state == was ? set.status().since() : now,
                Math.max(set.status().observedGeneration(), Math.min(report.generation(), set.generation())),
                set.status().cpuset(),
                set.status().moving(),
                role(set, report));
        int impossible = current && !possible && !deleting ? 1 : 0;
        return status.equals(set.status())
                ? new Reported(Decided.NOTHING, impossible)
                : new Reported(Decided.of(new Change.Put(set.withStatus(status))), impossible);
    }

    /** Of two terms the later counts, whichever report comes first. */
    private static @Nullable RoleStatus role(SetResource set, SetReport report) {
        RoleStatus before = set.status().role();
        RoleStatus said = report.role();
        if (set.intent().role() == null || said == null || said.is() == null) {
            return set.intent().role() == null ? null : before;
        }
        return before != null && before.term() > said.term()
                ? before
                : new RoleStatus(said.is(), said.term(), cut(said.fault(), REASON_CHARS_MAX));
    }

    /** An agent speaks of what is on its host: it cannot place, lose or end a set that nobody deletes. */
    private static boolean possible(SetState from, SetState to) {
        return switch (to) {
            case PENDING, PLACED, LOST, DELETING, DELETED -> false;
            case PREPARING, STARTING, RUNNING, UPDATING, RESIZING, STOPPING, STOPPED, FAILED ->
                SetTransitions.allowed(from, to);
        };
    }

    private static List<ContainerStatus> containers(List<ContainerStatus> containers) {
        return containers.stream()
                .limit(CONTAINERS_MAX)
                .map(each -> each.reason() == null || each.reason().length() <= REASON_CHARS_MAX
                        ? each
                        : new ContainerStatus(
                                each.name(),
                                each.index(),
                                each.image(),
                                each.state(),
                                each.id(),
                                each.restarts(),
                                each.exitCode(),
                                cut(each.reason(), REASON_CHARS_MAX)))
                .toList();
    }

    private static @Nullable String cut(@Nullable String text, int max) {
        return text == null || text.length() <= max ? text : text.substring(0, max);
    }
}
