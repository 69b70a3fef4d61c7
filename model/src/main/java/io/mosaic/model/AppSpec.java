package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for: so many sets made from one template, and how they are updated. {@link AppSpecRules#check} holds the
 * rules that a type cannot.
 *
 * @param name unique in the tenant; its instances are named {@code NAME-0001} and so on
 * @param replicas instances wanted; absent: 1
 * @param template what each instance is; without a name, and with no other label {@value Placement#APP_LABEL} than the name
 * @param update how instances come to a new template
 * @param requires other apps of which so many must be healthy before this one grows
 * @param budget how many instances may be down at once: for updates, drains and rebalancing alike; absent: 25%
 * @param labels of the app itself; those of its sets are in the template
 * @param scaling who scales it; absent: people alone. Without replicas, an app begins with the minimum
 * @param roles that one instance is primary and the others are standbys; absent: all are alike
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppSpec(
        @Nullable String name,
        Integer replicas,
        @Nullable SetSpec template,
        UpdatePolicy update,
        List<Requirement> requires,
        Portion budget,
        Map<String, String> labels,
        @Nullable ScalingPolicy scaling,
        @Nullable AppRoles roles) {

    public AppSpec {
        replicas = replicas == null ? Integer.valueOf(scaling == null ? 1 : scaling.minimum()) : replicas;
        update = update == null ? UpdatePolicy.DEFAULT : update;
        requires = Lists.copy(requires);
        budget = budget == null ? Portion.percent(25) : budget;
        labels = Lists.sorted(labels);
    }

    /** One that people alone scale. */
    public AppSpec(
            @Nullable String name,
            Integer replicas,
            @Nullable SetSpec template,
            UpdatePolicy update,
            List<Requirement> requires,
            Portion budget,
            Map<String, String> labels) {
        this(name, replicas, template, update, requires, budget, labels, null, null);
    }

    /** One whose instances are all alike. */
    public AppSpec(
            @Nullable String name,
            Integer replicas,
            @Nullable SetSpec template,
            UpdatePolicy update,
            List<Requirement> requires,
            Portion budget,
            Map<String, String> labels,
            @Nullable ScalingPolicy scaling) {
        this(name, replicas, template, update, requires, budget, labels, scaling, null);
    }

    /**
     * Another app of the tenant that must be up first.
     *
     * @param healthy how many of its instances; absent: 1
     */
    public record Requirement(@Nullable String app, Portion healthy) {
        public Requirement {
            healthy = healthy == null ? Portion.number(1) : healthy;
        }

        /** What a checked spec has: the app's name. */
        public String appOrEmpty() {
            return app == null ? "" : app;
        }
    }

    /** What a checked spec has: its name. */
    public String nameOrEmpty() {
        return name == null ? "" : name;
    }

    /** What a checked spec has: its template. */
    public SetSpec templateOrNone() {
        return template == null
                ? new SetSpec(null, null, null, List.of(), null, Map.of(), RestartPolicy.DEFAULT, Map.of())
                : template;
    }

    public AppSpec withReplicas(int changed) {
        return new AppSpec(name, changed, template, update, requires, budget, labels, scaling, roles);
    }

    public AppSpec withTemplate(SetSpec changed) {
        return new AppSpec(name, replicas, changed, update, requires, budget, labels, scaling, roles);
    }

    public AppSpec withUpdate(UpdatePolicy changed) {
        return new AppSpec(name, replicas, template, changed, requires, budget, labels, scaling, roles);
    }

    public AppSpec withScaling(@Nullable ScalingPolicy changed) {
        return new AppSpec(name, replicas, template, update, requires, budget, labels, changed, roles);
    }

    public AppSpec withRoles(@Nullable AppRoles changed) {
        return new AppSpec(name, replicas, template, update, requires, budget, labels, scaling, changed);
    }

    /** A template as its instances have it: with the rule that keeps those with roles apart. */
    public SetSpec placed(SetSpec any) {
        return roles == null ? any : roles.apart(any, nameOrEmpty());
    }

    /** With the replicas moved into the bounds of its scaling when a change of it did not name them. */
    public AppSpec within(AppSpec before) {
        return scaling == null || !replicas.equals(before.replicas()) ? this : withReplicas(scaling.within(replicas));
    }
}
