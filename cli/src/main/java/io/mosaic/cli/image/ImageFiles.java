package io.mosaic.cli.image;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/** Named files of an image's archive or layout. Thread-safe. */
public sealed interface ImageFiles extends Closeable {

    /** Bytes; -1 when there is no such file. */
    long size(String name) throws IOException;

    /** @throws ImageFault when there is no such file */
    InputStream open(String name, long offset) throws IOException;

    default boolean has(String name) throws IOException {
        return size(name) >= 0;
    }

    /** A document, which is never large. */
    default byte[] document(String name) throws IOException {
        long size = size(name);
        if (size < 0) {
            throw new ImageFault("the archive has no " + name);
        }
        if (size > io.mosaic.model.client.RegistryCalls.MANIFEST_BYTES_MAX) {
            throw new ImageFault(name + " is larger than any such document, " + size + " bytes");
        }
        try (InputStream in = open(name, 0)) {
            return in.readAllBytes();
        }
    }

    /** Those of a directory. */
    record Directory(Path root) implements ImageFiles {
        private Path path(String name) throws ImageFault {
            Path path = root.resolve(name).normalize();
            if (!path.startsWith(root.normalize())) {
                throw new ImageFault("a name leads out of the layout: " + name);
            }
            return path;
        }

        @Override
        public long size(String name) throws IOException {
            Path path = path(name);
            return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) : -1;
        }

        @Override
        public InputStream open(String name, long offset) throws IOException {
            if (size(name) < 0) {
                throw new ImageFault("the layout has no " + name);
            }
            return LayerFile.open(path(name), offset);
        }

        @Override
        public void close() {}
    }

    /** Those of a tar that is not packed. */
    final class Tar implements ImageFiles {
        private static final int ENTRIES_MAX = 100_000;
        private static final int LINKS_MAX = 8;

        private final Path file;
        private final Map<String, TarArchiveEntry> entries = new HashMap<>();

        /** @throws ImageFault when it is no tar, or not a whole one */
        public Tar(Path file) throws IOException {
            this.file = file;
            long length = Files.size(file);
            try (TarFile tar = new TarFile(file.toFile())) {
                if (tar.getEntries().size() > ENTRIES_MAX) {
                    throw new ImageFault("more than " + ENTRIES_MAX + " files: this is no image's archive");
                }
                for (TarArchiveEntry entry : tar.getEntries()) {
                    if (entry.getSize() < 0 || entry.getDataOffset() + entry.getSize() > length) {
                        throw new ImageFault("the archive ends within " + entry.getName() + ": it was cut off");
                    }
                    entries.put(plain(entry.getName()), entry);
                }
            } catch (ImageFault e) {
                throw e;
            } catch (IOException | IllegalArgumentException e) {
                throw new ImageFault(file.getFileName() + " is not a tar, or was cut off: " + e.getMessage(), e);
            }
        }

        private static String plain(String name) {
            return name.startsWith("./") ? name.substring(2) : name;
        }

        /** Docker writes a layer once and links to it from where it is a layer again. */
        private @Nullable TarArchiveEntry find(String name) {
            String at = plain(name);
            for (int i = 0; i < LINKS_MAX; i++) {
                TarArchiveEntry entry = entries.get(at);
                if (entry == null || (entry.isFile() && !entry.isLink() && !entry.isSymbolicLink())) {
                    return entry;
                }
                if (entry.isLink()) {
                    at = plain(entry.getLinkName());
                } else if (entry.isSymbolicLink()) {
                    at = Path.of(at)
                            .resolveSibling(entry.getLinkName())
                            .normalize()
                            .toString();
                } else {
                    return null;
                }
            }
            return null;
        }

        @Override
        public long size(String name) {
            TarArchiveEntry entry = find(name);
            return entry == null ? -1 : entry.getSize();
        }

        @Override
        public InputStream open(String name, long offset) throws IOException {
            TarArchiveEntry entry = find(name);
            if (entry == null || entry.isSparse()) {
                throw new ImageFault("the archive has no " + name);
            }
            RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r");
            opened.seek(entry.getDataOffset() + offset);
            return new BoundedInput(
                    Channels.newInputStream(opened.getChannel()), Math.max(0, entry.getSize() - offset));
        }

        @Override
        public void close() {}
    }
}
