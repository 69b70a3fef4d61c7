package io.mosaic.proof.bench;

import io.mosaic.agent.share.ShareSettings;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.proof.rig.BlobPush;
import io.mosaic.proof.rig.CappedProxy;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.ImagesRig;
import io.mosaic.proof.rig.SharingHosts;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * How long until all hosts have a new blob, when each takes it from the repository and when they share it. The repository is a real one
 * behind an uplink of so many bytes a second, as each host's is; hosts take in as fast as they can.
 */
final class FanoutBench {

    private static final int FEW = 8;
    private static final int MANY = 24;
    private static final long UPLINK_BYTES = 20_000_000;
    private static final String REPOSITORY = "default/fanout";

    private final Path home;
    private final ClusterAuthority authority;
    private final String token;
    private final int port;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int rounds;

    private FanoutBench(Path home, ClusterAuthority authority, String token, int port) {
        this.home = home;
        this.authority = authority;
        this.token = token;
        this.port = port;
    }

    /**
     * Runs it.
     *
     * @param only how many hosts; absent: first few, then many
     * @param bytes of the blob
     * @return the figures in one line
     */
    static String run(BenchParts parts, @Nullable Integer only, long bytes)
            throws IOException, InterruptedException, GeneralSecurityException, ExecutionException {
        ControllerRig controller = parts.add(ControllerRig.start("bench-fanout", List.of("-Xmx256m")));
        int port = parts.add(ImagesRig.start(controller, List.of())).port();
        ClusterAuthority authority =
                ClusterAuthority.loadOrCreate(controller.home().resolve("etc").resolve("ca"));
        FanoutBench bench = new FanoutBench(controller.home(), authority, controller.adminToken(), port);
        StringBuilder figures = new StringBuilder();
        bench.p2p(FEW, bytes);
        System.out.println("warmed up");
        for (int hosts : only == null ? List.of(FEW, MANY) : List.of(only)) {
            Round shared = bench.p2p(hosts, bytes);
            Round central = bench.central(hosts, bytes);
            figures.append(String.format(
                    Locale.ROOT,
                    "central_%d_s=%.1f p2p_%d_s=%.1f ratio_%d=%.1f repo_central_%d_mb=%d repo_p2p_%d_mb=%d ",
                    hosts,
                    central.seconds,
                    hosts,
                    shared.seconds,
                    hosts,
                    central.seconds / shared.seconds,
                    hosts,
                    central.sent / 1_000_000,
                    hosts,
                    shared.sent / 1_000_000));
        }
        return figures.toString().strip();
    }

    /**
     * One round.
     *
     * @param seconds from the first call until the last host has the blob, checked
     * @param sent bytes that left the repository
     */
    private record Round(double seconds, long sent) {}

    /** A blob that the repository has and no host. */
    private String pushed(long bytes) throws IOException, InterruptedException {
        return BlobPush.random(home, URI.create("http://127.0.0.1:" + port), token, REPOSITORY, bytes, ++rounds);
    }

    private HttpRequest.Builder request(String url) {
        return HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + token);
    }

    private Round central(int hosts, long bytes)
            throws IOException, InterruptedException, GeneralSecurityException, ExecutionException {
        String digest = pushed(bytes);
        try (CappedProxy uplink = CappedProxy.start(port, UPLINK_BYTES)) {
            List<Callable<Void>> fetches = new ArrayList<>();
            for (int i = 0; i < hosts; i++) {
                Path target = home.resolve("central-" + i);
                fetches.add(() -> {
                    take(uplink.port(), digest, target);
                    return null;
                });
            }
            return round("central", hosts, fetches, uplink);
        }
    }

    private void take(int from, String digest, Path target)
            throws IOException, InterruptedException, GeneralSecurityException {
        HttpRequest request = request("http://127.0.0.1:" + from + "/v2/" + REPOSITORY + "/blobs/" + digest)
                .build();
        HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        try (InputStream in = answer.body();
                var out = Files.newOutputStream(target)) {
            byte[] chunk = new byte[64 * 1024];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                hash.update(chunk, 0, read);
                out.write(chunk, 0, read);
            }
        }
        Files.delete(target);
        if (!digest.equals("sha256:" + HexFormat.of().formatHex(hash.digest()))) {
            throw new IOException("the repository sent something else: " + answer.statusCode());
        }
    }

    private Round p2p(int hosts, long bytes)
            throws IOException, InterruptedException, GeneralSecurityException, ExecutionException {
        String digest = pushed(bytes);
        try (CappedProxy uplink = CappedProxy.start(port, UPLINK_BYTES);
                SharingHosts sharing = SharingHosts.start(
                        hosts,
                        home.resolve("hosts-" + rounds),
                        authority,
                        URI.create("http://127.0.0.1:" + uplink.port()),
                        REPOSITORY,
                        token,
                        UPLINK_BYTES,
                        ShareSettings.PICKER)) {
            Round round = round("p2p", hosts, sharing.fetches(digest, bytes), uplink);
            System.out.println("  hosts sent each other " + sharing.served() / 1_000_000 + " MB");
            return round;
        }
    }

    private Round round(String what, int hosts, List<Callable<Void>> fetches, CappedProxy uplink)
            throws IOException, InterruptedException, ExecutionException {
        long began = System.nanoTime();
        Duration before = HostProcesses.processorTime(ProcessHandle.current().pid());
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> each : executor.invokeAll(fetches)) {
                each.get();
            }
        }
        Round round = new Round((System.nanoTime() - began) / 1e9, uplink.sent());
        System.out.printf(
                Locale.ROOT,
                "%s, %d hosts: %.2f s, the repository sent %d MB; %.1f s of processor time for all hosts%n",
                what,
                hosts,
                round.seconds,
                round.sent / 1_000_000,
                HostProcesses.processorTime(ProcessHandle.current().pid())
                                .minus(before)
                                .toMillis()
                        / 1e3);
        return round;
    }
}
