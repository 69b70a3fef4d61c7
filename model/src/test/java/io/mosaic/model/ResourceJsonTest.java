package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every record that crosses a process boundary comes back as it went. */
class ResourceJsonTest {
    private static final Instant NOW = Instant.parse("2026-11-01T10:00:00Z");
    private static final UUID UID = new UUID(1, 2);

    static List<Resource> resources() {
        SetSpec spec = Json.read(
                "{\"name\":\"a\",\"resources\":{\"cpu\":1,\"memory\":\"64Mi\"},\"containers\":[{\"index\":1,\"image\":\"a\"}],\"labels\":{\"k\":\"v\"}}",
                SetSpec.class);
        return List.of(
                new SetResource(
                        "default",
                        "a",
                        UID,
                        7,
                        2,
                        NOW,
                        spec,
                        SetIntent.RUNNING.restarted(),
                        SetStatus.pending(NOW).on("h1")),
                new SetResource(
                        "default",
                        "food-0001",
                        UID,
                        7,
                        2,
                        NOW,
                        spec,
                        SetIntent.RUNNING,
                        SetStatus.pending(NOW),
                        new AppMember("food", 1, 2, 3, NOW).leaving(true).repaired(NOW, "h1")),
                new AppResource(
                        "default",
                        "food",
                        UID,
                        11,
                        3,
                        NOW,
                        2,
                        new AppSpec(
                                "food",
                                3,
                                spec.withName(null),
                                UpdatePolicy.DEFAULT,
                                List.of(new AppSpec.Requirement("db", Portion.percent(50))),
                                Portion.number(1),
                                Map.of("a", "b")),
                        AppResource.Intent.PRESENT,
                        AppStatus.fresh(NOW)
                                .withRollout(new Rollout(Rollout.State.FAILED, 1, 2, 4, 3, NOW, 2, "not healthy"))),
                new AppReleaseResource("default", "food", 2, UID, 12, NOW, spec.withName(null)),
                new HostResource(
                        "h1",
                        UID,
                        8,
                        NOW,
                        new HostSpec("z", "p", true, Map.of("a", "b")),
                        new HostStatus(
                                HostState.READY,
                                null,
                                new HostInventory(
                                        Cpu.ofCores(2),
                                        Bytes.mebi(10),
                                        Bytes.mebi(20),
                                        "amd64",
                                        "6.1",
                                        "20.10",
                                        "1.41",
                                        1,
                                        "overlay2",
                                        "0.1",
                                        "127.0.0.1"),
                                NOW)),
                new TenantResource(
                        "t", UID, 9, NOW, new TenantSpec("t", new TenantSpec.Quota(1, Cpu.ofCores(1), null, null))),
                new TokenResource(
                        "tok",
                        UID,
                        10,
                        NOW,
                        new TokenSpec(TokenSpec.Purpose.API, Role.ADMIN, List.of("t"), NOW, "abc")));
    }

    @ParameterizedTest
    @MethodSource("resources")
    void aResourceComesBackAsItWent(Resource resource) {
        String json = Json.write(resource);
        assertThat(json).startsWith("{\"kind\":\"" + resource.key().kind().word() + "\"");
        assertThat(Json.read(json, Resource.class)).isEqualTo(resource);
    }

    @ParameterizedTest
    @MethodSource("resources")
    void aResourceInAPageNamesItsKind(Resource resource) {
        byte[] page = Json.bytes(new Page<>(List.of(resource), 7, null));
        assertThat(Json.readPage(page, Resource.class).items()).isEqualTo(List.of(resource));
        assertThat(Json.readPage(page, resource.getClass()).items()).hasSize(1);
    }

    static List<Object> messages() {
        return List.of(
                new AgentMessage.Heartbeat(null),
                new AgentMessage.Heartbeat("daemon hung"),
                new AgentMessage.Reports(List.of(), List.of()),
                new ControllerMessage.Welcome("c1", 2000),
                new ControllerMessage.Delta(5, List.of(), List.of(UID)),
                new ControllerMessage.Open("s", new StreamRequest.Logs(UID, "web", true, -1, NOW, false)),
                new ControllerMessage.Open(
                        "s", new StreamRequest.Exec(UID, "web", List.of("ls"), true, true, 80, 24, null)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageComesBackAsItWent(Object message) {
        Class<?> type = message instanceof AgentMessage ? AgentMessage.class : ControllerMessage.class;
        assertThat((Object) Json.read(Json.bytes(message), type)).isEqualTo(message);
    }

    @Test
    void aFrameCarriesItsChannel() {
        Frame frame = Frame.decode(Frame.control(new StreamControl.Exit(3)).encode());
        assertThat(frame.control()).isEqualTo(new StreamControl.Exit(3));
        assertThatThrownBy(() -> Frame.decode(new byte[0])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Frame.decode(new byte[] {9})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Frame(Frame.STDOUT, new byte[0]).control())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRedactedTokenHoldsNoHash() {
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.API, Role.VIEWER, List.of(), null, "secret-hash");
        assertThat(Json.write(spec.redacted())).doesNotContain("secret-hash").doesNotContain("secretHash");
    }

    @Test
    void keysOfATenantAreOneRun() {
        assertThat(ResourceKey.set("a", "z")).isLessThan(ResourceKey.set("b", "a"));
        assertThat(ResourceKey.set("z", "z")).isLessThan(ResourceKey.host("a"));
    }
}
