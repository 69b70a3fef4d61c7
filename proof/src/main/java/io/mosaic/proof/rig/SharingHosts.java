package io.mosaic.proof.rig;

import io.mosaic.agent.share.HostShare;
import io.mosaic.agent.share.Picker;
import io.mosaic.agent.share.RateLimit;
import io.mosaic.agent.share.RepositoryOrigin;
import io.mosaic.agent.share.ShareSettings;
import io.mosaic.controller.agents.ShareService;
import io.mosaic.controller.share.Tracker;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;

/**
 * Hosts that share blobs, in this process: each with a certificate, a directory, a server and an uplink of its own, and one tracker for all.
 * Only the way to the tracker is a call in memory.
 */
public final class SharingHosts implements AutoCloseable {

    /** More than any: only the uplinks are to be measured. */
    private static final long KEEP_BYTES = 1L << 40;

    private final List<HostShare> shares = new ArrayList<>();
    private final List<RepositoryOrigin> origins = new ArrayList<>();
    private final Path directory;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private SharingHosts(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts them.
     *
     * @param repository where the blob is; its token with it
     * @param uplinkBytes a second, of each
     */
    public static SharingHosts start(
            int many,
            Path directory,
            ClusterAuthority authority,
            URI url,
            String repository,
            String token,
            long uplinkBytes,
            Picker.Settings picker)
            throws IOException, GeneralSecurityException {
        SharingHosts hosts = new SharingHosts(Files.createDirectories(directory));
        ShareService service = new ShareService(
                authority.certificate(), Tracker.ofUsualSize(new Random(1)), Clock.systemUTC(), System::nanoTime);
        for (int i = 0; i < many; i++) {
            String name = "h" + i;
            HostKey key = HostKey.generate();
            Credentials identity = key.with(authority.signHost(name, UUID.randomUUID(), key.csrPem(name)));
            ShareSettings settings = new ShareSettings(
                    directory.resolve(name),
                    "127.0.0.1",
                    0,
                    "127.0.0.1",
                    uplinkBytes,
                    ShareSettings.UPLOADS,
                    KEEP_BYTES,
                    Duration.ofMinutes(10),
                    0,
                    picker);
            hosts.shares.add(new HostShare(
                    settings,
                    () -> identity,
                    authority.certificate(),
                    report -> {
                        try {
                            return service.report(name, report);
                        } catch (ProblemException e) {
                            throw new IOException(e);
                        }
                    },
                    Clock.systemUTC(),
                    new Random(i)));
            hosts.origins.add(new RepositoryOrigin(hosts.client, url, repository, name, () -> token, RateLimit.NONE));
        }
        return hosts;
    }

    /** That host's part, to be closed in the middle, for instance. */
    public HostShare host(int index) {
        return shares.get(index);
    }

    /**
     * Fetches the blob to one host.
     *
     * @param progress hears how many bytes are there
     * @throws IOException when it does not come, or the repository does not share it
     */
    public void fetch(int index, String digest, long size, Path target, LongConsumer progress)
            throws IOException, InterruptedException {
        if (!shares.get(index).fetch(origins.get(index), digest, size, target, progress)) {
            throw new IOException("the repository does not share the blob");
        }
    }

    /** One fetch for each host, to run at the same time; the file is gone in the end. */
    public List<Callable<Void>> fetches(String digest, long size) {
        List<Callable<Void>> fetches = new ArrayList<>();
        for (int i = 0; i < shares.size(); i++) {
            int host = i;
            fetches.add(() -> {
                Path target = directory.resolve("got-" + host);
                fetch(host, digest, size, target, bytes -> {});
                Files.delete(target);
                return null;
            });
        }
        return fetches;
    }

    /** Bytes that hosts sent each other. */
    public long served() {
        return shares.stream().mapToLong(HostShare::served).sum();
    }

    @Override
    public void close() {
        List<Thread> closing = shares.stream()
                .map(share -> Thread.ofVirtual().start(share::close))
                .toList();
        try {
            for (Thread each : closing) {
                each.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.close();
    }
}
