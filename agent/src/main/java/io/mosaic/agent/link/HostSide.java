package io.mosaic.agent.link;

import io.mosaic.model.HostInventory;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the link asks of the host, and tells it. Thread-safe. */
public interface HostSide {

    /** What the host has, as of now. */
    HostInventory inventory();

    String zone();

    String pool();

    Map<String, String> labels();

    /** Every set that the host knows of, running or half-made. */
    List<SetReport> sets();

    /** Why the host should take no new sets; null when all is well. */
    @Nullable
    String degraded();

    /** What the running sets use, as measured last; the same object until it is measured anew. Null: nothing was measured. */
    default AgentMessage.@Nullable Usage usage() {
        return null;
    }

    /** Names of the images that are there, as of the last look; null: nobody looks after the hello. */
    default @Nullable List<String> images() {
        return null;
    }

    /** Whether heartbeats are to be answered, as something on the host may be so only while they are. */
    default boolean wantsAnswers() {
        return false;
    }

    /** Now, by the clock that answers are reckoned by. */
    default long moment() {
        return 0;
    }

    /** The desired state that answered a hello is taken over; the hello was sent at that moment. */
    default void granted(long sent) {}

    /**
     * A heartbeat that was sent at that moment was answered.
     *
     * @return false when only a new hello helps
     */
    default boolean continued(long sent) {
        return true;
    }

    /** The whole desired state came. */
    void desired(ControllerMessage.Desired message);

    /** A change of it came. */
    void delta(ControllerMessage.Delta message);
}
