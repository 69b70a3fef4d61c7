package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who scales an app when nobody does by hand: windows by the clock and targets on what its instances use. What each of them
 * wants is combined by maximum, within {@code minimum} and {@code maximum}. {@link ScalingRules} holds the rules that a type
 * cannot; whether a cron can be parsed is for whoever has the parser to say.
 *
 * @param minimum fewest instances; absent: 1
 * @param maximum most instances; required
 * @param windows numbers of instances by the clock
 * @param metrics targets on use
 * @param tolerance how far use may be from its target, in percent of it, before anything is done; absent: 10%
 * @param warmUp how long an instance must have run before its use counts; absent: 30s
 * @param up how fast the metrics may scale out; absent: at once, as far as they ask
 * @param down how fast they may scale in; absent: after five minutes, as far as they ask
 * @param hold how long a load call counts as a lower bound against windows and metrics; absent: 10m
 * @param webhook absent: load calls need a token
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScalingPolicy(
        Integer minimum,
        @Nullable Integer maximum,
        List<ScalingWindow> windows,
        List<MetricTarget> metrics,
        Portion tolerance,
        Interval warmUp,
        ScalingPace up,
        ScalingPace down,
        Interval hold,
        @Nullable Webhook webhook) {

    private static final Interval DOWN = Interval.ofSeconds(300);

    public ScalingPolicy {
        minimum = minimum == null ? Integer.valueOf(1) : minimum;
        windows = Lists.copy(windows);
        metrics = Lists.copy(metrics);
        tolerance = tolerance == null ? Portion.percent(10) : tolerance;
        warmUp = warmUp == null ? Interval.ofSeconds(30) : warmUp;
        up = up == null ? ScalingPace.AT_ONCE : up;
        down = (down == null ? ScalingPace.AT_ONCE : down).orAfter(DOWN);
        hold = hold == null ? Interval.ofSeconds(600) : hold;
    }

    /**
     * Lets whoever has the secret send load calls without a token.
     *
     * @param key number of the secret, from 1; another number is another secret, and the one before is void
     */
    public record Webhook(Integer key) {
        public Webhook {
            key = key == null ? Integer.valueOf(1) : key;
        }
    }

    /** What a checked one has. */
    public int maximumOrMinimum() {
        return maximum == null ? minimum : maximum;
    }

    /** The number of instances nearest to that one that it allows. */
    public int within(int replicas) {
        return Math.max(minimum, Math.min(replicas, maximumOrMinimum()));
    }

    /** Whether anything but people and load calls says how many there should be. */
    public boolean decides() {
        return !windows.isEmpty() || !metrics.isEmpty();
    }
}
