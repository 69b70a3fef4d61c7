package io.mosaic.controller.agents;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one agent was told that its sets should be, and so what is left to tell it. Compares levels: which changes there
 * were in between does not matter, and status changes never lead to a message. Used by one thread.
 */
final class DesiredState {

    private final String host;
    /** Generation by uid, as sent last. */
    private final Map<UUID, Long> sent = new HashMap<>();

    DesiredState(String host) {
        this.host = host;
    }

    /** All of it, as of that image; from then on that is what was sent. */
    ControllerMessage.Desired whole(ClusterImage image) {
        sent.clear();
        List<DesiredSet> sets = new ArrayList<>();
        for (SetResource set : image.setsOn(host)) {
            sets.add(desired(set));
            sent.put(set.uid(), set.generation());
        }
        return new ControllerMessage.Desired(image.revision(), sets);
    }

    /** What differs, among these sets, from what was sent; null when nothing does. */
    ControllerMessage.@Nullable Delta delta(ClusterImage image, Collection<UUID> touched) {
        List<DesiredSet> put = new ArrayList<>();
        List<UUID> removed = new ArrayList<>();
        for (UUID uid : touched) {
            SetResource set = image.set(uid);
            if (set == null || !host.equals(set.status().host())) {
                if (sent.remove(uid) != null) {
                    removed.add(uid);
                }
            } else if (!Long.valueOf(set.generation()).equals(sent.put(uid, set.generation()))) {
                put.add(desired(set));
            }
        }
        return put.isEmpty() && removed.isEmpty() ? null : new ControllerMessage.Delta(image.revision(), put, removed);
    }

    private static DesiredSet desired(SetResource set) {
        // One that moves rests here first: it must not run on two hosts.
        SetIntent intent = set.status().moves() && set.intent().run() == SetIntent.Run.RUNNING
                ? set.intent().with(SetIntent.Run.STOPPED)
                : set.intent();
        return new DesiredSet(
                set.uid(),
                set.tenant(),
                set.name(),
                set.generation(),
                set.spec(),
                intent,
                set.status().cpuset());
    }
}
