package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the instances of an app come from one release to the next: by batches, each judged before the next begins.
 *
 * @param strategy whether containers are replaced inside the running sets, or whole sets
 * @param batch instances updated before they are judged; absent: 25%
 * @param maxUnavailable instances that may be away at once because of it, those that are down anyway included; absent: the
 *     app's budget. The budget holds beside it
 * @param canary size of the first batch; absent or 0: as the others
 * @param pause between two batches; absent: none
 * @param drain how long an instance has weight 0 before it is touched, so that load balancers can follow; absent: none
 * @param minReady how long an instance must have been RUNNING to count as healthy; absent: 5 s
 * @param deadline from the change of an instance to its being healthy; past it the update failed; absent: 5 min
 * @param onFailure what follows a failure, beside that the failing batch is put back; absent: revert
 * @param loseVolume whether whole sets with a volume may be replaced: the new ones are empty
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpdatePolicy(
        Strategy strategy,
        Portion batch,
        @Nullable Portion maxUnavailable,
        Integer canary,
        Interval pause,
        Interval drain,
        Interval minReady,
        Interval deadline,
        OnFailure onFailure,
        Boolean loseVolume) {

    /** All at its default. */
    public static final UpdatePolicy DEFAULT = new UpdatePolicy(
            Strategy.GRAY,
            Portion.percent(25),
            null,
            0,
            Interval.ofSeconds(0),
            Interval.ofSeconds(0),
            Interval.ofSeconds(5),
            Interval.ofSeconds(300),
            OnFailure.REVERT,
            false);

    public UpdatePolicy {
        strategy = strategy == null ? Strategy.GRAY : strategy;
        batch = batch == null ? Portion.percent(25) : batch;
        canary = canary == null ? Integer.valueOf(0) : canary;
        pause = pause == null ? Interval.ofSeconds(0) : pause;
        drain = drain == null ? Interval.ofSeconds(0) : drain;
        minReady = minReady == null ? Interval.ofSeconds(5) : minReady;
        deadline = deadline == null ? Interval.ofSeconds(300) : deadline;
        onFailure = onFailure == null ? OnFailure.REVERT : onFailure;
        loseVolume = loseVolume == null ? Boolean.FALSE : loseVolume;
    }

    /** What is replaced. */
    public enum Strategy {
        /** The containers that differ, inside the running set: its network, address, volume and other containers stay. */
        GRAY,
        /** The whole set: it is stopped, removed and made anew under its name. */
        ROLLING;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static Strategy parse(String text) {
            return Arrays.stream(values())
                    .filter(each -> each.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("must be gray or rolling"));
        }
    }

    /** What follows a failure. */
    public enum OnFailure {
        /** Every instance that was updated is put back, and the app's template with them. */
        REVERT,
        /** Only the failing batch is put back; the rest stays as it is until somebody decides. */
        STOP;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static OnFailure parse(String text) {
            return Arrays.stream(values())
                    .filter(each -> each.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("must be revert or stop"));
        }
    }
}
