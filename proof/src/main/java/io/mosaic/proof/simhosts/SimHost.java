package io.mosaic.proof.simhosts;

import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.HostDrivers;
import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.link.AgentIdentity;
import io.mosaic.agent.link.LinkClient;
import io.mosaic.agent.link.Outbox;
import io.mosaic.agent.link.SideStreams;
import io.mosaic.model.Bytes;
import io.mosaic.proof.fake.FakeDocker;
import io.mosaic.proof.fake.FakeLimits;
import io.mosaic.proof.fake.FakeVolumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One simulated host: an agent's parts, put together as its own wiring does, over a daemon in memory. */
final class SimHost implements AutoCloseable {

    private static final String INFRA_IMAGE = "mosaic/infra:1";
    private static final Duration FIRST_LOOK = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 20;
    private static final Bytes DISK = Bytes.mebi(1024 * 1024);

    private final FakeDocker docker;
    private final Reconciler reconciler;
    private final LinkClient link;

    private SimHost(FakeDocker docker, Reconciler reconciler, LinkClient link) {
        this.docker = docker;
        this.reconciler = reconciler;
        this.link = link;
    }

    /**
     * Starts it; returns once it has looked at itself and the link tries to connect.
     *
     * @param token asked for a join token when the host has no identity yet
     */
    static SimHost start(FleetSettings settings, int number, Supplier<String> token)
            throws IOException, GeneralSecurityException, InterruptedException {
        String name = settings.name(number);
        Path directory = Files.createDirectories(settings.directory().resolve(name));
        AgentIdentity identity = AgentIdentity.open(directory, name);
        Random random = new Random(settings.seed() * 1_000_003 + number);
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), random, INFRA_IMAGE);
        docker.pullAnything();
        settings.badImages().forEach(docker::endsAtOnce);
        docker.faults().latency(settings.latency()).failingShare(settings.failures());
        Outbox outbox = new Outbox();
        Reconciler reconciler = reconciler(name, directory, docker, outbox);
        SideStreams streams = new SideStreams(docker, (set, container) -> {
            ObservedContainer found = reconciler.container(set, container);
            return found == null ? null : found.id();
        });
        LinkClient link = new LinkClient(
                settings.controllers(),
                identity,
                identity.joined() ? null : token.get(),
                new SimHostSide(settings, number, DISK, reconciler, new SimUsage(reconciler)),
                outbox,
                streams,
                Clock.systemUTC(),
                random);
        reconciler.start();
        reconciler.awaitFirstLook(FIRST_LOOK);
        link.start();
        return new SimHost(docker, reconciler, link);
    }

    private static Reconciler reconciler(String name, Path directory, FakeDocker docker, Outbox outbox)
            throws IOException {
        return new Reconciler(
                new Reconciler.Settings(
                        new AgentRules(name, INFRA_IMAGE, Set.of()),
                        Reconciler.Settings.CONCURRENCY_DEFAULT,
                        Reconciler.Settings.SWEEP_DEFAULT,
                        directory,
                        Bytes.ZERO),
                new HostDrivers(
                        docker,
                        new FakeVolumes(DISK),
                        (check, container, infra) -> new HealthProbe.Result(true, "fine"),
                        new FakeLimits(),
                        container -> {}),
                DesiredState.open(directory.resolve("desired.json")),
                outbox,
                Clock.systemUTC());
    }

    boolean connected() {
        return link.connected();
    }

    /** Waits for a welcome, however long its link has to try. */
    void awaitConnected() throws InterruptedException {
        while (!connected()) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Containers that run in its daemon. */
    int running() {
        return docker.running().size();
    }

    @Override
    public void close() {
        link.close();
        reconciler.close();
    }
}
