package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.mosaic.model.Event;
import io.mosaic.model.HostInventory;
import io.mosaic.model.SetUsage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an agent says on its session stream. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = AgentMessage.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = AgentMessage.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = AgentMessage.Reports.class, name = "reports"),
    @JsonSubTypes.Type(value = AgentMessage.Usage.class, name = "usage"),
    @JsonSubTypes.Type(value = AgentMessage.Images.class, name = "images"),
})
public sealed interface AgentMessage {

    /**
     * First on every session.
     *
     * @param session grows with every session of this agent, so that a hello of an older one that comes late can be told
     * @param sets every set that the agent knows of, running or half-made
     * @param agent names one life of the agent's process, at random: so two agents with one identity can be told apart;
     *     absent: it cannot
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Hello(
            long session,
            HostInventory inventory,
            String zone,
            String pool,
            Map<String, String> labels,
            List<SetReport> sets,
            @Nullable String agent)
            implements AgentMessage {

        public static final int AGENT_CHARS_MAX = 64;

        /** Without naming the agent's process. */
        public Hello(
                long session,
                HostInventory inventory,
                String zone,
                String pool,
                Map<String, String> labels,
                List<SetReport> sets) {
            this(session, inventory, zone, pool, labels, sets, null);
        }
    }

    /**
     * Says that the host lives; sent at the interval that {@link ControllerMessage.Welcome} gave.
     *
     * @param degraded why the host should take no new sets (daemon hung, disk full), absent when all is well
     * @param number to be answered by a {@link ControllerMessage.Alive} of that number when it is written down that the
     *     host lives; grows within a session; absent: no answer is wanted
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Heartbeat(@Nullable String degraded, @Nullable Long number) implements AgentMessage {

        /** That wants no answer. */
        public Heartbeat(@Nullable String degraded) {
            this(degraded, null);
        }
    }

    /** How sets are now, and what happened meanwhile. Whole facts: a report replaces the one before it. */
    record Reports(List<SetReport> sets, List<Event> events) implements AgentMessage {}

    /** What the host's running sets use, each few seconds; it may be lost. Never in the log. */
    record Usage(List<SetUsage> sets) implements AgentMessage {}

    /**
     * Which images the host has, when they are others than the hello or the last such message said. The whole fact: it replaces
     * {@link HostInventory#images}.
     *
     * @param images at most {@value HostInventory#IMAGES_MAX} names
     */
    record Images(List<String> images) implements AgentMessage {

        /** @throws IllegalArgumentException when it tells of more */
        public Images {
            images = images == null ? List.of() : List.copyOf(images);
            if (images.size() > HostInventory.IMAGES_MAX) {
                throw new IllegalArgumentException("a host tells of at most " + HostInventory.IMAGES_MAX + " images");
            }
        }
    }

    /** Of a kind that only a newer version knows; passed over. */
    record Unknown() implements AgentMessage {}
}
