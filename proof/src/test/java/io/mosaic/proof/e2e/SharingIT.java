package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.share.ShareSettings;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.Role;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.TokenCalls;
import io.mosaic.proof.rig.BlobPush;
import io.mosaic.proof.rig.CappedProxy;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.ImagesRig;
import io.mosaic.proof.rig.SharingHosts;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts that fetch a blob of the real repository, in a process of its own on a real database, from it and from each other. */
class SharingIT {

    private static final String REPOSITORY = "default/shared";
    private static final int HOSTS = 6;
    private static final long SIZE = 40_000_000;

    /** Far more than loopback gives: counted, not capped. */
    private static final long UNCAPPED = 100_000_000_000L;

    /** So slow that what is to happen in the middle does. */
    private static final long SLOW = 12_000_000;

    private static ControllerRig controller;
    private static ImagesRig images;
    private static ClusterAuthority authority;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws Exception {
        controller = ControllerRig.start("sharing", List.of("-Xmx256m"));
        images = ImagesRig.start(controller, List.of());
        authority = ClusterAuthority.loadOrCreate(controller.home().resolve("etc/ca"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (images != null) {
            images.close();
        }
        if (controller != null) {
            controller.close();
        }
    }

    private String pushed(long seed) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + images.port());
        return BlobPush.random(directory, url, controller.adminToken(), REPOSITORY, SIZE, seed);
    }

    private SharingHosts hosts(CappedProxy uplink, String token, long uplinkBytes) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + uplink.port());
        return SharingHosts.start(
                HOSTS,
                directory.resolve("hosts"),
                authority,
                url,
                REPOSITORY,
                token,
                uplinkBytes,
                ShareSettings.PICKER);
    }

    private static String digest(Path file) throws Exception {
        return "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    void theRepositorySendsFarLessThanTheHostsGet() throws Exception {
        String digest = pushed(1);
        try (CappedProxy uplink = CappedProxy.start(images.port(), UNCAPPED);
                SharingHosts hosts = hosts(uplink, controller.adminToken(), 0);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Void>> fetches = hosts.fetches(digest, SIZE);
            for (Future<Void> fetch : executor.invokeAll(fetches)) {
                fetch.get();
            }
            assertThat(uplink.sent()).isBetween(SIZE, 3 * SIZE);
            assertThat(uplink.sent() + hosts.served()).isGreaterThanOrEqualTo(HOSTS * SIZE);
        }
    }

    @Test
    void hostsThatGoInTheMiddleSpoilNothing() throws Exception {
        String digest = pushed(2);
        try (CappedProxy uplink = CappedProxy.start(images.port(), SLOW);
                SharingHosts hosts = hosts(uplink, controller.adminToken(), SLOW);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> staying = new ArrayList<>();
            List<Future<?>> going = new ArrayList<>();
            for (int i = 0; i < HOSTS; i++) {
                int host = i;
                Path target = directory.resolve("got-" + host);
                Future<?> fetch = executor.submit(() -> {
                    hosts.fetch(host, digest, SIZE, target, bytes -> {
                        if (host < 2 && bytes > SIZE / 4) {
                            Thread.currentThread().interrupt();
                        }
                    });
                    return null;
                });
                (host < 2 ? going : staying).add(fetch);
            }
            for (Future<?> fetch : going) {
                assertThatThrownBy(fetch::get).hasRootCauseInstanceOf(InterruptedException.class);
            }
            hosts.host(0).close();
            hosts.host(1).close();
            for (Future<?> fetch : staying) {
                fetch.get();
            }
            for (int i = 2; i < HOSTS; i++) {
                assertThat(digest(directory.resolve("got-" + i))).isEqualTo(digest);
            }
        }
    }

    @Test
    void whoMayNotReadTheRepositoryGetsNothingOfPeersEither() throws Exception {
        String digest = pushed(3);
        String other;
        try (MosaicClient client = controller.client()) {
            client.tenants().create(new TenantSpec("sharing-other", null));
            other = client.tokens()
                    .create(new TokenCalls.NewToken(
                            "sharing-other", "api", Role.DEVELOPER, List.of("sharing-other"), null))
                    .token();
        }
        try (CappedProxy uplink = CappedProxy.start(images.port(), UNCAPPED);
                SharingHosts seeds = hosts(uplink, controller.adminToken(), 0)) {
            seeds.fetch(0, digest, SIZE, directory.resolve("seed"), bytes -> {});
            try (SharingHosts others = SharingHosts.start(
                    1,
                    directory.resolve("others"),
                    authority,
                    URI.create("http://127.0.0.1:" + uplink.port()),
                    REPOSITORY,
                    other,
                    0,
                    ShareSettings.PICKER)) {
                assertThatThrownBy(() -> others.fetch(0, digest, SIZE, directory.resolve("got"), bytes -> {}))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("403");
            }
            assertThat(seeds.served()).isZero();
        }
        assertThat(directory.resolve("got")).doesNotExist();
    }
}
