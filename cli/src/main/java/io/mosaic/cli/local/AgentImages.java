package io.mosaic.cli.local;

import io.mosaic.model.ImageName;
import io.mosaic.model.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The images that this installation's agent brought to the machine's daemon, as its own ledger says: other agents may use the same daemon.
 * Only names that agents give are taken away, so that an image that somebody else has by another name stays.
 */
final class AgentImages {

    private static final String NAMES = ImageName.KEPT + "/";

    private final DockerDaemon docker;
    private final Path ledger;

    /** @param ledger of the agent, {@code images/ledger.json}; need not exist */
    AgentImages(DockerDaemon docker, Path ledger) {
        this.docker = docker;
        this.ledger = ledger;
    }

    /** Removes those that nothing uses; says what there is to say. */
    String remove() throws StepFailedException, InterruptedException {
        int removed = 0;
        int left = 0;
        Set<String> ids = ids();
        if (ids == null) {
            return "left: " + ledger + " cannot be read";
        }
        for (String id : ids) {
            List<String> names = docker.imageNames(id);
            if (names == null) {
                continue;
            }
            List<String> ours = new ArrayList<>(
                    names.stream().filter(name -> name.startsWith(NAMES)).toList());
            if (names.isEmpty()) {
                // Its name means another image by now.
                ours.add(id);
            }
            for (String name : ours) {
                if (docker.removeImage(name)) {
                    removed++;
                } else {
                    left++;
                }
            }
        }
        if (removed + left == 0) {
            return "none";
        }
        return removed + " removed" + (left == 0 ? "" : ", " + left + " used by others and left");
    }

    /** Null when the ledger cannot be read. */
    private @Nullable Set<String> ids() throws StepFailedException {
        Set<String> ids = new TreeSet<>();
        if (!Files.exists(ledger)) {
            return ids;
        }
        try {
            for (JsonNode image :
                    Json.mapper().readTree(Files.readAllBytes(ledger)).path("brought")) {
                String id = image.path("id").asString("");
                if (id.matches("sha256:[0-9a-f]{64}")) {
                    ids.add(id);
                }
            }
        } catch (JacksonException e) {
            return null;
        } catch (IOException e) {
            throw new StepFailedException("cannot read " + ledger + ": " + e.getMessage(), e);
        }
        return ids;
    }
}
