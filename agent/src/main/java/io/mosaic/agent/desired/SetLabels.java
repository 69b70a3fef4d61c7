package io.mosaic.agent.desired;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The labels by which containers of ours are known. What lacks them, or names another host, is never touched. */
public final class SetLabels {
    public static final String SET = "io.mosaic.set";
    public static final String TENANT = "io.mosaic.tenant";
    public static final String NAME = "io.mosaic.name";
    public static final String CONTAINER = "io.mosaic.container";
    public static final String GENERATION = "io.mosaic.generation";
    public static final String HASH = "io.mosaic.hash";
    /** How it is ended, where that is not the default. */
    public static final String STOP = "io.mosaic.stop";

    /** What the set calls its image, where the container is made by the image's id. */
    public static final String IMAGE = "io.mosaic.image";

    public static final String HOST = "io.mosaic.host";

    /** All of them. */
    public static final List<String> ALL = List.of(SET, TENANT, NAME, CONTAINER, GENERATION, HASH, STOP, IMAGE, HOST);

    private SetLabels() {}

    /** The set that a container with these labels is of; empty when it is not this host's, or not ours at all. */
    public static Optional<UUID> set(Map<String, String> labels, String host) {
        String uid = labels.get(SET);
        if (uid == null || !host.equals(labels.get(HOST)) || labels.get(CONTAINER) == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(uid));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
