package io.mosaic.cli.command;

import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Console;
import io.mosaic.cli.term.Console.Colour;
import io.mosaic.cli.term.Table;
import io.mosaic.model.AppMember;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sets and events as people read them. */
final class SetViews {
    private static final int STATE_COLUMN = 1;

    private SetViews() {}

    static String table(Console console, List<SetResource> sets, boolean wide) {
        Instant now = console.clock().instant();
        Table table = wide
                ? new Table(
                        "NAME", "STATE", "READY", "HOST", "IP", "CPU", "MEMORY", "AGE", "REVISION", "LABELS", "REASON")
                : new Table("NAME", "STATE", "READY", "HOST", "IP", "CPU", "MEMORY", "AGE", "REASON");
        for (SetResource set : sets) {
            SetStatus status = set.status();
            SetSpec.Resources resources = set.spec().resourcesOrNone();
            String age = Ages.since(set.created(), now);
            if (wide) {
                table.row(
                        set.name(),
                        status.state(),
                        ready(set),
                        text(status.host()),
                        text(status.ip()),
                        resources.cpuOrZero(),
                        resources.memoryOrZero(),
                        age,
                        set.revision(),
                        labels(set.labels()),
                        text(status.reason()));
            } else {
                table.row(
                        set.name(),
                        status.state(),
                        ready(set),
                        text(status.host()),
                        text(status.ip()),
                        resources.cpuOrZero(),
                        resources.memoryOrZero(),
                        age,
                        text(status.reason()));
            }
        }
        return table.paint(STATE_COLUMN, state -> painted(console, state)).text();
    }

    private static String ready(SetResource set) {
        long up = set.status().containers().stream()
                .filter(container -> container.index() > 0 && container.state() == ContainerStatus.State.UP)
                .count();
        return up + "/" + set.spec().containers().size();
    }

    /** Everything of one set that a person looks for. */
    static String details(Console console, SetResource set, String use, List<Event> events) {
        Instant now = console.clock().instant();
        SetStatus status = set.status();
        SetSpec spec = set.spec();
        StringBuilder text = new StringBuilder();
        field(text, "Name", set.name() + " (tenant " + set.tenant() + ")");
        field(
                text,
                "State",
                painted(console, status.state().name()) + " for " + Ages.since(status.since(), now)
                        + (status.reason() == null ? "" : ": " + status.reason()));
        field(text, "Wanted", set.intent().run().name().toLowerCase(java.util.Locale.ROOT));
        field(text, "Host", text(status.host()));
        field(text, "Uses", use);
        field(text, "Address", text(status.ip()));
        SetSpec.Resources resources = spec.resourcesOrNone();
        field(text, "Resources", resources.cpuOrZero() + " cpu, " + resources.memoryOrZero() + " memory");
        if (status.cpuset() != null) {
            field(
                    text,
                    "Cores",
                    status.cpuset().cpus() + " of NUMA node " + status.cpuset().node());
        }
        if (spec.volume() != null) {
            field(text, "Volume", spec.volume().size() + " at " + spec.volume().mount());
        }
        AppMember member = set.app();
        if (member != null) {
            field(
                    text,
                    "App",
                    member.name() + ", instance " + member.instance() + ", release " + member.release()
                            + (member.leaves() ? ", leaving" : member.muted() ? ", weight 0" : ""));
        }
        if (set.intent().role() != null) {
            field(text, "Role", role(set.intent().role(), status.role()));
        }
        field(text, "Labels", labels(set.labels()));
        field(text, "Made", Ages.since(set.created(), now) + " ago, revision " + set.revision());
        field(text, "Id", set.uid().toString());
        if (!status.containers().isEmpty()) {
            Table table = new Table("CONTAINER", "STATE", "INDEX", "RESTARTS", "EXIT", "IMAGE", "REASON");
            status.containers()
                    .forEach(container -> table.row(
                            container.name(),
                            container.state().word(),
                            container.index(),
                            container.restarts(),
                            container.exitCode() == null ? "" : container.exitCode(),
                            text(container.image()),
                            text(container.reason())));
            text.append('\n')
                    .append(table.paint(STATE_COLUMN, state -> painted(console, state))
                            .text());
        }
        if (!events.isEmpty()) {
            text.append('\n').append(events(console, events, false));
        }
        return text.toString();
    }

    static String events(Console console, List<Event> events, boolean named) {
        Instant now = console.clock().instant();
        Table table = named
                ? new Table("AGE", "TYPE", "OF", "CONTAINER", "MESSAGE")
                : new Table("AGE", "TYPE", "CONTAINER", "MESSAGE");
        for (Event event : events) {
            String age = Ages.since(event.at(), now);
            String container = text(event.container());
            if (named) {
                table.row(age, event.type(), event.kind().word() + "/" + event.name(), container, event.message());
            } else {
                table.row(age, event.type(), container, event.message());
            }
        }
        return table.paint(STATE_COLUMN, type -> isWarning(events, type) ? console.paint(Colour.YELLOW, type) : type)
                .text();
    }

    private static boolean isWarning(List<Event> events, String type) {
        return events.stream().anyMatch(event -> event.type().equals(type) && event.warning());
    }

    /** In one line: {@code primary in term 3}, and what is in force when that differs. */
    private static String role(SetRole wanted, @Nullable RoleStatus inForce) {
        String text = wanted.is().word() + " in term " + wanted.term();
        if (inForce == null) {
            return text + ", not in force yet";
        }
        boolean same = inForce.is() == wanted.is() && inForce.term() == wanted.term();
        return text
                + (same ? "" : "; in force: " + inForce.is().word() + " in term " + inForce.term())
                + (inForce.fault() == null ? "" : " (" + inForce.fault() + ")");
    }

    static String labels(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .collect(Collectors.joining(","));
    }

    static String painted(Console console, String state) {
        if (state.equals(SetState.RUNNING.name()) || state.equals("up") || state.equals("READY")) {
            return console.paint(Colour.GREEN, state);
        }
        return switch (state) {
            case "FAILED", "LOST", "exited", "unhealthy", "UNREACHABLE", "DOWN" -> console.paint(Colour.RED, state);
            case "STOPPED", "DELETED", "REMOVED" -> console.paint(Colour.DIM, state);
            default -> console.paint(Colour.YELLOW, state);
        };
    }

    private static void field(StringBuilder text, String name, String value) {
        text.append(name)
                .repeat(' ', 11 - name.length())
                .append(value.isEmpty() ? "-" : value)
                .append('\n');
    }

    static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
