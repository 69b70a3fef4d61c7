package io.mosaic.kit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LinkMethodDescriptorsTest {

    @Test
    void messagesComeBackAsTheyWent() {
        AgentMessage heartbeat = new AgentMessage.Heartbeat("docker does not answer");
        assertThat(LinkMethodDescriptors.SESSION.parseRequest(LinkMethodDescriptors.SESSION.streamRequest(heartbeat)))
                .isEqualTo(heartbeat);
        ControllerMessage delta = new ControllerMessage.Delta(7, List.of(), List.of(new UUID(1, 2)));
        assertThat(LinkMethodDescriptors.SESSION.parseResponse(LinkMethodDescriptors.SESSION.streamResponse(delta)))
                .isEqualTo(delta);
        Frame frame = LinkMethodDescriptors.STREAM.parseRequest(
                LinkMethodDescriptors.STREAM.streamRequest(new Frame(Frame.STDERR, new byte[Frame.PAYLOAD_BYTES_MAX])));
        assertThat(frame.channel()).isEqualTo(Frame.STDERR);
        assertThat(frame.payload()).hasSize(Frame.PAYLOAD_BYTES_MAX);
        assertThat(LinkMethodDescriptors.JOIN.getFullMethodName()).isEqualTo("mosaic.Link/Join");
    }

    @Test
    void garbageAndTheWrongTypeAreInvalid() {
        for (String bad : List.of(
                "",
                "null",
                "[]",
                "{}",
                "{\"type\":\"heartbeat\",\"degraded\":{}}",
                "{\"type\":\"heartbeat\"} trailing",
                "[".repeat(100_000))) {
            assertRefused(LinkMethodDescriptors.SESSION, bad.getBytes(StandardCharsets.UTF_8), Status.INVALID_ARGUMENT);
        }
        assertRefused(LinkMethodDescriptors.STREAM, new byte[0], Status.INVALID_ARGUMENT);
        assertRefused(LinkMethodDescriptors.STREAM, new byte[] {9, 1}, Status.INVALID_ARGUMENT);
    }

    @Test
    void whatOnlyANewerVersionKnowsIsPassedOver() {
        assertThat(request("{\"type\":\"heartbeat\",\"load\":{\"one\":[0.5]},\"degraded\":\"disk\"}"))
                .isEqualTo(new AgentMessage.Heartbeat("disk"));
        assertThat(request("{\"type\":\"metrics\",\"degraded\":7}")).isEqualTo(new AgentMessage.Unknown());
        // Nobody makes up so many kinds but to fill the reader's memory with them.
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            try {
                assertThat(request("{\"type\":\"made-up-" + i + "\"}")).isEqualTo(new AgentMessage.Unknown());
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                refused++;
            }
        }
        assertThat(refused).isBetween(136, 199);
        assertThat(request("{\"type\":\"metrics\"}")).isEqualTo(new AgentMessage.Unknown());
    }

    private static AgentMessage request(String json) {
        return LinkMethodDescriptors.SESSION.parseRequest(
                new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void whatIsTooLongIsNeitherReadNorSent() {
        assertRefused(
                LinkMethodDescriptors.JOIN,
                new byte[LinkMethodDescriptors.JOIN_BYTES_MAX + 1],
                Status.RESOURCE_EXHAUSTED);
        assertRefused(LinkMethodDescriptors.STREAM, new byte[Frame.PAYLOAD_BYTES_MAX + 2], Status.RESOURCE_EXHAUSTED);
        LinkMethods.JoinRequest huge = new LinkMethods.JoinRequest("h", "t", "x".repeat(40_000));
        assertThatThrownBy(() -> LinkMethodDescriptors.JOIN.streamRequest(huge))
                .isInstanceOf(StatusRuntimeException.class);
    }

    private static void assertRefused(MethodDescriptor<?, ?> method, byte[] bytes, Status expected) {
        assertThatThrownBy(() -> method.parseRequest(new ByteArrayInputStream(bytes)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(expected.getCode()));
    }
}
