package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a set may go and where it would rather go. To these rules an app is what the sets of one tenant that carry the
 * same label {@value #APP_LABEL} make up, whether an app owns them or not. Other sets that a rule speaks of are those of the same tenant.
 *
 * @param zones one of these; empty: any
 * @param pool hosts of this pool only; absent: any pool that takes the set
 * @param hostLabels labels that the host must have
 * @param exclusions sets that it keeps away from; holds both ways, also for sets that come later
 * @param dependencies sets of which at least one must be there already
 * @param maxPerHost the most sets of its app on one host
 * @param spread whether the sets of its app keep apart or together, as far as there is room
 * @param preferences labels that the host should rather have
 * @param architecture as Docker names it, such as {@code arm64}; absent: any
 * @param role its part in its app: primary and standby never share a host, or a zone
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Placement(
        List<String> zones,
        @Nullable String pool,
        Map<String, String> hostLabels,
        List<Peer> exclusions,
        List<Peer> dependencies,
        @Nullable Integer maxPerHost,
        @Nullable Spread spread,
        List<Preference> preferences,
        @Nullable String architecture,
        @Nullable AppRole role) {

    /** The label that names the app of a set. */
    public static final String APP_LABEL = "app";

    /** No rule at all. */
    public static final Placement ANYWHERE =
            new Placement(List.of(), null, Map.of(), List.of(), List.of(), null, null, List.of(), null, null);

    public Placement {
        zones = Lists.copy(zones);
        hostLabels = Lists.sorted(hostLabels);
        exclusions = Lists.copy(exclusions);
        dependencies = Lists.copy(dependencies);
        preferences = Lists.copy(preferences);
    }

    /** Over what a rule holds. */
    public enum Per {
        HOST,
        ZONE;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static Per parse(String word) {
            return switch (word) {
                case "host" -> HOST;
                case "zone" -> ZONE;
                default -> throw new IllegalArgumentException("must be host or zone");
            };
        }
    }

    /**
     * Other sets, named by exactly one of app and label.
     *
     * @param app all sets of that app
     * @param label all sets with that label, written {@code key=value}
     * @param per whether they share a host or a zone; absent: host
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Peer(@Nullable String app, @Nullable String label, Per per) {
        public Peer {
            per = per == null ? Per.HOST : per;
        }

        /** The label that these sets have, {@code key=value}. */
        @JsonIgnore
        public String selector() {
            return app != null ? APP_LABEL + "=" + app : label == null ? "" : label;
        }
    }

    /**
     * Apart or together.
     *
     * @param over what they spread or pack over; absent: host
     * @param mode absent: spread
     * @param weight 1 to 100, how much it counts beside the other wishes; absent: 50
     */
    public record Spread(Per over, Mode mode, Integer weight) {
        public Spread {
            over = over == null ? Per.HOST : over;
            mode = mode == null ? Mode.SPREAD : mode;
            weight = weight == null ? WEIGHT : weight;
        }
    }

    /** Apart or together. */
    public enum Mode {
        SPREAD,
        PACK;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static Mode parse(String word) {
            return switch (word) {
                case "spread" -> SPREAD;
                case "pack" -> PACK;
                default -> throw new IllegalArgumentException("must be spread or pack");
            };
        }
    }

    /** What a wish counts when nothing else is said. */
    public static final int WEIGHT = 50;

    /**
     * Labels that the host should rather have.
     *
     * @param weight 1 to 100; absent: 50
     */
    public record Preference(Map<String, String> hostLabels, Integer weight) {
        public Preference {
            hostLabels = Lists.sorted(hostLabels);
            weight = weight == null ? WEIGHT : weight;
        }
    }

    /**
     * A set's part in its app.
     *
     * @param is primary or standby
     * @param per what primary and standby must not share; absent: host
     */
    public record AppRole(Part is, Per per) {
        public AppRole {
            per = per == null ? Per.HOST : per;
        }
    }

    /** The parts there are. */
    public enum Part {
        PRIMARY,
        STANDBY;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when it is neither */
        @JsonCreator
        public static Part parse(String word) {
            return switch (word) {
                case "primary" -> PRIMARY;
                case "standby" -> STANDBY;
                default -> throw new IllegalArgumentException("must be primary or standby");
            };
        }

        /** The other one. */
        public Part other() {
            return this == PRIMARY ? STANDBY : PRIMARY;
        }
    }
}
