package io.mosaic.agent.images;

import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An image's configuration, as far as loading needs it.
 *
 * @param diffIds digest of each layer's content unpacked, from the lowest up
 */
record ImageConfig(List<String> diffIds) {

    ImageConfig {
        diffIds = List.copyOf(diffIds);
    }

    private record Body(@Nullable RootFs rootfs) {}

    private record RootFs(@Nullable List<String> diff_ids) {}

    /** @throws ImageException when it is none */
    static ImageConfig read(byte[] config) throws ImageException {
        try {
            Body body = PeerJson.read(config, Body.class);
            RootFs root = body == null ? null : body.rootfs();
            List<String> ids = root == null ? null : root.diff_ids();
            if (ids == null || !ids.stream().allMatch(Blob::isDigest)) {
                throw new ImageException("its configuration names no layers");
            }
            return new ImageConfig(ids);
        } catch (ProblemException e) {
            throw new ImageException("its configuration cannot be read: " + e.getMessage(), e);
        }
    }

    /** Name of each layer together with all below it, by which a daemon knows it. */
    static List<String> chains(List<String> diffIds) {
        List<String> chains = new ArrayList<>();
        for (String diff : diffIds) {
            chains.add(chains.isEmpty() ? diff : sha256(chains.getLast() + " " + diff));
        }
        return chains;
    }

    /** Indexes of the layers that a daemon lacks which has those chains. */
    List<Integer> missing(Set<String> present) {
        List<String> chains = chains(diffIds);
        return IntStream.range(0, chains.size())
                .filter(index -> !present.contains(chains.get(index)))
                .boxed()
                .toList();
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
