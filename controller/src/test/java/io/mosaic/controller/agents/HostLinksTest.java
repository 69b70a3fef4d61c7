package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.Store;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.Event;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HostLinksTest extends LinkFixture {

    private static final Duration LONG = Duration.ofSeconds(90);

    @Test
    void desiredStateGoesDownAndReportsComeUp() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent bystander = joined("h2")) {
            var other = bystander.hello();
            greeted(other);
            log.commit(HostDecisions.cordon("h2", null, Instant.now()));
            var session = agent.hello();
            assertThat(greeted(session).sets()).isEmpty();
            create("web");
            place();
            ControllerMessage.Delta delta = session.next(ControllerMessage.Delta.class);
            DesiredSet web = delta.put().getFirst();
            assertThat(delta.put()).hasSize(1);
            assertThat(web.name()).isEqualTo("web");
            assertThat(web.generation()).isEqualTo(1);

            Event told = new Event(
                    0, Instant.now(), "default", Kind.SET, "web", "web", "ContainerStarted", false, "as asked");
            Event forged = new Event(0, Instant.now(), "other", Kind.SET, "db", null, "Died", true, "not mine");
            session.send(new AgentMessage.Reports(
                    List.of(FakeAgent.report(web, SetState.PREPARING), FakeAgent.report(web, SetState.RUNNING)),
                    List.of(told, forged)));
            await().until(() -> state("web") == SetState.RUNNING);
            assertThat(store.events(new Store.EventQuery(null, Kind.SET, null, 0L, 100)))
                    .extracting(Event::type)
                    .containsExactly("Created", "Placed", "ContainerStarted");

            log.commit(SetDecisions.stop("default", "web", null, Instant.now()));
            DesiredSet stopped =
                    session.next(ControllerMessage.Delta.class).put().getFirst();
            assertThat(stopped.generation())
                    .as("the change of status was no message of its own")
                    .isEqualTo(2);
            log.commit(SetDecisions.delete("default", "web", null, Instant.now()));
            DesiredSet deleted =
                    session.next(ControllerMessage.Delta.class).put().getFirst();
            session.send(new AgentMessage.Reports(List.of(FakeAgent.report(deleted, SetState.DELETED)), List.of()));
            assertThat(session.next(ControllerMessage.Delta.class).removed()).containsExactly(web.uid());
            assertThat(log.image().set(web.uid())).isNull();
            assertThat(other.waiting())
                    .as("what is not its own does not reach the other host")
                    .isZero();
        }
    }

    @Test
    void whichImagesAHostHasIsCommittedWhenItIsNews() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            long before = log.image().revision();
            session.send(new AgentMessage.Images(List.of("a:1", "b:1")));
            await().atMost(LONG).until(() -> images("h1").equals(List.of("a:1", "b:1")));
            for (int i = 0; i < 3; i++) {
                session.send(new AgentMessage.Images(List.of("b:1", "a:1")));
            }
            session.send(new AgentMessage.Images(List.of()));
            await().atMost(LONG).until(() -> images("h1").isEmpty());
            assertThat(log.image().revision()).isEqualTo(before + 2);
            session.send(new AgentMessage.Images(List.of("a".repeat(2000))));
            assertThat(session.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(images("h1")).isEmpty();
        }
    }

    private List<String> images(String host) {
        return log.image().host(host).status().inventory().images();
    }

    @Test
    void aReturningAgentGetsTheWholeStateAndTellsItsOwn() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var first = agent.hello();
            greeted(first);
            create("runs");
            create("lost");
            place();
            List<DesiredSet> sets = greetedSets(first, 2);
            for (DesiredSet set : sets) {
                first.send(new AgentMessage.Reports(List.of(FakeAgent.report(set, SetState.RUNNING)), List.of()));
            }
            await().until(() -> state("runs") == SetState.RUNNING && state("lost") == SetState.RUNNING);
            log.commit(HostDecisions.unreachable("h1", "silent", Instant.now()));
            assertThat(first.end().getCode())
                    .as("given up, yet there: say hello again")
                    .isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(state("runs")).isEqualTo(SetState.LOST);
            DesiredSet runs = sets.stream()
                    .filter(set -> set.name().equals("runs"))
                    .findFirst()
                    .orElseThrow();
            var second = agent.hello(FakeAgent.report(runs, SetState.RUNNING));
            assertThat(greeted(second).sets()).hasSize(2);
            assertThat(log.image().host("h1").status().state()).isEqualTo(HostState.READY);
            assertThat(state("runs")).isEqualTo(SetState.RUNNING);
            assertThat(state("lost")).as("the host does not have it").isEqualTo(SetState.PLACED);
        }
    }

    private static List<DesiredSet> greetedSets(FakeAgent.Call<AgentMessage, ControllerMessage> session, int count)
            throws Exception {
        List<DesiredSet> sets = new ArrayList<>();
        while (sets.size() < count) {
            sets.addAll(session.next(ControllerMessage.Delta.class).put());
        }
        return sets;
    }

    @Test
    void whatANewerAgentSaysBeyondThisVersionIsPassedOver() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = new FakeAgent.Call<byte[], byte[]>(
                    agent.channel(), raw(LinkMethodDescriptors.SESSION), Integer.MAX_VALUE / 2);
            String hello = Json.write(new AgentMessage.Hello(
                    1, Samples.inventory(4000, 4096, 10_000), "z1", "p1", Map.of(), List.of(), "p1"));
            session.send(bytes(hello.replace("\"inventory\":{", "\"mood\":[1],\"inventory\":{\"gpus\":4,")));
            session.next();
            await().until(() -> log.image().host("h1").status().state() == HostState.READY);
            create("web");
            place();
            for (int i = 0; i < 40; i++) {
                session.send(bytes("{\"type\":\"weather\",\"sets\":\"not what it is today\"}"));
            }
            SetResource web = log.image().set("default", "web");
            SetReport report =
                    new SetReport(web.uid(), "default", "web", 1, SetState.RUNNING, "172.17.0.2", null, List.of());
            String reports = Json.write(new AgentMessage.Reports(List.of(report), List.of()));
            session.send(bytes(reports.replace("\"RUNNING\"", "\"HIBERNATED\"")));
            await().until(() -> links.impossibleTransitions() == 1);
            session.send(bytes(reports.replace("\"generation\":1", "\"generation\":1,\"pressure\":0.5")));

            await().until(() -> state("web") == SetState.RUNNING);
            assertThat(links.passedOver()).isEqualTo(40);
            session.cancel();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aSecondSessionOfAHostEndsTheFirst() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var first = agent.hello();
            greeted(first);
            var second = agent.hello();
            greeted(second);
            assertThat(first.end().getCode()).isEqualTo(Status.Code.ABORTED);
            create("web");
            place();
            assertThat(second.next(ControllerMessage.Delta.class).put()).hasSize(1);
            assertThat(links.connected()).isOne();
        }
    }

    @Test
    void heartbeatsRenewTheLeaseAndTellOfTrouble() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            assertThat(store.heartbeatAges()).containsKey("h1");
            session.send(new AgentMessage.Heartbeat("docker does not answer"));
            await().until(() -> log.image().host("h1").status().state() == HostState.DEGRADED);
            assertThat(log.image().host("h1").status().reason()).isEqualTo("docker does not answer");
            long revision = log.image().revision();
            for (int i = 0; i < 50; i++) {
                session.send(new AgentMessage.Heartbeat("docker does not answer"));
            }
            session.send(new AgentMessage.Heartbeat(null));
            await().until(() -> log.image().host("h1").status().state() == HostState.READY);
            assertThat(log.image().revision())
                    .as("heartbeats do not enter the log")
                    .isEqualTo(revision + 1);
        }
    }

    @Test
    void heartbeatsWithANumberAreAnsweredOnceTheyAreWrittenDown() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            create("web");
            place();
            session.next(ControllerMessage.Delta.class);
            session.send(new AgentMessage.Heartbeat(null));
            session.send(new AgentMessage.Heartbeat(null, 6L));
            session.send(new AgentMessage.Heartbeat(null, 7L));
            long answered = 0;
            while (answered < 7) {
                answered = session.next(ControllerMessage.Alive.class).number();
            }
            assertThat(answered).as("the newest of them").isEqualTo(7);
            assertThat(store.heartbeatAges()).containsKey("h1");
        }
    }

    @Test
    void manyReportsShareCommits() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            create("web");
            place();
            DesiredSet web = session.next(ControllerMessage.Delta.class).put().getFirst();
            for (int i = 0; i < 500; i++) {
                session.send(new AgentMessage.Reports(
                        List.of(FakeAgent.report(web, i % 2 == 0 ? SetState.FAILED : SetState.STARTING)), List.of()));
            }
            session.send(new AgentMessage.Reports(List.of(FakeAgent.report(web, SetState.RUNNING)), List.of()));
            await().until(() -> state("web") == SetState.RUNNING);
            assertThat(links.impossibleTransitions()).isZero();
        }
    }

    @Test
    void whatIsNoMessageEndsThatCallAndNoOther() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent other = joined("h2")) {
            var bystander = other.hello();
            greeted(bystander);
            var neighbour = agent.hello();
            greeted(neighbour);
            for (String garbage : List.of("garbage", "{\"type\":\"welcome\"}", "null", "")) {
                var raw = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
                raw.send(garbage.getBytes(StandardCharsets.UTF_8));
                assertThat(raw.end().getCode()).as(garbage).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            var huge = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
            huge.send(new byte[LinkMethodDescriptors.AGENT_MESSAGE_BYTES_MAX + 1]);
            assertThat(huge.end().getCode()).isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED);
            var rude = agent.session();
            rude.send(new AgentMessage.Heartbeat(null));
            assertThat(rude.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            var empty = agent.session();
            empty.send(new AgentMessage.Hello(1, null, null, null, null, null));
            assertThat(empty.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            var frame = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.STREAM), 10);
            frame.send(new byte[] {9});
            assertThat(frame.end().isOk()).isFalse();
            create("web");
            create("web2");
            place();
            assertThat(neighbour.next(ControllerMessage.Delta.class).put()).hasSize(1);
            assertThat(bystander.next(ControllerMessage.Delta.class).put()).hasSize(1);
        }
    }

    @Test
    void closingTheControllerEndsSessionsSoThatAgentsGoElsewhere() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            links.close();
            assertThat(session.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            links = startLinks();
            try (FakeAgent again = FakeAgent.connect(links.port(), "h1", agent.identity(), authority.certificate())) {
                greeted(again.hello());
            }
        }
    }

    @Test
    void manySetsGoDownWholeAndInParts() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            int sets = HostSession.TOUCHED_MAX + 200;
            log.commit(head -> {
                List<Change> changes = new ArrayList<>();
                for (int i = 0; i < sets; i++) {
                    Decision create =
                            SetDecisions.create("default", Samples.spec("s" + i, 1, 1), UUID.randomUUID(), Samples.NOW);
                    Change.Put put = (Change.Put) create.decide(head).changes().getFirst();
                    SetResource set = (SetResource) put.resource();
                    changes.add(new Change.Put(set.withStatus(
                            set.status().in(SetState.PLACED, null, Samples.NOW).on("h1"))));
                }
                return new Decision.Decided(changes, List.of());
            });
            Set<UUID> told = new HashSet<>();
            while (told.size() < sets) {
                switch (session.next()) {
                    case ControllerMessage.Desired whole -> whole.sets().forEach(set -> told.add(set.uid()));
                    case ControllerMessage.Delta delta -> delta.put().forEach(set -> told.add(set.uid()));
                    default -> throw new AssertionError("another message");
                }
            }
            assertThat(told).hasSize(sets);
        }
    }

    @Test
    void whatAnAgentLeavesOutNeverReachesTheImage() throws Exception {
        try (FakeAgent agent = joined("h1");
                FakeAgent other = joined("h2")) {
            var bystander = other.hello();
            greeted(bystander);
            for (String inventory : List.of("{}", "{\"cpu\":1,\"memory\":\"1Gi\"}", "null")) {
                String hello = "{\"type\":\"hello\",\"session\":1,\"sets\":[],\"inventory\":" + inventory + "}";
                var raw = new FakeAgent.Call<>(agent.channel(), raw(LinkMethodDescriptors.SESSION), 10);
                raw.send(hello.getBytes(StandardCharsets.UTF_8));
                assertThat(raw.end().getCode()).as(inventory).isEqualTo(Status.Code.INVALID_ARGUMENT);
            }
            assertThat(log.image().host("h1").status().inventory()).isNull();
            create("web");
            place();
            DesiredSet web = bystander.next(ControllerMessage.Delta.class).put().getFirst();
            SetReport half = new SetReport(web.uid(), "default", "web", 1, null, null, null, List.of());
            var session = agent.hello();
            greeted(session);
            session.send(new AgentMessage.Reports(List.of(half), List.of()));
            assertThat(session.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            // An event that is not whole is left out; the report beside it counts.
            Event odd = new Event(0, null, null, null, null, null, null, false, null);
            bystander.send(new AgentMessage.Reports(List.of(FakeAgent.report(web, SetState.RUNNING)), List.of(odd)));
            await().until(() -> state("web") == SetState.RUNNING);
        }
    }
}
