package io.mosaic.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of {@link AppRoles} that its types cannot hold. */
final class AppRolesRules {

    private static final int ARGUMENTS_MAX = 256;
    private static final int ARGUMENT_CHARS_MAX = 4096;

    private final AppSpec spec;
    private final AppRoles roles;
    private final List<Problem.FieldError> errors = new ArrayList<>();

    private AppRolesRules(AppSpec spec, AppRoles roles) {
        this.spec = spec;
        this.roles = roles;
    }

    /** Every broken rule, with its pointer into the app. */
    static List<Problem.FieldError> check(AppSpec spec, AppRoles roles) {
        AppRolesRules rules = new AppRolesRules(spec, roles);
        rules.check();
        return rules.errors;
    }

    private void check() {
        rule(spec.replicas() >= 1, "/replicas", "must be at least 1 with roles: one is primary", spec.replicas());
        ScalingPolicy scaling = spec.scaling();
        rule(
                scaling == null || scaling.minimum() >= 1,
                "/scaling/minimum",
                "must be at least 1 with roles: one is primary",
                scaling == null ? null : scaling.minimum());
        SetSpec template = spec.templateOrNone();
        String container = roles.container();
        rule(
                container == null
                        || template.containers().stream()
                                .anyMatch(each -> each.nameOrEmpty().equals(container)),
                "/roles/container",
                "must be a container of the template",
                container);
        rule(
                template.placementOrAnywhere().role() == null,
                "/template/placement/role",
                "must be absent: the app's roles say who is primary",
                null);
        command(roles.onPromote(), "/roles/onPromote");
        command(roles.onDemote(), "/roles/onDemote");
        fence();
        mounts(template);
    }

    private void fence() {
        Interval fence = roles.fence();
        rule(
                fence.compareTo(AppRoles.FENCE_MIN) >= 0 && fence.compareTo(AppRoles.FENCE_MAX) <= 0,
                "/roles/fence",
                "must be " + AppRoles.FENCE_MIN + " to " + AppRoles.FENCE_MAX,
                fence);
        long least = roles.demotion().millis() + AppRoles.FENCE_BEYOND_COMMAND.millis();
        rule(
                fence.millis() >= least,
                "/roles/fence",
                "must be at least " + AppRoles.FENCE_BEYOND_COMMAND + " longer than the timeout of onDemote, "
                        + roles.demotion(),
                fence);
    }

    private void command(AppRoles.@Nullable Command command, String at) {
        if (command == null) {
            return;
        }
        List<String> arguments = command.command();
        rule(!arguments.isEmpty(), at + "/command", "is required, an argument array", null);
        rule(
                arguments.size() <= ARGUMENTS_MAX
                        && arguments.stream()
                                .allMatch(each -> each.length() <= ARGUMENT_CHARS_MAX && each.indexOf(0) < 0),
                at + "/command",
                "must have at most " + ARGUMENTS_MAX + " arguments of at most " + ARGUMENT_CHARS_MAX
                        + " characters, without NUL",
                null);
        rule(
                command.timeout().millis() >= 100 && command.timeout().compareTo(AppRoles.FENCE_MAX) < 0,
                at + "/timeout",
                "must be 100ms to " + AppRoles.FENCE_MAX,
                command.timeout());
    }

    /** What the files of the role would hide, or be hidden by. */
    private void mounts(SetSpec template) {
        SetSpec.VolumeClaim volume = template.volume();
        if (volume != null) {
            mount(volume.mount(), "/template/volume/mount");
        }
        for (int i = 0; i < template.containers().size(); i++) {
            List<ContainerOptions.Mount> mounts =
                    template.containers().get(i).options().mounts();
            for (int j = 0; j < mounts.size(); j++) {
                mount(mounts.get(j).path(), "/template/containers/" + i + "/options/mounts/" + j + "/path");
            }
        }
    }

    private void mount(@Nullable String path, String at) {
        boolean clashes = path != null && (path.equals(AppRoles.MOUNT) || path.startsWith(AppRoles.MOUNT + "/"));
        rule(!clashes, at, AppRoles.MOUNT + " is where containers see their role", path);
    }

    private void rule(boolean holds, String field, String rule, @Nullable Object value) {
        if (!holds) {
            errors.add(new Problem.FieldError(field, rule, value == null ? null : value.toString()));
        }
    }
}
