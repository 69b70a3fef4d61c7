package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.lead.StoreLeases;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.controller.store.LogSettings;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreLog;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.SetState;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A link server over a store in memory, and agents that join it. */
abstract class LinkFixture {

    static final Duration SOON = Duration.ofSeconds(10);
    static final String SECRET = "a_secret-of-43-base64url-characters_of_which";

    @TempDir
    Path directory;

    MemoryStore store;
    StoreLog log;
    ClusterAuthority authority;
    HostLinks links;

    @BeforeEach
    void start() throws Exception {
        store = new MemoryStore(InstantSource.system());
        log = StoreLog.open(store, LogSettings.DEFAULT, Clock.systemUTC());
        authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        log.commit(head -> Decision.Decided.of(new Change.Put(Samples.tenant("default", null))));
        links = startLinks();
    }

    HostLinks startLinks() throws Exception {
        return startLinks(log);
    }

    HostLinks startLinks(ClusterLog over) throws Exception {
        return startLinks(over, InstantSource.system());
    }

    HostLinks startLinks(ClusterLog over, InstantSource clock) throws Exception {
        return HostLinks.start(
                new HostLinks.Settings("c1", "127.0.0.1", 0, List.of("127.0.0.1", "localhost"), Duration.ofMillis(500)),
                over,
                authority,
                new StoreLeases(store, "c1"),
                clock);
    }

    @AfterEach
    void stop() {
        links.close();
        log.close();
        store.close();
    }

    String token(String name) throws Exception {
        TokenSpec spec = new TokenSpec(TokenSpec.Purpose.JOIN, null, List.of(), null, JoinToken.hash(SECRET));
        log.commit(head -> Decision.Decided.of(
                new Change.Put(new TokenResource(name, UUID.randomUUID(), 0, Instant.now(), spec))));
        return "mosjoin_" + name + "_" + SECRET + "_" + authority.fingerprint().substring(0, 32);
    }

    FakeAgent joined(String host) throws Exception {
        return FakeAgent.join(links.port(), host, token("t-" + host));
    }

    void create(String name) throws Exception {
        log.commit(SetDecisions.create("default", Samples.spec(name, 100, 64), UUID.randomUUID(), Instant.now()));
    }

    void place() throws Exception {
        Scheduler scheduler = Scheduler.standard();
        log.commit(new PlacementDecision(scheduler, scheduler.plan(log.image(), 100), Instant.now()));
    }

    SetState state(String set) {
        return log.image().set("default", set).status().state();
    }

    static ControllerMessage.Desired greeted(FakeAgent.Call<AgentMessage, ControllerMessage> session) throws Exception {
        assertThat(session.next(ControllerMessage.Welcome.class)).isEqualTo(new ControllerMessage.Welcome("c1", 500));
        return session.next(ControllerMessage.Desired.class);
    }

    static Status.Code codeOf(ThrowableAssert.ThrowingCallable call) {
        StatusRuntimeException thrown = Assertions.catchThrowableOfType(StatusRuntimeException.class, call);
        assertThat(thrown).isNotNull();
        return thrown.getStatus().getCode();
    }

    static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> method) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                return new byte[0];
            }
        };
        return method.toBuilder(bytes, bytes).build();
    }
}
