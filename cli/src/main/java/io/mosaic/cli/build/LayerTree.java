package io.mosaic.cli.build;

import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.LayerOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * The files of a layer to be, written in the order of their names with one time for all: the same files give the same layer. Not
 * thread-safe.
 */
final class LayerTree {
    /** A second after the epoch, as jib has it: at the epoch itself, some programs take a file for one without a time. */
    private static final long MODIFIED_MILLIS = 1000;

    static final int DIRECTORY_MODE = 0755;

    /** Opens what a file holds. */
    interface Content {
        InputStream open() throws IOException;
    }

    /** One name. Of links, {@code target} is where they lead; of files, {@code content} is there. */
    record Entry(
            Kind kind,
            int mode,
            long user,
            long group,
            long size,
            @Nullable String target,
            @Nullable Content content) {
        enum Kind {
            FILE,
            DIRECTORY,
            LINK
        }

        static Entry directory(int mode, long user, long group) {
            return new Entry(Kind.DIRECTORY, mode, user, group, 0, null, null);
        }

        static Entry link(String target, long user, long group) {
            return new Entry(Kind.LINK, 0777, user, group, 0, target, null);
        }

        static Entry file(Path file, int mode, long user, long group) throws IOException {
            return new Entry(Kind.FILE, mode, user, group, Files.size(file), null, () -> Files.newInputStream(file));
        }

        static Entry bytes(byte[] content, int mode) {
            return new Entry(Kind.FILE, mode, 0, 0, content.length, null, () -> new ByteArrayInputStream(content));
        }
    }

    private final TreeMap<String, Entry> entries = new TreeMap<>();

    /** @param path below the root, without a slash in front; what had that name is replaced */
    void put(String path, Entry entry) {
        entries.put(path, entry);
    }

    @Nullable
    Entry get(String path) {
        return entries.get(path);
    }

    void text(String path, String text) {
        put(path, Entry.bytes(text.getBytes(StandardCharsets.UTF_8), 0644));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Names every directory that is on the way to an entry, plain ones of root's. */
    void fillDirectories() {
        for (String path : Map.copyOf(entries).keySet()) {
            for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
                entries.putIfAbsent(path.substring(0, slash), Entry.directory(DIRECTORY_MODE, 0, 0));
            }
        }
    }

    /** Writes the layer. */
    LayerFile write(Path file) throws IOException {
        LayerOutput out = new LayerOutput(file);
        try (out) {
            TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            for (Map.Entry<String, Entry> each : entries.entrySet()) {
                write(tar, each.getKey(), each.getValue());
            }
            tar.finish();
            tar.flush();
        }
        return out.finish();
    }

    private static void write(TarArchiveOutputStream tar, String path, Entry entry) throws IOException {
        TarArchiveEntry header = switch (entry.kind()) {
            case DIRECTORY -> new TarArchiveEntry(path + "/", TarConstants.LF_DIR);
            case LINK -> new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
            case FILE -> new TarArchiveEntry(path, TarConstants.LF_NORMAL);
        };
        header.setMode(entry.mode());
        header.setUserId(entry.user());
        header.setGroupId(entry.group());
        header.setModTime(MODIFIED_MILLIS);
        if (entry.target() != null) {
            header.setLinkName(entry.target());
        }
        header.setSize(entry.size());
        tar.putArchiveEntry(header);
        if (entry.content() != null) {
            try (InputStream in = entry.content().open()) {
                long written = in.transferTo(tar);
                if (written != entry.size()) {
                    throw new ImageFault(path + " changed while it was read");
                }
            }
        }
        tar.closeArchiveEntry();
    }
}
