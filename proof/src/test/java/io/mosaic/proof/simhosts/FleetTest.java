package io.mosaic.proof.simhosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.link.Address;
import io.mosaic.controller.agents.HostLinks;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.lead.Leader;
import io.mosaic.controller.lead.LeaderTimes;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small fleet against a controller's leader and link, over real gRPC and TLS; the store is in memory. */
class FleetTest {
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String SECRET = "a_secret-of-43-base64url-characters_of_which";
    private static final int HOSTS = 20;
    private static final int SETS = 100;

    @TempDir
    Path directory;

    private MemoryStore store;
    private StoreLog log;
    private ClusterAuthority authority;
    private HostLinks links;
    private Leader leader;

    @BeforeEach
    void begin() throws Exception {
        store = new MemoryStore(InstantSource.system());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        commit(new Change.Put(
                new TenantResource("default", UUID.randomUUID(), 0, Instant.now(), new TenantSpec("default", null))));
        StoreLeases leases = new StoreLeases(store, "c1");
        links = HostLinks.start(
                new HostLinks.Settings("c1", "127.0.0.1", 0, List.of("127.0.0.1"), HostLinks.Settings.HEARTBEAT),
                log,
                authority,
                leases,
                InstantSource.system());
        leader = Leader.start(log, leases, leases, Scheduler.standard(), InstantSource.system(), LeaderTimes.STANDARD);
    }

    @AfterEach
    void end() {
        leader.close();
        links.close();
        log.close();
        store.close();
    }

    @Test
    void aFleetRunsItsSetsThroughFailuresAndComesBackWithoutTokens() throws Exception {
        FleetSettings settings = FleetSettings.of(
                        HOSTS, List.of(Address.parse("127.0.0.1:" + links.port())), directory.resolve("fleet"))
                .withFaults(Duration.ofMillis(5), 0.02);
        try (Fleet fleet = Fleet.start(settings, this::token)) {
            fleet.awaitConnected();
            await().atMost(LONG).until(() -> ready() == HOSTS);
            for (int i = 0; i < SETS; i++) {
                if (i == SETS - HOSTS) {
                    // One whose daemon failed two pings in a row is DEGRADED for a moment, and was passed over till
                    // here.
                    await().atMost(LONG).until(() -> ready() == HOSTS);
                }
                create("s" + i);
            }
            awaitRunning();
            assertThat(fleet.running()).isEqualTo(2 * SETS);
            assertThat(log.image().hosts())
                    .allSatisfy(
                            host -> assertThat(log.image().setsOn(host.name())).isNotEmpty());
            assertThat(links.impossibleTransitions()).isZero();
        }
        try (Fleet fleet = Fleet.start(settings, number -> {
            throw new IllegalStateException("host " + number + " joins again");
        })) {
            await().atMost(LONG).untilAsserted(() -> assertThat(fleet.running()).isEqualTo(2 * SETS));
            awaitRunning();
        }
    }

    private void create(String name) throws Exception {
        SetSpec spec = Json.read("""
            {"name": "%s", "resources": {"cpu": 1, "memory": "64Mi"},
             "containers": [{"index": 1, "image": "app:1", "options": {}}]}
            """.formatted(name), SetSpec.class);
        log.commit(SetDecisions.create("default", spec, UUID.randomUUID(), Instant.now()));
    }

    private void awaitRunning() {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(log.image().resources(Kind.SET).values())
                        .hasSize(SETS)
                        .allSatisfy(set ->
                                assertThat(((SetResource) set).status().state()).isEqualTo(SetState.RUNNING)));
    }

    private long ready() {
        return log.image().hosts().stream()
                .filter(host -> host.status().state() == HostState.READY)
                .count();
    }

    private String token(int number) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(SECRET.getBytes(StandardCharsets.UTF_8));
            commit(new Change.Put(new TokenResource(
                    "t" + number,
                    UUID.randomUUID(),
                    0,
                    Instant.now(),
                    new TokenSpec(
                            TokenSpec.Purpose.JOIN,
                            null,
                            List.of(),
                            null,
                            HexFormat.of().formatHex(hash)))));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return "mosjoin_t" + number + "_" + SECRET + "_"
                + authority.fingerprint().substring(0, 32);
    }

    private void commit(Change change) throws Exception {
        log.commit(head -> Decision.Decided.of(change));
    }
}
