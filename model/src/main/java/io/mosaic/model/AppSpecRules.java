package io.mosaic.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules of an {@link AppSpec} that its types cannot hold. Every broken rule is named; those of the template with a
 * pointer into {@code /template}.
 */
public final class AppSpecRules {

    /** As many sets as one cluster is made for. */
    public static final int REPLICAS_MAX = 100_000;

    /** So that a name with the number of its last instance is still a name. */
    public static final int NAME_CHARS_MAX = 56;

    private static final int REQUIRES_MAX = 16;
    private static final int LABELS_MAX = 128;
    private static final long DEADLINE_MILLIS_MIN = 1000;

    private final AppSpec spec;
    private final List<Problem.FieldError> errors = new ArrayList<>();

    private AppSpecRules(AppSpec spec) {
        this.spec = spec;
    }

    /**
     * Returns the spec, checked.
     *
     * @throws ProblemException naming every broken rule
     */
    public static AppSpec require(AppSpec spec) {
        List<Problem.FieldError> errors = check(spec);
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule() + more, errors));
        }
        return spec;
    }

    /** Every broken rule, none when the spec is good. */
    public static List<Problem.FieldError> check(AppSpec spec) {
        AppSpecRules rules = new AppSpecRules(spec);
        rules.check();
        return rules.errors;
    }

    /** The name of an instance: {@code food-web-0007}. */
    public static String instanceName(String app, int instance) {
        String number = Integer.toString(instance);
        return app + "-" + "0".repeat(Math.max(0, 4 - number.length())) + number;
    }

    /** Checks a number of replicas alone. */
    public static int requireReplicas(int replicas) {
        if (replicas < 0 || replicas > REPLICAS_MAX) {
            throw ProblemException.field("/replicas", REPLICAS_RULE, Integer.toString(replicas));
        }
        return replicas;
    }

    private static final String REPLICAS_RULE = "must be 0 to " + REPLICAS_MAX;

    private void check() {
        String name = spec.nameOrEmpty();
        rule(Names.valid(name), "/name", Names.RULE, spec.name());
        rule(
                name.length() <= NAME_CHARS_MAX,
                "/name",
                "must be at most " + NAME_CHARS_MAX + " characters, as its instances are named NAME-0001",
                name);
        rule(
                spec.replicas() >= 0 && spec.replicas() <= REPLICAS_MAX,
                "/replicas",
                REPLICAS_RULE,
                spec.replicas().toString());
        template(name);
        update(spec.update());
        rule(
                spec.budget().value() >= 1,
                "/budget",
                "must be at least 1 or \"1%\"",
                spec.budget().toString());
        requires(name);
        if (spec.roles() != null) {
            errors.addAll(AppRolesRules.check(spec, spec.roles()));
        }
        ScalingPolicy scaling = spec.scaling();
        if (scaling != null) {
            errors.addAll(ScalingRules.check(scaling, spec.replicas()));
        }
        rule(spec.labels().size() <= LABELS_MAX, "/labels", "must have at most " + LABELS_MAX + " entries", null);
        spec.labels()
                .forEach((key, value) -> rule(
                        Names.validLabelKey(key) && !key.startsWith("io.mosaic.") && Names.validLabelValue(value),
                        "/labels",
                        "must be label keys and values, and not begin with io.mosaic.",
                        key));
    }

    private void template(String app) {
        SetSpec template = spec.template();
        if (!rule(template != null, "/template", "is required: what each instance is", null) || template == null) {
            return;
        }
        rule(
                template.name() == null,
                "/template/name",
                "must be absent: instances are named after the app",
                template.name());
        String label = template.labels().get(Placement.APP_LABEL);
        rule(
                label == null || label.equals(app),
                "/template/labels/" + Placement.APP_LABEL,
                "must be absent or the app's name",
                label);
        for (Problem.FieldError each : SetSpecRules.check(spec.placed(template).instance(app, 1))) {
            if (!each.field().equals("/name")) {
                errors.add(new Problem.FieldError("/template" + each.field(), each.rule(), each.value()));
            }
        }
    }

    private void update(UpdatePolicy update) {
        rule(
                update.batch().value() >= 1,
                "/update/batch",
                "must be at least 1 or \"1%\"",
                update.batch().toString());
        Portion most = update.maxUnavailable();
        rule(
                most == null || most.value() >= 1,
                "/update/maxUnavailable",
                "must be at least 1 or \"1%\"",
                String.valueOf(most));
        rule(
                update.canary() >= 0 && update.canary() <= REPLICAS_MAX,
                "/update/canary",
                REPLICAS_RULE,
                update.canary().toString());
        rule(
                update.deadline().millis() >= DEADLINE_MILLIS_MIN,
                "/update/deadline",
                "must be at least 1s",
                update.deadline().toString());
        rule(
                update.minReady().compareTo(update.deadline()) < 0,
                "/update/minReady",
                "must be shorter than the deadline",
                update.minReady().toString());
        SetSpec template = spec.template();
        rule(
                update.strategy() != UpdatePolicy.Strategy.ROLLING
                        || template == null
                        || template.volume() == null
                        || update.loseVolume(),
                "/update/strategy",
                "rolling makes sets anew, with empty volumes: use gray, or say loseVolume",
                update.strategy().word());
    }

    private void requires(String app) {
        rule(
                spec.requires().size() <= REQUIRES_MAX,
                "/requires",
                "must have at most " + REQUIRES_MAX + " entries",
                null);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < spec.requires().size(); i++) {
            String other = spec.requires().get(i).appOrEmpty();
            String at = "/requires/" + i + "/app";
            rule(Names.valid(other), at, Names.RULE, spec.requires().get(i).app());
            rule(!other.equals(app), at, "must be another app", other);
            rule(seen.add(other), at, "is named twice", other);
        }
    }

    private boolean rule(boolean holds, String field, String rule, @Nullable String value) {
        if (!holds) {
            errors.add(new Problem.FieldError(field, rule, value));
        }
        return holds;
    }
}
