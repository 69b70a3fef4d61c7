package io.mosaic.controller.agents;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.HostInventory;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.SetReport;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a message must have before anything is made of it. An agent is another program on another machine: what it leaves
 * out must not reach the cluster image, where the scheduler and every reader rely on its being there, nor may what it says
 * at length.
 */
final class MessageRules {

    /** Longer than any version, path or image name that an honest agent has to tell of. */
    private static final int TEXT_CHARS_MAX = 1024;

    /** What an agent says of its machine cannot be proven, only kept within what a machine can be: 64 TiB of memory. */
    private static final long MEMORY_BYTES_MAX = 1L << 46;

    /** It is kept as it is; a database does not take every character. */
    private static final Pattern AGENT = Pattern.compile("[0-9A-Za-z-]*");

    private MessageRules() {}

    /** What is wrong with the message, in words for its agent's log; null when nothing is. */
    static @Nullable String fault(AgentMessage message) {
        return switch (message) {
            case AgentMessage.Heartbeat _, AgentMessage.Unknown _ -> null;
            case AgentMessage.Images images ->
                images.images().stream().allMatch(MessageRules::fits)
                        ? null
                        : "an image's name has at most " + TEXT_CHARS_MAX + " characters";
            case AgentMessage.Usage usage -> usage.sets() == null ? "usage needs sets" : null;
            case AgentMessage.Hello hello -> {
                if (hello.inventory() == null || hello.sets() == null) {
                    yield "hello needs an inventory and sets";
                }
                String agent = hello.agent();
                if (agent != null
                        && (agent.length() > AgentMessage.Hello.AGENT_CHARS_MAX
                                || !AGENT.matcher(agent).matches())) {
                    yield "agent has at most " + AgentMessage.Hello.AGENT_CHARS_MAX + " letters, digits and -";
                }
                Bytes memory = hello.inventory().memory();
                if (memory != null && memory.value() > MEMORY_BYTES_MAX) {
                    yield "no machine has so much memory";
                }
                yield whole(hello.inventory())
                        ? fault(hello.sets())
                        : "an inventory needs cpu, memory and disk, and texts of at most " + TEXT_CHARS_MAX
                                + " characters";
            }
            case AgentMessage.Reports reports ->
                reports.sets() == null || reports.events() == null
                        ? "reports need sets and events"
                        : fault(reports.sets());
        };
    }

    private static boolean whole(HostInventory inventory) {
        return inventory.cpu() != null
                && inventory.memory() != null
                && inventory.disk() != null
                && Stream.of(
                                inventory.architecture(),
                                inventory.kernel(),
                                inventory.dockerVersion(),
                                inventory.dockerApi(),
                                inventory.storageDriver(),
                                inventory.agentVersion(),
                                inventory.address())
                        .allMatch(MessageRules::fits)
                && inventory.images().stream().allMatch(MessageRules::fits);
    }

    private static @Nullable String fault(List<SetReport> reports) {
        for (SetReport report : reports) {
            if (report == null || report.uid() == null || report.state() == null) {
                return "a report needs uid and state";
            }
            if (report.role() != null && report.role().is() == null) {
                return "a role is primary or standby";
            }
            if (!report.containers().stream().allMatch(MessageRules::whole)) {
                return "a container needs name, image and state, of at most " + TEXT_CHARS_MAX + " characters";
            }
        }
        return null;
    }

    private static boolean whole(ContainerStatus container) {
        return container.name() != null
                && container.image() != null
                && container.state() != null
                && fits(container.name())
                && fits(container.image())
                && fits(container.id());
    }

    /** Whether an event says all that its readers rely on; one that does not is left out, and the rest still counts. */
    static boolean whole(Event event) {
        return event != null
                && event.at() != null
                && event.tenant() != null
                && event.kind() != null
                && event.name() != null
                && event.type() != null
                && event.message() != null
                && fits(event.container());
    }

    private static boolean fits(@Nullable String text) {
        return text == null || text.length() <= TEXT_CHARS_MAX;
    }
}
