package io.mosaic.model;

import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Peer;
import io.mosaic.model.Placement.Per;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules of {@link Placement} that its types cannot hold: what is out of range, and what contradicts itself. */
final class PlacementRules {

    private static final int ENTRIES_MAX = 32;
    private static final Pattern ARCHITECTURE = Pattern.compile("[a-z0-9_]{1,32}");

    private final List<Problem.FieldError> errors;
    private final Placement placement;
    private final @Nullable String app;

    private PlacementRules(Placement placement, @Nullable String app, List<Problem.FieldError> errors) {
        this.placement = placement;
        this.app = app;
        this.errors = errors;
    }

    /** Adds every broken rule of the spec's placement. */
    static void check(SetSpec spec, List<Problem.FieldError> errors) {
        if (spec.resourcesOrNone().numa()) {
            Cpu cpu = spec.resourcesOrNone().cpuOrZero();
            rule(
                    errors,
                    cpu.millis() % 1000 == 0,
                    "/resources/cpu",
                    "must be whole cores with cpuPolicy numa",
                    cpu.toString());
        }
        Placement placement = spec.placement();
        if (placement != null) {
            new PlacementRules(placement, spec.labels().get(Placement.APP_LABEL), errors).check();
        }
    }

    private void check() {
        few(placement.zones(), "/placement/zones");
        Set<String> zones = new HashSet<>();
        for (int i = 0; i < placement.zones().size(); i++) {
            String zone = placement.zones().get(i);
            rule(Names.valid(zone), "/placement/zones/" + i, Names.RULE, zone);
            rule(zones.add(zone), "/placement/zones/" + i, "is named twice", zone);
        }
        String pool = placement.pool();
        rule(pool == null || Names.valid(pool), "/placement/pool", Names.RULE, pool);
        labels(placement.hostLabels(), "/placement/hostLabels");
        String architecture = placement.architecture();
        rule(
                architecture == null || ARCHITECTURE.matcher(architecture).matches(),
                "/placement/architecture",
                "must be like amd64",
                architecture);
        peers(placement.exclusions(), "/placement/exclusions");
        peers(placement.dependencies(), "/placement/dependencies");
        Integer most = placement.maxPerHost();
        rule(
                most == null || (most >= 1 && most <= 10_000),
                "/placement/maxPerHost",
                "must be 1 to 10000",
                String.valueOf(most));
        rule(most == null || app != null, "/placement/maxPerHost", NEEDS_APP, null);
        spread();
        few(placement.preferences(), "/placement/preferences");
        for (int i = 0; i < placement.preferences().size(); i++) {
            Placement.Preference preference = placement.preferences().get(i);
            String at = "/placement/preferences/" + i;
            rule(!preference.hostLabels().isEmpty(), at + "/hostLabels", "must name a label", null);
            labels(preference.hostLabels(), at + "/hostLabels");
            weight(preference.weight(), at + "/weight");
        }
        Placement.AppRole role = placement.role();
        if (role != null) {
            rule(role.is() != null, "/placement/role/is", "is required, primary or standby", null);
            rule(app != null, "/placement/role", NEEDS_APP, null);
        }
        contradictions();
    }

    private static final String NEEDS_APP = "speaks of the set's app: needs a label " + Placement.APP_LABEL;

    private void spread() {
        Placement.Spread spread = placement.spread();
        if (spread != null) {
            rule(app != null, "/placement/spread", NEEDS_APP, null);
            weight(spread.weight(), "/placement/spread/weight");
        }
    }

    private void peers(List<Peer> peers, String at) {
        few(peers, at);
        Set<Peer> seen = new HashSet<>();
        for (int i = 0; i < peers.size(); i++) {
            Peer peer = peers.get(i);
            String here = at + "/" + i;
            rule((peer.app() == null) != (peer.label() == null), here, "must have exactly one of app and label", null);
            String selector = peer.selector();
            int equal = selector.indexOf('=');
            rule(
                    equal > 0
                            && Names.validLabelKey(selector.substring(0, equal))
                            && Names.validLabelValue(selector.substring(equal + 1)),
                    here,
                    "must be the name of an app, or a label like tier=db",
                    selector);
            rule(seen.add(peer), here, "is named twice", selector);
        }
    }

    /** What could never hold, or would hold by never placing the set. */
    private void contradictions() {
        String own = Placement.APP_LABEL + "=" + app;
        for (int i = 0; i < placement.dependencies().size(); i++) {
            Peer wanted = placement.dependencies().get(i);
            String at = "/placement/dependencies/" + i;
            rule(
                    app == null || !wanted.selector().equals(own),
                    at,
                    "is the set's own app: the first of its sets could go nowhere",
                    wanted.selector());
            for (Peer shunned : placement.exclusions()) {
                // To share a host is to share its zone.
                boolean clash = shunned.selector().equals(wanted.selector())
                        && (shunned.per() == wanted.per() || shunned.per() == Per.ZONE);
                rule(!clash, at, "contradicts an exclusion", wanted.selector());
            }
        }
        for (int i = 0; i < placement.exclusions().size(); i++) {
            Peer shunned = placement.exclusions().get(i);
            if (app == null || !shunned.selector().equals(own)) {
                continue;
            }
            String at = "/placement/exclusions/" + i;
            Integer most = placement.maxPerHost();
            rule(most == null || most == 1, "/placement/maxPerHost", "contradicts " + at, String.valueOf(most));
            Placement.Spread spread = placement.spread();
            rule(
                    spread == null
                            || spread.mode() != Mode.PACK
                            || (shunned.per() == Per.HOST && spread.over() == Per.ZONE),
                    "/placement/spread",
                    "to pack contradicts " + at,
                    "pack");
        }
    }

    private void labels(Map<String, String> labels, String at) {
        rule(labels.size() <= ENTRIES_MAX, at, "must have at most " + ENTRIES_MAX + " entries", null);
        labels.forEach((key, value) -> rule(
                Names.validLabelKey(key) && Names.validLabelValue(value), at, "must be label keys and values", key));
    }

    private void few(List<?> list, String at) {
        rule(list.size() <= ENTRIES_MAX, at, "must have at most " + ENTRIES_MAX + " entries", null);
    }

    private void weight(int weight, String at) {
        rule(weight >= 1 && weight <= 100, at, "must be 1 to 100", Integer.toString(weight));
    }

    private void rule(boolean holds, String field, String rule, @Nullable String value) {
        rule(errors, holds, field, rule, value);
    }

    private static void rule(
            List<Problem.FieldError> errors, boolean holds, String field, String rule, @Nullable String value) {
        if (!holds) {
            errors.add(new Problem.FieldError(field, rule, value));
        }
    }
}
