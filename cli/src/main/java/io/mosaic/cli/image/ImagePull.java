package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Fetches images from a repository into an OCI layout: what is there already travels no more, what came in part goes on. */
public final class ImagePull {
    private static final int BUFFER = 1 << 16;

    private final RegistryCalls registry;
    private final Transfers transfers;

    public ImagePull(RegistryCalls registry, Transfers transfers) {
        this.registry = registry;
        this.transfers = transfers;
    }

    /**
     * Fetches all blobs of an image.
     *
     * @param layout directory, made when it is not there
     * @return how many of its blobs travelled
     */
    public int pull(Image image, Path layout) throws IOException, InterruptedException {
        Map<String, Blob> blobs = new LinkedHashMap<>();
        image.allBlobs().forEach(blob -> blobs.putIfAbsent(blob.digest(), blob));
        AtomicInteger fetched = new AtomicInteger();
        List<Transfers.Task> tasks = new ArrayList<>();
        for (Blob blob : blobs.values()) {
            tasks.add(() -> {
                if (fetch(blob, ImageLayout.blob(layout, blob.digest()))) {
                    fetched.incrementAndGet();
                }
            });
        }
        transfers.run(tasks, blobs.values().stream().mapToLong(Blob::size).sum());
        return fetched.get();
    }

    /**
     * Fetches one, unless it is there.
     *
     * @return whether anything travelled
     */
    public boolean fetch(Blob blob, Path target) throws IOException {
        Files.createDirectories(target.getParent());
        if (Files.exists(target)
                && Files.size(target) == blob.size()
                && sum(target, blob.digest()).equals(blob.digest())) {
            return false;
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        MessageDigest digest = Digests.of(blob.digest());
        long there = Files.exists(part) ? Files.size(part) : 0;
        if (there > blob.size()) {
            Files.delete(part);
            there = 0;
        } else if (there > 0) {
            read(part, digest);
        }
        transfers.moved(there);
        String from = blob.from();
        if (from == null) {
            throw new ImageFault("nobody has " + blob.digest());
        }
        try (OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            registry.download(from, blob.digest(), there, blob.size(), piece -> {
                out.write(piece);
                digest.update(piece);
                transfers.moved(piece.length);
            });
        }
        if (!Digests.text(digest.digest()).equals(blob.digest())) {
            Files.delete(part);
            throw new ImageFault("what came is not what its digest says, " + blob.digest() + ": pull again");
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    private static String sum(Path file, String like) throws IOException {
        MessageDigest digest = Digests.of(like);
        read(file, digest);
        return Digests.text(digest.digest());
    }

    private static void read(Path file, MessageDigest digest) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
    }
}
