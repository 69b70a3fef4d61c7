package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.Exec;
import io.mosaic.model.client.ExecQuery;
import io.mosaic.model.client.LogsQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.ClusterRig;
import io.mosaic.proof.rig.ClusterRig.Member;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.RawApi;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three controllers over one PostgreSQL, nginx before them, and a host with a real dockerd. */
class ControllersIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    private static DockerRig docker;
    private static ClusterRig cluster;

    @BeforeAll
    static void start() throws Exception {
        docker = DockerRig.start("controllers");
        cluster = ClusterRig.start("controllers", 3);
        cluster.startNginx();
        cluster.startAgent("host-1", docker);
    }

    @AfterAll
    static void stop() throws Exception {
        try (DockerRig closedLast = docker;
                ClusterRig closedFirst = cluster) {
            assertThat(closedLast == null || closedFirst == null).as("started").isFalse();
        }
    }

    private static String sleeper(String name) {
        return """
                {"name": "%s", "resources": {"cpu": 0.2, "memory": "32Mi"},
                 "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                   "options": {"command": ["sh", "-c", "echo hello from main; exec sleep 100000"]}}]}""".formatted(name);
    }

    private static SetResource running(MosaicClient client, String name) {
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(client.sets().get(name).status().state()).isEqualTo(SetState.RUNNING));
        return client.sets().get(name);
    }

    private static void delete(MosaicClient client, String name) {
        client.sets().delete(name);
        await().atMost(LONG)
                .until(() -> client.sets().listAll(SetQuery.ALL).items().stream()
                        .noneMatch(set -> set.name().equals(name)));
    }

    @Test
    void anyControllerServesAnyCall() throws Exception {
        List<Member> members = cluster.members();
        try (MosaicClient a = cluster.client(members.get(0).server());
                MosaicClient b = cluster.client(members.get(1).server());
                MosaicClient c = cluster.client(members.get(2).server());
                Watch<SetResource> watch =
                        c.sets().watch(SetQuery.ALL, c.sets().list(SetQuery.ALL).revision())) {
            SetResource made = a.sets().create(Json.mapper().readTree(sleeper("any")));
            RawApi.Answer read = cluster.api(members.get(1)).get("/v1/sets?atLeast=" + made.revision());
            assertThat(read.text()).contains(made.uid().toString());
            awaitEvent(watch, "any", SetState.RUNNING);
            double held = 0;
            for (Member member : members) {
                held += cluster.metric(member, "mosaic_hosts_connected");
            }
            assertThat(held).isEqualTo(1);
            for (MosaicClient client : List.of(a, b, c)) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try (Exec exec = client.sets().exec("any", ExecQuery.of("echo", "there"), out, out)) {
                    assertThat(exec.waitFor(LONG)).isZero();
                }
                assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("there\n");
                try (InputStream logs = client.sets().logs("any", LogsQuery.ALL)) {
                    assertThat(new String(logs.readAllBytes(), StandardCharsets.UTF_8))
                            .contains("hello from main");
                }
            }
            delete(b, "any");
            awaitGone(watch, "any");
        }
    }

    private static void awaitEvent(Watch<SetResource> watch, String name, SetState state) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (System.nanoTime() < end) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            if (event != null
                    && event.item() != null
                    && event.item().name().equals(name)
                    && event.item().status().state() == state) {
                return;
            }
        }
        throw new AssertionError("the watch told of no " + name + " in state " + state + "\n" + cluster.quoteLogs());
    }

    private static void awaitGone(Watch<SetResource> watch, String name) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (System.nanoTime() < end) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            if (event != null
                    && event.type() == WatchEvent.Type.DELETE
                    && event.item() != null
                    && event.item().name().equals(name)) {
                return;
            }
        }
        throw new AssertionError("the watch did not tell that " + name + " is gone");
    }

    @Test
    void writesGoOnWhenTheLeaderIsKilled() throws Exception {
        await().atMost(LONG).until(() -> cluster.leader() != null);
        Member leader = cluster.leader();
        assertThat(leader).isNotNull();
        Member other = cluster.members().stream()
                .filter(member -> !member.equals(leader))
                .findFirst()
                .orElseThrow();
        leader.process().kill9();
        try (MosaicClient client = cluster.client(other.server())) {
            client.sets().create(Json.mapper().readTree(sleeper("after-kill")));
            running(client, "after-kill");
            await().atMost(LONG).until(() -> {
                Member next = cluster.leader();
                return next != null && !next.equals(leader);
            });
            delete(client, "after-kill");
        } finally {
            leader.process().start();
            cluster.awaitReady(leader);
        }
    }

    /** Calls go through nginx one after the other while each controller in turn is stopped and started again. */
    @Test
    void aRollingRestartFailsNoCall() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger calls = new AtomicInteger();
        List<String> failed = Collections.synchronizedList(new ArrayList<>());
        RawApi front = cluster.frontApi();
        List<Thread> callers = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            int caller = n;
            callers.add(Thread.ofVirtual().start(() -> call(front, caller, over, calls, failed)));
        }
        try (MosaicClient client = cluster.client(cluster.front());
                Watch<SetResource> watch = client.sets()
                        .watch(SetQuery.ALL, client.sets().list(SetQuery.ALL).revision())) {
            for (Member member : cluster.members()) {
                assertThat(member.process().stop()).isZero();
                int before = calls.get();
                await().atMost(LONG).until(() -> calls.get() > before + 20);
                member.process().start();
                cluster.awaitReady(member);
            }
            over.set(true);
            for (Thread caller : callers) {
                assertThat(caller.join(LONG)).isTrue();
            }
            assertThat(failed).isEmpty();
            // The watch went from controller to controller, and still hears.
            client.sets().create(Json.mapper().readTree(sleeper("rolled")));
            awaitEvent(watch, "rolled", SetState.RUNNING);
            delete(client, "rolled");
        } finally {
            over.set(true);
        }
    }

    private static void call(RawApi front, int caller, AtomicBoolean over, AtomicInteger calls, List<String> failed) {
        int n = 0;
        while (!over.get()) {
            String tenant = "roll-" + caller + "-" + n++;
            try {
                RawApi.Answer made = front.post("/v1/tenants", "{\"name\": \"" + tenant + "\"}");
                expect(made, 201, failed);
                long revision = made.json().path("revision").asLong();
                expect(front.get("/v1/tenants/" + tenant + "?atLeast=" + revision), 200, failed);
                expect(front.call("DELETE", "/v1/tenants/" + tenant, null, Map.of()), 200, failed);
                calls.addAndGet(3);
            } catch (Exception e) {
                failed.add(e.toString());
            }
        }
    }

    private static void expect(RawApi.Answer answer, int status, List<String> failed) {
        if (answer.status() != status) {
            failed.add(answer.status() + " " + answer.text());
        }
    }
}
