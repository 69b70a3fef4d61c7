package io.mosaic.agent.images;

import io.mosaic.model.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;

/**
 * The tar that a daemon loads an image from: {@code manifest.json}, the configuration and the layers. A layer that the daemon has is
 * named and left out.
 */
final class LoadTar {

    private static final int RECORD = 512;

    private LoadTar() {}

    /**
     * The tar, read as it is asked for.
     *
     * @param tag that the image gets in the daemon
     * @param layers how many there are
     * @param present files of the layers that go with it, by their index
     */
    static InputStream of(byte[] config, String tag, int layers, Map<Integer, Path> present) throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            names.add(i + "/layer.tar");
        }
        byte[] manifest =
                Json.bytes(List.of(Map.of("Config", "config.json", "RepoTags", List.of(tag), "Layers", names)));
        List<InputStream> parts = new ArrayList<>();
        entry(parts, "manifest.json", manifest.length, new ByteArrayInputStream(manifest));
        entry(parts, "config.json", config.length, new ByteArrayInputStream(config));
        for (Map.Entry<Integer, Path> layer : present.entrySet()) {
            Path file = layer.getValue();
            entry(parts, names.get(layer.getKey()), Files.size(file), new FileOnDemand(file));
        }
        parts.add(new ByteArrayInputStream(new byte[2 * RECORD]));
        return new SequenceInputStream(Collections.enumeration(parts));
    }

    private static void entry(List<InputStream> parts, String name, long size, InputStream content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(size);
        entry.setModTime(0);
        byte[] header = new byte[RECORD];
        // With sizes past 8 GiB in binary, as GNU tar and Go write and read them.
        entry.writeEntryHeader(header, ZipEncodingHelper.getZipEncoding(StandardCharsets.UTF_8.name()), true);
        parts.add(new ByteArrayInputStream(header));
        parts.add(content);
        parts.add(new ByteArrayInputStream(new byte[(int) ((RECORD - size % RECORD) % RECORD)]));
    }

    /** Opens its file when it is read, so that an image of many layers has one of them open. */
    private static final class FileOnDemand extends InputStream {
        private final Path file;
        private InputStream opened = InputStream.nullInputStream();
        private boolean begun;

        FileOnDemand(Path file) {
            this.file = file;
        }

        private InputStream content() throws IOException {
            if (!begun) {
                begun = true;
                opened = Files.newInputStream(file);
            }
            return opened;
        }

        @Override
        public int read() throws IOException {
            return content().read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            return content().read(bytes, from, length);
        }

        @Override
        public void close() throws IOException {
            opened.close();
        }
    }
}
