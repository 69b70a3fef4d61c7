package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import java.util.ArrayList;
import java.util.List;

/** Keeps every change it hears of, and rebuilds the image from them. Thread-safe. */
final class RecordingListener implements ClusterLog.Listener {
    private final List<Change> heard = new ArrayList<>();
    private ClusterImage last = ClusterImage.EMPTY;

    @Override
    public synchronized void changed(List<Change> changes, ClusterImage image) {
        heard.addAll(changes);
        last = image;
    }

    synchronized List<Change> heard() {
        return List.copyOf(heard);
    }

    synchronized List<Long> revisions() {
        return heard.stream().map(Change::revision).toList();
    }

    synchronized ClusterImage last() {
        return last;
    }

    /** The image that the changes heard lead to from that one. */
    synchronized ClusterImage replay(ClusterImage start) {
        ClusterImage image = start;
        for (Change change : heard) {
            image = image.apply(change);
        }
        return image;
    }
}
