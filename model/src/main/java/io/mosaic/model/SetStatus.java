package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a set is, as the control plane last heard.
 *
 * @param state where it is in its life
 * @param host the host it was placed on; kept while it is stopped, since its volume is there
 * @param ip its address
 * @param reason why it is in this state, for a person; absent when there is nothing to explain
 * @param containers infra first, then by index
 * @param since when it entered this state
 * @param observedGeneration up to which generation the agent has acted
 * @param cpuset the cores that it has for itself on its host; absent without {@link CpuPolicy#NUMA}
 * @param moving whether it stops here to start on another host; absent when it does not
 * @param role the role that is in force there; absent: it has none, or nobody knows yet
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetStatus(
        SetState state,
        @Nullable String host,
        @Nullable String ip,
        @Nullable String reason,
        List<ContainerStatus> containers,
        Instant since,
        long observedGeneration,
        @Nullable Cpuset cpuset,
        @Nullable Boolean moving,
        @Nullable RoleStatus role) {

    /** Without cores of its own. */
    public SetStatus(
            SetState state,
            @Nullable String host,
            @Nullable String ip,
            @Nullable String reason,
            List<ContainerStatus> containers,
            Instant since,
            long observedGeneration) {
        this(state, host, ip, reason, containers, since, observedGeneration, null, null, null);
    }

    public SetStatus {
        containers = Lists.copy(containers);
    }

    public static SetStatus pending(Instant now) {
        return new SetStatus(SetState.PENDING, null, null, null, List.of(), now, 0);
    }

    /** In that state since then, for that reason; everything else as it was. */
    public SetStatus in(SetState changed, @Nullable String why, Instant now) {
        return new SetStatus(
                changed,
                host,
                ip,
                why,
                containers,
                changed == state ? since : now,
                observedGeneration,
                cpuset,
                moving,
                role);
    }

    public SetStatus on(@Nullable String changedHost) {
        return new SetStatus(
                state, changedHost, ip, reason, containers, since, observedGeneration, cpuset, moving, role);
    }

    /** On that host, with these cores for itself. */
    public SetStatus on(String changedHost, @Nullable Cpuset changedCpuset) {
        return new SetStatus(
                state, changedHost, ip, reason, containers, since, observedGeneration, changedCpuset, moving, role);
    }

    /** Whether it stops here to start on another host. */
    @JsonIgnore
    public boolean moves() {
        return Boolean.TRUE.equals(moving);
    }

    public SetStatus moving(boolean changed) {
        return new SetStatus(
                state, host, ip, reason, containers, since, observedGeneration, cpuset, changed ? true : null, role);
    }

    /** On no host, as if it had never been on one. */
    public SetStatus nowhere() {
        return new SetStatus(state, null, null, reason, List.of(), since, observedGeneration, null, null, null);
    }
}
