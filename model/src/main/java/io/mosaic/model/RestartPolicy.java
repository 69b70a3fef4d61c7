package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What happens when a container of a set ends. The wait before the n-th restart in a row is {@code initial * 2^(n-1)},
 * at most {@code max}; a container that stayed up for {@code reset} starts the row anew.
 *
 * @param policy when to restart
 * @param initial wait before the first restart
 * @param max longest wait
 * @param reset time up after which the back-off starts anew
 * @param attempts restarts in a row after which the set is FAILED for good; absent: no limit
 * @param rebuild what happens when the set's host does not answer; absent: {@link RebuildPolicy#DEFAULT}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RestartPolicy(
        @JsonAlias("Policy") Mode policy,
        Interval initial,
        Interval max,
        Interval reset,
        @Nullable Integer attempts,
        @Nullable RebuildPolicy rebuild) {

    public static final RestartPolicy DEFAULT = new RestartPolicy(
            Mode.ALWAYS, Interval.ofSeconds(1), Interval.ofSeconds(300), Interval.ofSeconds(600), null);

    public RestartPolicy {
        policy = policy == null ? Mode.ALWAYS : policy;
        initial = initial == null ? Interval.ofSeconds(1) : initial;
        max = max == null ? Interval.ofSeconds(300) : max;
        reset = reset == null ? Interval.ofSeconds(600) : reset;
    }

    /** With the default of what happens when the host does not answer. */
    public RestartPolicy(Mode policy, Interval initial, Interval max, Interval reset, @Nullable Integer attempts) {
        this(policy, initial, max, reset, attempts, null);
    }

    /** What happens when the set's host does not answer. */
    public RebuildPolicy rebuildOrDefault() {
        return rebuild == null ? RebuildPolicy.DEFAULT : rebuild;
    }

    /** When a container that ended is started again. */
    public enum Mode {
        ALWAYS("always"),
        ON_FAILURE("on-failure"),
        NEVER("never");

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        @JsonValue
        public String word() {
            return word;
        }

        @JsonCreator
        public static Mode parse(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            return Arrays.stream(values())
                    .filter(mode -> mode.word.equals(lower))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("must be always, on-failure or never"));
        }
    }

    /** Whether a container that ended with this code is started again. */
    public boolean restarts(int exitCode) {
        return switch (policy) {
            case ALWAYS -> true;
            case ON_FAILURE -> exitCode != 0;
            case NEVER -> false;
        };
    }

    /** Milliseconds to wait before the n-th restart in a row, n from 1. */
    public long backoffMillis(int nth) {
        int doublings = Math.min(Math.max(0, nth - 1), 30);
        return Math.min(max.millis(), initial.millis() << doublings);
    }
}
