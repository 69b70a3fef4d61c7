package io.mosaic.controller.cluster;

import io.mosaic.model.Placement;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The marks that a set leaves on the host it is on. The image counts them by host, so that rules between sets need no look
 * at the sets: the labels that it has, its role in its app, and what it shuns.
 */
public final class Marks {

    private Marks() {}

    /** All marks of that set. */
    public static List<String> of(SetResource set) {
        List<String> marks = new ArrayList<>();
        for (String own : groups(set)) {
            marks.add(own);
        }
        for (Shunned shunned : shunned(set)) {
            marks.add(shunnedBy(shunned.mark(), shunned.per()));
        }
        return marks;
    }

    /** The groups that the set is of, by which rules of others may name it. */
    public static List<String> groups(SetResource set) {
        List<String> groups = new ArrayList<>();
        for (Map.Entry<String, String> label : set.spec().labels().entrySet()) {
            groups.add(label(set.tenant(), label.getKey() + "=" + label.getValue()));
        }
        String app = app(set);
        Placement.AppRole role = set.spec().placementOrAnywhere().role();
        if (app != null && role != null) {
            groups.add(role(set.tenant(), app, role.is()));
        }
        return groups;
    }

    /** A group that a set keeps away from, over hosts or zones. */
    public record Shunned(String mark, Placement.Per per) {}

    /** What that set keeps away from: its exclusions, and the other part of its app. */
    public static List<Shunned> shunned(SetResource set) {
        Placement placement = set.spec().placementOrAnywhere();
        List<Shunned> shunned = new ArrayList<>();
        for (Placement.Peer peer : placement.exclusions()) {
            shunned.add(new Shunned(label(set.tenant(), peer.selector()), peer.per()));
        }
        String app = app(set);
        Placement.AppRole role = placement.role();
        if (app != null && role != null) {
            shunned.add(new Shunned(role(set.tenant(), app, role.is().other()), role.per()));
        }
        return shunned;
    }

    /** The app of the set, null when it is of none. */
    public static @Nullable String app(SetResource set) {
        return set.spec().labels().get(Placement.APP_LABEL);
    }

    /** Of all sets of a tenant with that label, {@code key=value}. */
    public static String label(String tenant, String selector) {
        return "label/" + tenant + "/" + selector;
    }

    /** Of all sets of that part of an app. */
    public static String role(String tenant, String app, Placement.Part part) {
        return "role/" + tenant + "/" + part.word() + "/" + app;
    }

    /** Of all sets that shun those of that mark. */
    public static String shunnedBy(String mark, Placement.Per per) {
        return "shun/" + per.word() + "/" + mark;
    }
}
