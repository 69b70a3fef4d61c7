package io.mosaic.cli.command;

import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Table;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppStatus;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Event;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.RolloutView;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import io.mosaic.model.SetResource;
import io.mosaic.model.UpdatePolicy;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Apps as people read them. */
final class AppViews {
    private static final int STATE_COLUMN = 1;

    private AppViews() {}

    /** The answer of a command that changed an app: the resource for programs, a few words for people. */
    static void tell(Console console, OutputOptions output, AppResource app, String done) {
        if (output.data()) {
            output.print(console, app);
        } else {
            console.out().println(output.names() ? app.name() : app.name() + " " + done);
        }
        console.flush();
    }

    static String table(Console console, List<AppResource> apps) {
        Instant now = console.clock().instant();
        Table table = new Table("NAME", "STATE", "READY", "UPDATED", "RELEASE", "ROLLOUT", "AGE", "REASON");
        for (AppResource app : apps) {
            AppStatus status = app.status();
            Rollout rollout = status.rollout();
            table.row(
                    app.name(),
                    status.state(),
                    status.ready() + "/" + app.spec().replicas(),
                    status.updated(),
                    app.release(),
                    rollout == null ? "" : rollout.state(),
                    Ages.since(app.created(), now),
                    SetViews.text(status.reason()));
        }
        return table.paint(STATE_COLUMN, state -> SetViews.painted(console, state))
                .text();
    }

    static String details(Console console, AppResource app, String use, List<SetResource> sets, List<Event> events) {
        Instant now = console.clock().instant();
        AppStatus status = app.status();
        UpdatePolicy update = app.spec().update();
        StringBuilder text = new StringBuilder();
        field(text, "Name", app.name() + " (tenant " + app.tenant() + ")");
        field(
                text,
                "State",
                SetViews.painted(console, status.state().name()) + " for " + Ages.since(status.since(), now)
                        + (status.reason() == null ? "" : ": " + status.reason()));
        field(
                text,
                "Instances",
                app.spec().replicas() + " wanted, " + status.replicas() + " there, " + status.ready() + " ready, "
                        + status.updated() + " at the release"
                        + (status.leaving() == 0 ? "" : ", " + status.leaving() + " leaving"));
        if (status.crashLooping() > 0) {
            field(text, "CrashLoop", status.crashLooping() + " instances");
        }
        field(
                text,
                "Release",
                app.release() + ": " + images(app.spec().templateOrNone().containers()));
        Rollout rollout = status.rollout();
        if (rollout != null) {
            // Why it failed stands with the state.
            field(text, "Rollout", way(rollout));
        }
        field(
                text,
                "Updates",
                update.strategy().word() + ", batch " + update.batch()
                        + (update.canary() == 0 ? "" : ", canary " + update.canary()) + ", budget "
                        + app.spec().budget() + ", on failure "
                        + update.onFailure().word());
        if (status.roles() != null) {
            field(text, "Primary", roles(app));
        }
        field(text, "Uses", use);
        ScalingPolicy scaling = app.spec().scaling();
        if (scaling != null) {
            field(text, "Scaling", scaling(scaling, status.scalingOrNone()));
        }
        field(text, "Labels", SetViews.labels(app.labels()));
        field(text, "Made", Ages.since(app.created(), now) + " ago, revision " + app.revision());
        if (!sets.isEmpty()) {
            text.append('\n').append(SetViews.table(console, sets, false));
        }
        if (!events.isEmpty()) {
            text.append('\n').append(SetViews.events(console, events, false));
        }
        return text.toString();
    }

    /** In one line: {@code db-0001, held in term 3; switches over to db-0002}. */
    static String roles(AppResource app) {
        RolesStatus roles = app.status().roles();
        if (roles == null) {
            return "none yet";
        }
        RolesStatus.Switchover switchover = roles.switchover();
        return (roles.primary() == null
                        ? "nobody"
                        : roles.primary()
                                + (roles.phase() == RolesStatus.Phase.HELD
                                        ? ""
                                        : " (" + roles.phase().word() + ")"))
                + ", term " + roles.term()
                + (switchover == null ? "" : "; switches over to " + switchover.to());
    }

    /** In one line: {@code 2 to 60, 2 windows, cpu 60%; last 12 -> 17 ...}. */
    private static String scaling(ScalingPolicy policy, ScalingStatus status) {
        StringBuilder text = new StringBuilder(policy.minimum() + " to " + policy.maximumOrMinimum());
        if (!policy.windows().isEmpty()) {
            text.append(", ")
                    .append(policy.windows().size())
                    .append(policy.windows().size() == 1 ? " window" : " windows");
        }
        policy.metrics()
                .forEach(each -> text.append(", ")
                        .append(each.metricOrCpu().word())
                        .append(' ')
                        .append(each.targetOrNone()));
        ScalingStatus.Held held = status.held();
        if (held != null) {
            text.append("; ")
                    .append(held.replicas())
                    .append(" held until ")
                    .append(held.until())
                    .append(" for ")
                    .append(held.by());
        }
        if (status.blocked() != null) {
            text.append("; ").append(status.blocked());
        }
        return text.toString();
    }

    static String history(Console console, AppResource app, List<AppReleaseResource> releases) {
        Instant now = console.clock().instant();
        Table table = new Table("RELEASE", "NOW", "AGE", "IMAGES");
        for (AppReleaseResource each : releases) {
            table.row(
                    each.number(),
                    each.number() == app.release() ? "*" : "",
                    Ages.since(each.created(), now),
                    images(each.template().containers()));
        }
        return table.text();
    }

    private static String images(List<ContainerSpec> containers) {
        return containers.stream()
                .map(each -> each.nameOrEmpty() + "=" + each.imageOrEmpty())
                .collect(Collectors.joining(" "));
    }

    /** In one line: {@code UPDATING, release 1 -> 2, batch 3}, and why it failed. */
    static String rollout(Rollout rollout) {
        return way(rollout) + (rollout.reason() == null ? "" : " (" + rollout.reason() + ")");
    }

    private static String way(Rollout rollout) {
        String way = "release " + rollout.from() + " -> " + rollout.to();
        if (rollout.failed() != null) {
            String who = switch (rollout.state()) {
                case FAILED -> "its batch goes";
                case REVERTED -> "all went";
                default -> "all go";
            };
            way = "release " + rollout.failed() + " failed, " + who + " back to " + rollout.from();
        }
        return rollout.state() + ", " + way
                + (rollout.active() ? ", batch " + (rollout.batch() - rollout.first() + 1) : "");
    }

    static String rollout(RolloutView view) {
        StringBuilder text = new StringBuilder();
        Rollout rollout = view.rollout();
        field(text, "App", view.app());
        field(text, "Release", Integer.toString(view.release()));
        field(text, "Rollout", rollout == null ? "none so far" : rollout(rollout));
        if (!view.batch().isEmpty()) {
            field(text, "Batch", String.join(" ", view.batch()));
        }
        Table table = new Table("RELEASE", "INSTANCES", "READY");
        view.releases().forEach(each -> table.row(each.release(), each.instances(), each.ready()));
        return text.append('\n').append(table.text()).toString();
    }

    /** What would be done, a line each. */
    static String plan(AppPlan plan) {
        StringBuilder text = new StringBuilder();
        for (AppPlan.Field field : plan.fields()) {
            text.append("  ")
                    .append(field.field())
                    .append("  ")
                    .append(field.from() == null ? "(none)" : field.from())
                    .append(" -> ")
                    .append(field.to() == null ? "(none)" : field.to())
                    .append('\n');
        }
        line(text, "create", plan.created(), plan.create());
        line(text, "adopt", plan.adopted(), plan.adopt());
        line(text, "update", plan.updated(), plan.update());
        line(text, "delete", plan.deleted(), plan.delete());
        if (plan.batches() > 0) {
            text.append("  in ").append(plan.batches()).append(plan.batches() == 1 ? " batch\n" : " batches\n");
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String what, int many, List<String> names) {
        if (many > 0) {
            text.append("  ").append(what).append(' ').append(many).append(": ").append(String.join(" ", names));
            text.append(many > names.size() ? " ...\n" : "\n");
        }
    }

    private static void field(StringBuilder text, String name, String value) {
        text.append(name)
                .repeat(' ', 11 - name.length())
                .append(value.isEmpty() ? "-" : value)
                .append('\n');
    }
}
