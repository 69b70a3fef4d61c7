package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/**
 * What happens to a set whose host does not answer: whether, and when, another host gets it. The host that is silent may
 * still run it, so for a while there may be two of it.
 *
 * @param policy whether it is rebuilt at all
 * @param after how long the host must have been UNREACHABLE
 * @param loseVolume whether a set with a volume is rebuilt as well: the new one is empty, and what is on the silent host
 *     is removed when that comes back. Without it such a set waits for its host
 */
public record RebuildPolicy(Mode policy, Interval after, boolean loseVolume) {

    /** At once; sets with a volume wait. */
    public static final RebuildPolicy DEFAULT = new RebuildPolicy(Mode.ALWAYS, Interval.ofSeconds(0), false);

    public RebuildPolicy {
        policy = policy == null ? Mode.ALWAYS : policy;
        after = after == null ? Interval.ofSeconds(0) : after;
    }

    /** Whether a set is rebuilt. */
    public enum Mode {
        ALWAYS("always"),
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
                    .orElseThrow(() -> new IllegalArgumentException("must be always or never"));
        }
    }
}
