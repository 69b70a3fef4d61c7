package io.mosaic.cli.build;

import io.mosaic.cli.image.BoundedInput;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.RootTar;
import io.mosaic.cli.image.Scratch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A web application's archive as layers, unpacked: what it brings along (WEB-INF/lib), which changes seldom, below what it is. Names that
 * lead out and archives that unpack to more than the limits are refused. Not thread-safe.
 */
final class WebArchive {
    private static final int ENTRIES_MAX = 200_000;

    /** Deflate packs zeros 1 to 1000; looked at for entries that are larger than {@link #RATIO_FROM}. */
    private static final long RATIO_MAX = 200;

    private static final long RATIO_FROM = 64L << 20;
    private static final String LIBRARIES = "WEB-INF/lib/";

    private final Path file;
    private final String target;
    private final long bytesMax;

    /**
     * Names it.
     *
     * @param target directory of the image that it is unpacked into
     * @param bytesMax the most that may come out of it
     */
    WebArchive(Path file, String target, long bytesMax) {
        this.file = file;
        this.target = target;
        this.bytesMax = bytesMax;
    }

    /** The layers, the lower one first. */
    List<LayerFile> layers(Scratch scratch) throws IOException {
        LayerTree libraries = new LayerTree();
        LayerTree own = new LayerTree();
        Set<String> names = new HashSet<>();
        long bytes = 0;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            if (zip.size() > ENTRIES_MAX) {
                throw new ImageFault("more than " + ENTRIES_MAX + " files in " + file);
            }
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                String name = RootTar.within(entry.getName().replace('\\', '/'), file + ": an entry");
                if (name.isEmpty() || entry.isDirectory()) {
                    continue;
                }
                if (!names.add(name)) {
                    throw new ImageFault(file + " has " + name + " twice");
                }
                bytes += Math.max(0, entry.getSize());
                if (bytes > bytesMax) {
                    throw new ImageFault("more than " + bytesMax + " bytes come out of " + file);
                }
                if (entry.getSize() > RATIO_FROM && entry.getSize() / RATIO_MAX > entry.getCompressedSize()) {
                    throw new ImageFault(name + " unpacks to more than " + RATIO_MAX + " times its size: refused");
                }
                // What the directory says is a promise; no more is read than it promises.
                LayerTree.Content content = () -> new BoundedInput(zip.getInputStream(entry), entry.getSize() + 1);
                (name.startsWith(LIBRARIES) ? libraries : own)
                        .put(
                                target + "/" + name,
                                new LayerTree.Entry(
                                        LayerTree.Entry.Kind.FILE, 0644, 0, 0, entry.getSize(), null, content));
            }
            if (names.isEmpty()) {
                throw new ImageFault(file + " is empty");
            }
            List<LayerFile> layers = new ArrayList<>();
            for (LayerTree each : List.of(libraries, own)) {
                if (!each.isEmpty()) {
                    each.fillDirectories();
                    layers.add(each.write(scratch.file()));
                }
            }
            return layers;
        } catch (ZipException e) {
            throw new ImageFault(file + " is no war, or was cut off: " + e.getMessage(), e);
        }
    }
}
