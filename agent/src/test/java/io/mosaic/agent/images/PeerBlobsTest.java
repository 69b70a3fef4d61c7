package io.mosaic.agent.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.share.FakeTime;
import io.mosaic.agent.share.HostShare;
import io.mosaic.agent.share.RateLimit;
import io.mosaic.agent.share.ShareCluster;
import io.mosaic.kit.http.Authenticator;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.RouteTable;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerBlobsTest {

    private static final int LARGE = 20_000_000;
    private static final String REPOSITORY = "food/web";

    @TempDir
    Path directory;

    private ShareCluster cluster;
    private FakeRepository repository;
    private RepositoryClient client;

    /** Tickets and blobs over HTTP, for whoever shows the grant. */
    private final class FakeRepository implements Mount, AutoCloseable {
        private final HttpServer server;
        private final AtomicInteger whole = new AtomicInteger();
        private final AtomicInteger tickets = new AtomicInteger();
        private final AtomicLong sent = new AtomicLong();
        private volatile boolean gives = true;

        FakeRepository() throws IOException {
            Authenticator nobody = header -> {
                throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "no routes");
            };
            server = HttpServer.start(
                    "127.0.0.1",
                    0,
                    null,
                    new RouteTable(List.of()),
                    List.of(this),
                    nobody,
                    HttpLimits.DEFAULT,
                    outcome -> {});
        }

        @Override
        public String prefix() {
            return "/v2";
        }

        @Override
        public Reply.Whole refusal(Problem problem) {
            return Reply.problem(problem);
        }

        @Override
        public Reply handle(StreamedRequest request) throws GeneralSecurityException {
            if (!"Bearer right".equals(request.header("Authorization"))) {
                return Reply.problem(Problem.Kind.UNAUTHENTICATED.with("no grant"));
            }
            String path = request.rawPath();
            String digest = path.substring(path.lastIndexOf('/') + 1);
            if (path.startsWith("/v2/_mosaic/tickets/" + REPOSITORY + "/")) {
                if (!gives || !request.method().equals("POST")) {
                    return Reply.problem(Problem.Kind.NOT_FOUND.with("no tickets here"));
                }
                tickets.incrementAndGet();
                String text = cluster.ticket(
                        String.valueOf(request.query("host")),
                        digest,
                        Instant.now().plusSeconds(600));
                return Reply.json(200, new TicketGiven(text, 600, cluster.pieces(digest)));
            }
            byte[] content = cluster.content(digest);
            String range = request.header("Range");
            if (range == null) {
                whole.incrementAndGet();
                sent.addAndGet(content.length);
                return Reply.bytes(200, "application/octet-stream", content);
            }
            String[] ends = range.substring("bytes=".length()).split("-", -1);
            int from = Integer.parseInt(ends[0]);
            int to = ends[1].isEmpty() ? content.length : Integer.parseInt(ends[1]) + 1;
            sent.addAndGet(to - from);
            return new Reply.Whole(206, "application/octet-stream", Arrays.copyOfRange(content, from, to), Map.of())
                    .with("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        cluster = new ShareCluster(directory);
        repository = new FakeRepository();
        client = new RepositoryClient(() -> ClusterTrust.in(cluster.authority.certificate()));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        cluster.close();
        repository.close();
    }

    private GrantHolder right() throws Exception {
        String url = "http://127.0.0.1:" + repository.server.port();
        Grants grants = (set, image) -> new LinkMethods.GrantAnswer(url, List.of(REPOSITORY), "1", "right", 300);
        return GrantHolder.ask(grants, UUID.randomUUID(), "web:1");
    }

    private PeerBlobs peers(String host) throws Exception {
        HostShare share = cluster.share(host);
        return new PeerBlobs(client, host, () -> share);
    }

    private void fetched(BlobSource source, String digest, int size, String name) throws Exception {
        Path file = directory.resolve(name);
        List<Long> moved = new ArrayList<>();
        source.fetch(REPOSITORY, new Blob(digest, size), file, right(), moved::add);
        assertThat(Files.readAllBytes(file)).isEqualTo(cluster.content(digest));
        assertThat(moved).endsWith((long) size);
    }

    @Test
    void aLargeBlobComesInPiecesOfWhomeverHasThem() throws Exception {
        String digest = cluster.blob(LARGE, 1);
        fetched(peers("first"), digest, LARGE, "first");
        assertThat(repository.sent).hasValue(LARGE);
        fetched(peers("second"), digest, LARGE, "second");
        assertThat(repository.tickets.get()).as("each host has its own right").isEqualTo(2);
        assertThat(repository.whole).hasValue(0);
        assertThat(repository.sent.get()).as("peers gave some").isLessThan(2L * LARGE);
    }

    @Test
    void aSmallBlobComesOfTheRepository() throws Exception {
        fetched(peers("h"), cluster.blob(1000, 1), 1000, "got");
        assertThat(repository.whole).hasValue(1);
        assertThat(repository.tickets).hasValue(0);
    }

    @Test
    void whatIsNotSharedComesOfTheRepository() throws Exception {
        repository.gives = false;
        fetched(peers("h"), cluster.blob(LARGE, 1), LARGE, "got");
        assertThat(repository.whole).hasValue(1);
    }

    @Test
    void aHostThatCannotShareFetchesOfTheRepository() throws Exception {
        BlobSource source = new PeerBlobs(client, "h", () -> {
            throw new IOException("the port is taken");
        });
        fetched(source, cluster.blob(LARGE, 1), LARGE, "got");
        fetched(source, cluster.blob(LARGE, 2), LARGE, "another");
        assertThat(repository.whole).hasValue(2);
    }

    @Test
    void whatComesOfTheRepositoryComesNoFasterThanItMay() throws Exception {
        long rate = 1 << 20;
        FakeTime time = new FakeTime();
        try (RepositoryClient slow = new RepositoryClient(
                () -> ClusterTrust.in(cluster.authority.certificate()), new RateLimit(rate, time))) {
            fetched(slow, cluster.blob(3_000_000, 1), 3_000_000, "alone");
            HostShare share = cluster.share("h");
            fetched(new PeerBlobs(slow, "h", () -> share), cluster.blob(LARGE, 2), LARGE, "shared");
        }
        // The first bytes after a rest are free: those of 50 ms.
        long least = repository.sent.get() * 1_000_000_000L / rate - 50_000_000L;
        assertThat(repository.tickets).as("the second came in pieces").hasValue(1);
        assertThat(repository.sent.get()).isGreaterThanOrEqualTo(3_000_000L + LARGE);
        assertThat(time.nanos()).isBetween(least - 1_000_000, least + 60_000_000L);
    }

    @Test
    void whatOtherHostsGiveDoesNotCount() throws Exception {
        String digest = cluster.blob(LARGE, 1);
        fetched(peers("first"), digest, LARGE, "first");
        FakeTime time = new FakeTime();
        try (RepositoryClient slow = new RepositoryClient(
                () -> ClusterTrust.in(cluster.authority.certificate()), new RateLimit(1 << 20, time))) {
            HostShare share = cluster.share("second");
            fetched(new PeerBlobs(slow, "second", () -> share), digest, LARGE, "second");
        }
        assertThat(time.nanos()).isLessThan(LARGE * 1_000_000_000L / (1 << 20));
    }

    @Test
    void whatAnEarlierTryBeganIsGoneOnWith() throws Exception {
        String digest = cluster.blob(LARGE, 1);
        Files.write(directory.resolve("got"), Arrays.copyOf(cluster.content(digest), LARGE - 1000));
        fetched(peers("h"), digest, LARGE, "got");
        assertThat(repository.sent).hasValue(1000);
    }
}
