package io.mosaic.agent.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.HostTrust;
import io.mosaic.model.share.PieceList;
import io.mosaic.model.share.PieceSet;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerServerTest {

    private static final int SIZE = 9_500_000;

    @TempDir
    Path directory;

    private ShareCluster cluster;
    private HostShare seed;
    private String digest;

    @BeforeEach
    void start() throws Exception {
        cluster = new ShareCluster(directory);
        digest = cluster.blob(SIZE, 1);
        seed = seeded(0, ShareSettings.UPLOADS);
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private HostShare seeded(long uplink, int uploads) throws Exception {
        HostShare share = cluster.share("seed", uplink, uploads);
        share.fetch(cluster.origin("seed"), digest, SIZE, directory.resolve("seed-" + share.port()), bytes -> {});
        return share;
    }

    private HttpClient client(Credentials credentials) throws Exception {
        return HttpClient.newBuilder().sslContext(cluster.tls(credentials)).build();
    }

    private static HttpRequest request(HostShare share, String path, String ticket) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + share.port() + "/share/" + path));
        if (ticket != null) {
            request.header(PeerServer.TICKET, ticket);
        }
        return request.build();
    }

    private HttpResponse<byte[]> get(String path, String ticket) throws Exception {
        return client(cluster.host("h1")).send(request(seed, path, ticket), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static Instant later() {
        return Instant.now().plusSeconds(600);
    }

    @Test
    void whoHasATicketGetsEachPieceAndHearsWhatElseIsThere() throws Exception {
        PieceList list = cluster.pieces(digest);
        String ticket = cluster.ticket("h1", digest, later());
        assertThat(list.count()).isEqualTo(10);
        for (int piece : new int[] {0, 5, 9}) {
            HttpResponse<byte[]> answer = get(digest + "/" + piece, ticket);
            assertThat(answer.statusCode()).isEqualTo(200);
            int from = (int) list.offset(piece);
            assertThat(answer.body())
                    .isEqualTo(Arrays.copyOfRange(cluster.content(digest), from, from + list.length(piece)));
            assertThat(answer.headers().firstValue(PeerServer.HAVE)).hasValue(PieceSet.text(PieceSet.all(10)));
        }
        assertThat(seed.served()).isEqualTo(list.length(0) + list.length(5) + list.length(9));
    }

    @Test
    void toKnowADigestIsNoRight() throws Exception {
        String other = cluster.blob(SIZE, 2);
        PieceList list = cluster.pieces(digest);
        BlobTicket byHand = new BlobTicket("h1", digest, list.size(), list.fingerprint(), later().getEpochSecond());
        String[] bad = {
            null,
            "",
            "mosticket_x.y.z",
            cluster.ticket("h1", digest, Instant.now().minusSeconds(1)),
            cluster.ticket("h1", other, later()),
            cluster.ticket("h2", digest, later()),
            byHand.sealed(cluster.authority.issueController()),
            byHand.sealed(cluster.host("h1")),
        };
        for (String ticket : bad) {
            assertThat(get(digest + "/0", ticket).statusCode()).as("%s", ticket).isEqualTo(403);
        }
        assertThat(seed.refused()).isEqualTo(bad.length);
        assertThat(seed.served()).isZero();
    }

    @Test
    void whatIsNotThereIsSaidSo() throws Exception {
        String ticket = cluster.ticket("h1", digest, later());
        for (String piece : new String[] {"10", "-1", "x", "99999999999", ""}) {
            assertThat(get(digest + "/" + piece, ticket).statusCode()).as(piece).isEqualTo(404);
        }
        assertThat(get("", ticket).statusCode()).isEqualTo(404);
        assertThat(get(digest + "/0/0", ticket).statusCode()).isEqualTo(404);
        String other = cluster.blob(SIZE, 2);
        assertThat(get(other + "/0", cluster.ticket("h1", other, later())).statusCode())
                .isEqualTo(404);
    }

    @Test
    void onlyHostsOfTheClusterGetAConnection() throws Exception {
        HttpRequest request = request(seed, digest + "/0", cluster.ticket("h1", digest, later()));
        ClusterAuthority foreign = ClusterAuthority.loadOrCreate(directory.resolve("foreign"));
        HostKey key = HostKey.generate();
        Credentials stranger = key.with(foreign.signHost("h1", UUID.randomUUID(), key.csrPem("h1")));
        for (Credentials credentials :
                new Credentials[] {stranger, cluster.authority.issueController(), cluster.authority.issueRepository()
                }) {
            HttpClient client = client(credentials);
            assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
                    .as("%s", credentials)
                    .isInstanceOf(IOException.class);
        }
        SSLContext anonymous = SSLContext.getInstance("TLS");
        anonymous.init(null, new TrustManager[] {new HostTrust(cluster.authority.certificate())}, null);
        HttpClient nobody = HttpClient.newBuilder().sslContext(anonymous).build();
        assertThatThrownBy(() -> nobody.send(request, HttpResponse.BodyHandlers.discarding()))
                .isInstanceOf(IOException.class);
        assertThat(seed.served()).isZero();
    }

    @Test
    void aHostPassesForNoController() throws Exception {
        SSLContext agent = SSLContext.getInstance("TLS");
        agent.init(null, new TrustManager[] {ClusterTrust.in(cluster.authority.certificate())}, null);
        HttpClient client = HttpClient.newBuilder().sslContext(agent).build();
        assertThatThrownBy(() -> client.send(request(seed, digest + "/0", "x"), HttpResponse.BodyHandlers.discarding()))
                .as("its certificate is no server's")
                .isInstanceOf(IOException.class);
    }

    @Test
    void whoAsksTooMuchIsToldToComeAgain() throws Exception {
        HostShare slow = seeded(100_000, 1);
        String ticket = cluster.ticket("h1", digest, later());
        HttpClient client = client(cluster.host("h1"));
        HttpResponse<InputStream> first =
                client.send(request(slow, digest + "/0", ticket), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = first.body()) {
            assertThat(body.read()).isNotNegative();
            // The first piece takes some ten seconds.
            HttpResponse<byte[]> second =
                    client.send(request(slow, digest + "/1", ticket), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(second.statusCode()).isEqualTo(503);
            assertThat(second.headers().firstValue(PeerServer.HAVE)).isPresent();
        }
    }
}
