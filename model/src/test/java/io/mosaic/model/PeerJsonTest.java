package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PeerJsonTest {

    /** Lists of words that never stand in a record that is stored or sent. */
    private static final Set<String> NOT_WRITTEN =
            Set.of("Problem$Kind", "client.WatchEvent$Type", "CgroupKey", "CgroupKey$Form");

    private record All(
            SetState set,
            HostState host,
            SetIntent.Run run,
            ContainerStatus.State container,
            RestartPolicy.Mode restart,
            RebuildPolicy.Mode rebuild,
            CpuPolicy cpu,
            Placement.Per per,
            Placement.Mode mode,
            Placement.Part part,
            Role role,
            MetricTarget.Metric metric,
            TokenSpec.Purpose purpose,
            Kind kind) {}

    @Test
    void anUnknownWordIsReadAsTheOneThatDoesTheLeastHarm() {
        All read = PeerJson.read("""
                {"set": "HIBERNATED", "host": "MAINTENANCE", "run": "HIBERNATED", "container": "frozen",
                 "restart": "sometimes", "rebuild": "ask", "cpu": "pinned", "per": "rack", "mode": "diagonal",
                 "part": "witness", "role": "auditor", "metric": "gpu", "purpose": "REGISTRY", "kind": "lake"}
                """, All.class);
        assertThat(read)
                .isEqualTo(new All(
                        SetState.LOST,
                        HostState.DEGRADED,
                        SetIntent.Run.RUNNING,
                        ContainerStatus.State.WAITING,
                        RestartPolicy.Mode.ALWAYS,
                        RebuildPolicy.Mode.NEVER,
                        CpuPolicy.SHARED,
                        Placement.Per.HOST,
                        Placement.Mode.SPREAD,
                        Placement.Part.STANDBY,
                        Role.VIEWER,
                        MetricTarget.Metric.PROMETHEUS,
                        TokenSpec.Purpose.OTHER,
                        Kind.OTHER));
    }

    @Test
    void everyListOfWordsHasACarefulOne() throws Exception {
        List<String> lacking = new ArrayList<>();
        for (Class<?> type : modelClasses()) {
            String name = type.getName().substring("io.mosaic.model.".length());
            if (type.isEnum() && !NOT_WRITTEN.contains(name) && PeerJson.careful(type) == null) {
                lacking.add(name);
            }
        }
        assertThat(lacking).isEmpty();
    }

    private static List<Class<?>> modelClasses() throws IOException, URISyntaxException, ClassNotFoundException {
        Path root = Path.of(
                Json.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class"))
                    .filter(each -> !each.endsWith("package-info.class"))
                    .toList()) {
                String name = root.relativize(file).toString().replace('/', '.');
                found.add(Class.forName(name.substring(0, name.length() - ".class".length())));
            }
        }
        assertThat(found).contains(SetState.class, Placement.Per.class);
        return found;
    }

    @Test
    void anUnknownKindIsReadAsOneThatSaysNothing() {
        assertThat(PeerJson.read("{\"type\": \"detach\", \"keys\": [1]}", StreamControl.class))
                .isEqualTo(new StreamControl.Unknown());
        UUID uid = new UUID(1, 2);
        assertThat(PeerJson.read(
                        "{\"type\": \"forward\", \"host\": \"h1\", \"request\": {\"type\": \"attach\", \"uid\": \""
                                + uid + "\", \"container\": \"web\", \"replay\": true}}",
                        StreamControl.class))
                .isEqualTo(new StreamControl.Forward("h1", new StreamRequest.Unknown(uid, "web")));
        Resource lake = PeerJson.read(
                "{\"kind\": \"lake\", \"tenant\": \"default\", \"name\": \"shop\", \"uid\": \"" + uid
                        + "\", \"revision\": 7, \"created\": \"2026-11-20T12:00:00Z\", \"spec\": {\"depth\": 3}}",
                Resource.class);
        assertThat(lake.kind()).isEqualTo(Kind.OTHER);
        assertThat(lake.key()).isEqualTo(new ResourceKey(Kind.OTHER, "default", uid.toString()));
        assertThat(lake.revision()).isEqualTo(7);
    }

    @Test
    void aSaveOfAnOlderControllerAsksForNoProgress() {
        StreamRequest old = PeerJson.read("""
                {"type": "save", "uid": "00000000-0000-0001-0000-000000000002", "container": "web", "url": "u",
                 "token": "t", "repository": "food/web", "tag": "1", "from": "food/web"}""", StreamRequest.class);
        assertThat(old)
                .isEqualTo(new StreamRequest.Save(new UUID(1, 2), "web", "u", "t", "food/web", "1", "food/web", null));
    }

    @Test
    void whatNoVersionCouldHaveWrittenIsRefusedAllTheSame() {
        for (String bad :
                List.of("", "[]", "{\"set\": 3}", "{\"set\": \"LOST\"} x", "{\"set\": \"LOST\", \"set\": \"LOST\"}")) {
            assertThatThrownBy(() -> PeerJson.read(bad, All.class)).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void whatAUserSendsIsReadStrictly() {
        assertThatThrownBy(() -> Json.read("{\"set\": \"HIBERNATED\"}", All.class))
                .isInstanceOf(ProblemException.class);
        assertThatThrownBy(() ->
                        Json.read("{\"type\": \"resize\", \"columns\": 1, \"rows\": 1, \"x\": 1}", StreamControl.class))
                .isInstanceOf(ProblemException.class);
    }
}
