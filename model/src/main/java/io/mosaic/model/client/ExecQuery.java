package io.mosaic.model.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command to run in a container.
 *
 * @param container name in the set; absent: the only business container, or the one with the lowest index
 * @param command argument array, never a shell line
 * @param stdin whether input is sent; without it the command sees end of file at once
 * @param tty whether it gets a terminal, of {@code columns} by {@code rows}
 * @param user as the container's {@code user} option; absent: the container's own
 */
public record ExecQuery(
        @Nullable String container,
        List<String> command,
        boolean stdin,
        boolean tty,
        int columns,
        int rows,
        @Nullable String user) {

    public ExecQuery {
        command = List.copyOf(command);
    }

    /** Without input and terminal. */
    public static ExecQuery of(String... command) {
        return new ExecQuery(null, List.of(command), false, false, 0, 0, null);
    }

    public ExecQuery withStdin() {
        return new ExecQuery(container, command, true, tty, columns, rows, user);
    }

    public ExecQuery in(@Nullable String changed) {
        return new ExecQuery(changed, command, stdin, tty, columns, rows, user);
    }

    Query text() {
        Query query = new Query()
                .add("container", container)
                .addAll("command", command)
                .flag("stdin", stdin)
                .flag("tty", tty)
                .add("user", user);
        return tty ? query.add("columns", columns).add("rows", rows) : query;
    }
}
