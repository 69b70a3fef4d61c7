package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who is primary of an app.
 *
 * @param term the present one; it grows with every change
 * @param phase where it is between one primary and the next
 * @param primary the instance that is primary, becomes it, or may still be it; absent: none is, for certain
 * @param uid of that set
 * @param since when the phase began
 * @param switchover the one under way; absent: none
 * @param refused instances whose promotion failed since the last one that went well
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RolesStatus(
        long term,
        Phase phase,
        @Nullable String primary,
        @Nullable UUID uid,
        Instant since,
        @Nullable Switchover switchover,
        List<String> refused) {

    public RolesStatus {
        refused = Lists.copy(refused);
    }

    /** Where an app is between one primary and the next. */
    public enum Phase {
        /** No instance is primary, and none may be. */
        VACANT,
        /** One was told that it is, and its agent has not said so yet. */
        PROMOTING,
        /** One is. */
        HELD,
        /** One was told that it is no more, and may still be. */
        DEMOTING;

        /** For people. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A wish that another instance be primary.
     *
     * @param from who was primary then; absent: nobody
     * @param to who is to be
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Switchover(@Nullable String from, String to, Instant since) {}

    /** Of an app that has had no primary yet. */
    public static RolesStatus none(Instant now) {
        return new RolesStatus(0, Phase.VACANT, null, null, now, null, List.of());
    }

    /** Whether that set is primary or may be. */
    @JsonIgnore
    public boolean holds(SetResource set) {
        return set.uid().equals(uid);
    }

    /** A new term, in which that set is to be primary. */
    public RolesStatus promoting(SetResource set, Instant now) {
        return new RolesStatus(term + 1, Phase.PROMOTING, set.name(), set.uid(), now, switchover, refused);
    }

    /** It is primary. */
    public RolesStatus held(Instant now) {
        return new RolesStatus(term, Phase.HELD, primary, uid, now, null, List.of());
    }

    /** A new term, in which it is to be none. */
    public RolesStatus demoting(Instant now) {
        return new RolesStatus(term + 1, Phase.DEMOTING, primary, uid, now, switchover, refused);
    }

    /** Nobody is primary, in that term. */
    public RolesStatus vacant(long changed, Instant now) {
        return new RolesStatus(changed, Phase.VACANT, null, null, now, switchover, refused);
    }

    public RolesStatus with(@Nullable Switchover changed) {
        return new RolesStatus(term, phase, primary, uid, since, changed, refused);
    }

    public RolesStatus refused(List<String> changed) {
        return new RolesStatus(term, phase, primary, uid, since, switchover, changed);
    }
}
