package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Marks;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.Kind;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many sets of an app may be taken down: the one rule for updates, drains and rebalancing. Those that are down already
 * count, whatever the cause; taking down one of them costs nothing.
 *
 * <p>For one look at one image. Sets that no app owns are held together by their label {@code app}, and one without that is
 * an app of its own. Not thread-safe.
 */
public final class Budgets {

    private final ClusterImage image;
    private final Map<String, Integer> away = new HashMap<>();
    private @Nullable Map<String, Integer> loose;

    public Budgets(ClusterImage image) {
        this.image = image;
    }

    /** The most instances of that app that may be away, by its own budget. */
    static int limit(AppResource app) {
        return app.spec().budget().of(app.spec().replicas());
    }

    /** Whether no more instances of that app are away than may be. */
    public static boolean holds(ClusterImage image, AppResource app) {
        return Members.away(image, app) <= limit(app);
    }

    /**
     * Takes the set down, in thought.
     *
     * @param most how many of its app may be away; the app's own budget holds as well
     * @return false when that is too many already; then nothing is taken
     */
    public boolean take(SetResource set, int most) {
        if (!may(set, most)) {
            return false;
        }
        if (serves(set)) {
            away.merge(group(set), 1, Integer::sum);
        }
        return true;
    }

    /** Whether {@link #take} would. A primary stays where it is until another one has taken over, if one can. */
    public boolean may(SetResource set, int most) {
        if (Primaries.handsOver(image, set)) {
            return false;
        }
        return !serves(set) || away(set) < Math.min(most, own(set));
    }

    /** Takes back what {@link #take} took. */
    public void giveBack(SetResource set) {
        if (serves(set)) {
            away.merge(group(set), -1, Integer::sum);
        }
    }

    /** How many of its app are away now. */
    public int away(SetResource set) {
        String group = group(set);
        Integer known = away.get(group);
        if (known == null) {
            AppResource owner = owner(set);
            known = owner == null ? loose().getOrDefault(group, 0) : Members.away(image, owner);
            away.put(group, known);
        }
        return known;
    }

    private int own(SetResource set) {
        AppResource owner = owner(set);
        return owner == null ? Integer.MAX_VALUE : limit(owner);
    }

    private @Nullable AppResource owner(SetResource set) {
        AppMember member = set.app();
        return member == null ? null : image.app(set.tenant(), member.name());
    }

    /** Whether it serves: one that does not costs nothing to take down. */
    public static boolean serves(SetResource set) {
        return set.app() == null ? !looseAway(set) : Members.serves(set);
    }

    private static boolean looseAway(SetResource set) {
        SetState state = set.status().state();
        return set.intent().run() == SetIntent.Run.RUNNING && state != SetState.RUNNING && state != SetState.RESIZING;
    }

    /** Of the sets that no app owns, how many should run and do not; looks at every set, once. */
    private Map<String, Integer> loose() {
        Map<String, Integer> counted = loose;
        if (counted == null) {
            counted = new HashMap<>();
            for (var resource : image.resources(Kind.SET).values()) {
                if (resource instanceof SetResource set && set.app() == null && looseAway(set)) {
                    counted.merge(group(set), 1, Integer::sum);
                }
            }
            loose = counted;
        }
        return counted;
    }

    private static String group(SetResource set) {
        AppMember member = set.app();
        if (member != null) {
            return "app/" + set.tenant() + "/" + member.name();
        }
        String label = Marks.app(set);
        return label == null ? "set/" + set.tenant() + "/" + set.name() : "label/" + set.tenant() + "/" + label;
    }
}
