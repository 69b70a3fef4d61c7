package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What lies between two images when the changes between them are compacted: one Put for each resource that is new or
 * newer, one Delete for each that is gone. A Delete gets the lowest revision in the gap at which no resource that still
 * exists was written; the real ones took as many revisions at least, so there is room.
 */
final class ImageGap {

    private ImageGap() {}

    static List<Change> between(ClusterImage before, ClusterImage after) {
        List<Change> changes = new ArrayList<>();
        Set<Long> taken = new HashSet<>();
        for (Resource resource : after.all()) {
            if (resource.revision() > before.revision()) {
                changes.add(new Change.Put(resource));
                taken.add(resource.revision());
            }
        }
        long free = before.revision();
        for (Resource resource : before.all()) {
            ResourceKey key = resource.key();
            if (after.get(key) == null) {
                do {
                    free++;
                } while (taken.contains(free));
                changes.add(new Change.Delete(resource, free));
            }
        }
        changes.sort(Comparator.comparingLong(Change::revision));
        return List.copyOf(changes);
    }
}
