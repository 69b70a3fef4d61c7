package io.mosaic.images;

import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import io.mosaic.model.Role;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The key that signs the tokens of {@code docker login} is replaced, also while the repository is killed: no token that was given is lost. */
class KeyRotationIT {

    @TempDir
    private Path home;

    private ClusterFixture cluster;
    private String token;

    @BeforeEach
    void start() throws Exception {
        cluster = new ClusterFixture();
        token = cluster.token(Role.ADMIN);
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private String traded(RegistryClient client) throws Exception {
        String basic = "Basic " + Base64.getEncoder().encodeToString(("any:" + token).getBytes(StandardCharsets.UTF_8));
        HttpResponse<byte[]> answer = client.get("/v2/token?scope=repository:food/web:pull", "Authorization", basic);
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        return Json.mapper().readTree(text(answer)).path("token").asString();
    }

    private static String rotate(RegistryClient client) throws Exception {
        HttpResponse<byte[]> answer = client.post("/v1/image-token-keys");
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        return Json.mapper().readTree(text(answer)).path("id").asString();
    }

    private static int use(RegistryClient client, String scoped) throws Exception {
        return client.get("/v2/", "Authorization", "Bearer " + scoped).statusCode();
    }

    @Test
    void killedWhileTheKeyIsReplaced() throws Exception {
        List<String> given = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            KillableImages running = new KillableImages(cluster, home, token);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                // Without a token of its own.
                RegistryClient client = running.client();
                RegistryClient plain = client.with(null);
                given.add(traded(plain));
                keys.add(rotate(client));
                given.add(traded(plain));
                for (String each : given) {
                    assertThat(use(plain, each)).isEqualTo(200);
                }
                Future<String> last = threads.submit(() -> rotate(client));
                Thread.sleep(round);
                running.kill();
                try {
                    keys.add(last.get());
                } catch (ExecutionException e) {
                    assertThat(e).hasCauseInstanceOf(IOException.class);
                }
            } finally {
                running.kill();
            }
        }
        assertThat(keys).hasSizeGreaterThanOrEqualTo(3);
        try (KillableImages running = new KillableImages(cluster, home, token)) {
            RegistryClient plain = running.client().with(null);
            for (String each : given) {
                assertThat(use(plain, each)).isEqualTo(200);
            }
            assertThat(use(plain, given.getFirst() + "x")).isEqualTo(401);
            String viewer = cluster.token(Role.OPERATOR);
            assertThat(running.client()
                            .with(viewer)
                            .post("/v1/image-token-keys")
                            .statusCode())
                    .isEqualTo(403);
        }
        Path file = home.resolve("lib/images/token-keys.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }
}
