package io.mosaic.controller.store.embedded;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The data directory, made once. It is made under another name and gets its own by a rename when it is whole: that name
 * is the mark that it is good. So half a directory is made again, and a good one is never touched.
 */
final class DataDirectory {
    private static final Duration INITDB = Duration.ofMinutes(3);
    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final Pattern MAJOR = Pattern.compile("\\(PostgreSQL\\) (\\d+)");
    private static final int SECRET_BYTES = 32;

    private final Path root;
    private final Path secretFile;

    /** @param root what holds the data directory and the secret */
    DataDirectory(Path root) {
        this.root = root;
        this.secretFile = root.resolve("secret");
    }

    Path path() {
        return root.resolve("data");
    }

    /** The password of the one database user. */
    String secret() throws IOException {
        return Files.readString(secretFile).strip();
    }

    /** Makes the directory when there is none. */
    void ensure(Path home, PostgresAccount account, Consumer<String> progress) throws IOException {
        if (Files.exists(path())) {
            check(home);
            return;
        }
        progress.accept("making the database in " + path());
        Path half = root.resolve("data.new");
        PostgresBinaries.deleteTree(half);
        Files.createDirectory(half);
        account.own(half);
        makeSecret(account);
        try {
            account.run(
                    INITDB,
                    List.of(
                            home.resolve("bin/initdb").toString(),
                            "--pgdata=" + half,
                            "--username=" + PostgresAccount.USER,
                            "--pwfile=" + secretFile,
                            "--auth=scram-sha-256",
                            "--encoding=UTF8",
                            "--locale=C",
                            "--no-instructions"));
        } catch (CommandException e) {
            throw new IOException("cannot make the database: " + e.getMessage(), e);
        }
        Files.move(half, path(), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(root, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private void makeSecret(PostgresAccount account) throws IOException {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        Files.deleteIfExists(secretFile);
        Files.createFile(
                secretFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        // initdb reads it as the account; root, which the controller is then, may read it all the same.
        account.own(secretFile);
        Files.writeString(secretFile, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
        try (FileChannel file = FileChannel.open(secretFile, StandardOpenOption.WRITE)) {
            file.force(true);
        }
    }

    /** A directory that exists is not ours to repair: says what is wrong with it. */
    private void check(Path home) throws IOException {
        Path version = path().resolve("PG_VERSION");
        if (!Files.exists(version)) {
            throw new IOException(path() + " exists but is no PostgreSQL data directory; move it away");
        }
        if (!Files.exists(secretFile)) {
            throw new IOException(secretFile + " is missing: without it nobody can log in to " + path());
        }
        String has = Files.readString(version).strip();
        String need = major(home);
        if (!has.equals(need)) {
            throw new IOException(path() + " is of PostgreSQL " + has + ", and this controller brings " + need
                    + ": bring the data over with pg_dump and restore");
        }
    }

    private static String major(Path home) throws IOException {
        try {
            String says = Commands.run(QUICK, home.resolve("bin/postgres").toString(), "--version")
                    .out();
            Matcher matcher = MAJOR.matcher(says);
            if (!matcher.find()) {
                throw new IOException("postgres --version says " + says.strip());
            }
            return matcher.group(1);
        } catch (CommandException e) {
            throw new IOException("PostgreSQL does not run on this machine: " + e.getMessage(), e);
        }
    }
}
