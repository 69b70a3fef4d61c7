package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * That one instance of an app is its primary and all others are standbys, and how that changes. The containers see their
 * role in files below {@value #MOUNT}: {@code role} says {@code primary} or {@code standby}, {@code term} the term in which.
 *
 * @param apart what no two instances share; absent: host
 * @param promote whether a standby takes the place of a primary that is lost by itself; absent: automatic
 * @param container in which the commands are run; absent: the first
 * @param onPromote run when the instance has become primary; when it fails the instance is none
 * @param onDemote run when the instance is no longer primary; when it fails the containers are stopped
 * @param fence how long a primary's host must have been silent before another instance may be primary. The agent
 *     has demoted its own by then; absent: 15 s
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppRoles(
        Placement.Per apart,
        Promote promote,
        @Nullable String container,
        @Nullable Command onPromote,
        @Nullable Command onDemote,
        Interval fence) {

    /** Where containers see their role. */
    public static final String MOUNT = "/run/mosaic";

    /** The host's lease of 10 s, a command of 5 s. */
    public static final Interval FENCE_DEFAULT = Interval.ofSeconds(15);

    /** What the fence is longer than the command of the demotion: three missed answers, and the end of what is left. */
    public static final Interval FENCE_BEYOND_COMMAND = Interval.ofSeconds(10);

    /** What is left of the fence, when a demotion begins, beside the time of its command: to end containers where that failed. */
    public static final Interval ENDING = Interval.ofSeconds(2);

    /** Above the lease of a host, 10 s: before that nobody knows that it is silent. */
    public static final Interval FENCE_MIN = Interval.ofSeconds(11);

    public static final Interval FENCE_MAX = Interval.ofSeconds(3600);

    public AppRoles {
        apart = apart == null ? Placement.Per.HOST : apart;
        promote = promote == null ? Promote.AUTOMATIC : promote;
        fence = fence == null ? FENCE_DEFAULT : fence;
    }

    /**
     * A command that is run in a container when its role changes.
     *
     * @param command argument array
     * @param timeout after which it is killed and counts as failed; absent: 5 s
     */
    public record Command(List<String> command, Interval timeout) {
        public Command {
            command = Lists.copy(command);
            timeout = timeout == null ? Interval.ofSeconds(5) : timeout;
        }
    }

    /** Who says that a standby becomes primary when there is none. */
    public enum Promote {
        AUTOMATIC,
        /** People, by a switchover. The first primary of an app needs nobody's word. */
        MANUAL;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static Promote parse(String word) {
            return switch (word) {
                case "automatic" -> AUTOMATIC;
                case "manual" -> MANUAL;
                default -> throw new IllegalArgumentException("must be automatic or manual");
            };
        }
    }

    /** How long the command of the demotion may take. */
    @JsonIgnore
    public Interval demotion() {
        return onDemote == null ? Interval.ofSeconds(0) : onDemote.timeout();
    }

    /** That template with the rule that no two instances of the app share a host, or a zone. */
    public SetSpec apart(SetSpec template, String app) {
        Placement before = template.placementOrAnywhere();
        Placement.Peer own = new Placement.Peer(app, null, apart);
        if (before.exclusions().contains(own)) {
            return template;
        }
        List<Placement.Peer> exclusions = new ArrayList<>(before.exclusions());
        exclusions.add(own);
        return template.withPlacement(new Placement(
                before.zones(),
                before.pool(),
                before.hostLabels(),
                exclusions,
                before.dependencies(),
                before.maxPerHost(),
                before.spread(),
                before.preferences(),
                before.architecture(),
                before.role()));
    }
}
