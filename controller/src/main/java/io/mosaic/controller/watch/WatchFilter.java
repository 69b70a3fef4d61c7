package io.mosaic.controller.watch;

import io.mosaic.model.Kind;
import io.mosaic.model.Resource;
import java.util.function.Predicate;

/**
 * What a watcher wants to hear of.
 *
 * @param tenant owner of the resources, or {@link io.mosaic.model.ResourceKey#CLUSTER}
 * @param matches further conditions; a resource that stops to match is told as deleted
 */
public record WatchFilter(Kind kind, String tenant, Predicate<Resource> matches) {
    boolean concerns(Resource resource) {
        return resource.key().kind() == kind && resource.key().tenant().equals(tenant);
    }
}
