package io.mosaic.controller.cluster;

import io.mosaic.model.Event;
import io.mosaic.model.ProblemException;
import java.util.List;

/**
 * Decides on changes from the image at the head of the log, and changes nothing itself. Since it runs under the log's
 * head lock, whatever it checks (a name is free, a revision is the expected one, a quota holds, a host has room) still
 * holds when its changes are committed.
 *
 * <p>Must be quick (microseconds), pure, and ready to be run more than once.
 */
@FunctionalInterface
public interface Decision {

    /**
     * The changes to commit together, none if there is nothing to do.
     *
     * @throws ProblemException when it must not be; nothing is committed for this decision, others in the same group are
     */
    Decided decide(ClusterImage head);

    /**
     * What was decided.
     *
     * @param changes applied in this order, each at a revision of its own
     * @param events stored in the same transaction
     */
    record Decided(List<Change> changes, List<Event> events) {
        public static final Decided NOTHING = new Decided(List.of(), List.of());

        public Decided {
            changes = List.copyOf(changes);
            events = List.copyOf(events);
        }

        public static Decided of(Change change, Event... events) {
            return new Decided(List.of(change), List.of(events));
        }
    }
}
