package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The role that an instance is to have, with all that its agent needs to put it in force.
 *
 * @param term grows with every change of the primary; one term has at most one primary, for ever
 * @param container in which the commands are run; absent: the first
 * @param fence how long the agent may be without an answer of a controller before nothing of this set is primary any more
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetRole(
        Placement.Part is,
        long term,
        @Nullable String container,
        AppRoles.@Nullable Command onPromote,
        AppRoles.@Nullable Command onDemote,
        Interval fence) {

    /** That role in that term, by the app's rules. */
    public static SetRole of(Placement.Part is, long term, AppRoles rules) {
        return new SetRole(is, term, rules.container(), rules.onPromote(), rules.onDemote(), rules.fence());
    }

    /** Another role in another term, by the same rules. */
    public SetRole in(Placement.Part changed, long changedTerm) {
        return new SetRole(changed, changedTerm, container, onPromote, onDemote, fence);
    }

    @JsonIgnore
    public boolean primary() {
        return is == Placement.Part.PRIMARY;
    }

    /** How old the newest answered message of the host may be; when it is older, the set is demoted there. */
    public Duration demotes() {
        long command = onDemote == null ? 0 : onDemote.timeout().millis();
        return Duration.ofMillis(fence.millis() - command - AppRoles.ENDING.millis());
    }

    /** Whether it says the same of everything but role and term. */
    public boolean sameRules(AppRoles rules) {
        return Objects.equals(container, rules.container())
                && Objects.equals(onPromote, rules.onPromote())
                && Objects.equals(onDemote, rules.onDemote())
                && fence.equals(rules.fence());
    }
}
