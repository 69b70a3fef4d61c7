package io.mosaic.controller.api;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;

/** Decides and commits nothing. */
final class DryRun {

    private DryRun() {}

    /**
     * The resource as the decision would leave it.
     *
     * @throws ProblemException what the decision would refuse with
     */
    static Resource of(ClusterImage image, Decision decision, ResourceKey key) {
        Resource result = image.get(key);
        for (Change change : decision.decide(image).changes()) {
            if (change instanceof Change.Put put && put.key().equals(key)) {
                result = put.resource();
            }
        }
        if (result == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no such resource");
        }
        return result;
    }
}
