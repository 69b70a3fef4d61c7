package io.mosaic.controller.store.embedded;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whom PostgreSQL runs as: it refuses root, so a controller that is root runs it as the system user {@value #USER}.
 *
 * @param switched whether that is another user than the controller's own
 */
record PostgresAccount(boolean switched) {
    static final String USER = "mosaic";
    private static final Duration QUICK = Duration.ofSeconds(20);

    /** The account for this process; makes the system user when it is needed and missing. */
    static PostgresAccount get() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return new PostgresAccount(false);
        }
        try {
            if (!Commands.tryRun(QUICK, "id", "-u", USER).ok()) {
                Commands.run(
                        QUICK,
                        "useradd",
                        "--system",
                        "--user-group",
                        "--no-create-home",
                        "--home-dir",
                        "/nonexistent",
                        "--shell",
                        "/usr/sbin/nologin",
                        USER);
            }
            return new PostgresAccount(true);
        } catch (CommandException e) {
            throw new IOException("cannot make the system user " + USER + " for PostgreSQL: " + e.getMessage(), e);
        }
    }

    /** The command, so that it runs as this account. */
    List<String> as(List<String> command) {
        if (!switched) {
            return command;
        }
        List<String> whole = new ArrayList<>(
                List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--no-new-privs", "--"));
        whole.addAll(command);
        return whole;
    }

    CommandResult run(Duration deadline, List<String> command) throws CommandException {
        return Commands.run(deadline, as(command).toArray(String[]::new));
    }

    /** Makes that directory the account's own, for nobody else to enter. */
    void own(Path path) throws IOException {
        if (switched) {
            UserPrincipalLookupService names = path.getFileSystem().getUserPrincipalLookupService();
            PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            view.setOwner(names.lookupPrincipalByName(USER));
            view.setGroup(names.lookupPrincipalByGroupName(USER));
        }
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwx------" : "rw-------"));
    }

    /** @throws IOException when the account cannot enter that directory */
    void checkReaches(Path directory) throws IOException {
        try {
            if (!Commands.tryRun(
                            QUICK,
                            as(List.of("test", "-x", directory.toString())).toArray(String[]::new))
                    .ok()) {
                throw new IOException("the system user " + USER + ", who runs PostgreSQL, cannot enter " + directory
                        + ": each directory above it must let others pass (chmod o+x)");
            }
        } catch (CommandException e) {
            throw new IOException("cannot run PostgreSQL as the system user " + USER + ": " + e.getMessage(), e);
        }
    }
}
