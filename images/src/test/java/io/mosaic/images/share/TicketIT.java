package io.mosaic.images.share;

import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.RegistryClient;
import io.mosaic.images.blob.Digest;
import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import io.mosaic.model.share.PieceList;
import io.mosaic.model.share.TicketGiven;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tickets of a real repository over a real database. */
class TicketIT {

    private static final byte[] CONTENT = content((5 << 20) + 17, 1);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static ClusterAuthority authority;
    private static Images images;
    private static RegistryClient food;
    private static String digest;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        MosaicHome place = MosaicHome.at(home.toString());
        authority = ClusterAuthority.loadOrCreate(place.etc().resolve("ca"));
        images = Images.start(cluster.config(null, Bytes.mebi(8)), place);
        food = client(Role.DEVELOPER, "food");
        digest = food.push("food/web", CONTENT);
    }

    @AfterAll
    static void stop() throws Exception {
        images.close();
        cluster.close();
    }

    private static RegistryClient client(Role role, String... tenants) throws Exception {
        return new RegistryClient(images.port(), cluster.token(role, tenants));
    }

    private static HttpResponse<byte[]> ask(RegistryClient client, String repository, String digest) throws Exception {
        return client.post("/v2/_mosaic/tickets/" + repository + "/" + digest + "?host=h1");
    }

    @Test
    void whoMayReadABlobGetsATicketAndItsPieces() throws Exception {
        HttpResponse<byte[]> answer = ask(client(Role.VIEWER, "food"), "food/web", digest);
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        TicketGiven given = Json.read(answer.body(), TicketGiven.class);

        PieceList list = given.pieces();
        assertThat(list.digest()).isEqualTo(digest);
        assertThat(list.size()).isEqualTo(CONTENT.length);
        assertThat(list.count()).isEqualTo(6);
        byte[] hashes = list.allHashes();
        for (int piece = 0; piece < list.count(); piece++) {
            int from = (int) list.offset(piece);
            byte[] bytes = Arrays.copyOfRange(CONTENT, from, from + list.length(piece));
            assertThat(PieceList.matches(hashes, piece, bytes, bytes.length)).isTrue();
            bytes[bytes.length / 2] ^= 1;
            assertThat(PieceList.matches(hashes, piece, bytes, bytes.length)).isFalse();
        }
        BlobTicket ticket = BlobTicket.open(given.ticket(), authority.certificate(), Instant.now());
        assertThat(ticket.host()).isEqualTo("h1");
        assertThat(ticket.digest()).isEqualTo(digest);
        assertThat(ticket.size()).isEqualTo(CONTENT.length);
        assertThat(ticket.pieces()).isEqualTo(list.fingerprint());
        assertThat(Duration.between(Instant.now(), Instant.ofEpochSecond(ticket.expires())))
                .isLessThanOrEqualTo(TicketApi.LIFE);
    }

    @Test
    void nobodyElseGetsOne() throws Exception {
        // Made once for those who may: that it is known must not matter.
        assertThat(ask(food, "food/web", digest).statusCode()).isEqualTo(200);
        RegistryClient shop = client(Role.DEVELOPER, "shop");
        assertThat(ask(shop, "food/web", digest).statusCode()).isEqualTo(403);
        // The other tenant knows the digest; none of its own repositories holds it.
        shop.push("shop/web", content(1000, 2));
        assertThat(ask(shop, "shop/web", digest).statusCode()).isEqualTo(404);
        assertThat(ask(food, "food/other", digest).statusCode()).isEqualTo(404);
        assertThat(ask(new RegistryClient(images.port(), null), "food/web", digest)
                        .statusCode())
                .isEqualTo(401);
        assertThat(ask(new RegistryClient(images.port(), "mos_no.such"), "food/web", digest)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void wrongCallsAreRefused() throws Exception {
        for (String path : List.of(
                "",
                "/",
                "/tickets",
                "/tickets/",
                "/tickets/" + digest,
                "/tickets/food/web/sha256:1",
                "/tickets/../" + digest)) {
            assertThat(food.post("/v2/_mosaic" + path).statusCode()).as(path).isEqualTo(404);
            assertThat(new RegistryClient(images.port(), null)
                            .post("/v2/_mosaic" + path)
                            .statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
        String path = "/v2/_mosaic/tickets/food/web/" + digest;
        assertThat(food.get(path + "?host=h1").statusCode()).isEqualTo(405);
        assertThat(food.post(path).statusCode()).isEqualTo(422);
        assertThat(food.post(path + "?host=..%2Fx").statusCode()).isEqualTo(422);
        assertThat(ask(food, "food/web", "sha256:" + "0".repeat(64)).statusCode())
                .isEqualTo(404);
    }

    @Test
    void thereIsNoTicketToContentThatIsBroken() throws Exception {
        byte[] broken = content(3 << 20, 3);
        String its = food.push("food/web", broken);
        try (Stream<Path> files = Files.walk(home)) {
            String hex = its.substring(its.indexOf(':') + 1);
            Path file = files.filter(each -> each.getFileName().toString().equals(hex))
                    .findFirst()
                    .orElseThrow();
            broken[1000] ^= 1;
            Files.write(file, broken);
        }
        assertThat(ask(food, "food/web", its).statusCode()).isEqualTo(500);
        assertThat(Digest.of(Digest.Algorithm.SHA256, CONTENT).toString()).isEqualTo(digest);
        assertThat(ask(food, "food/web", digest).body())
                .as("others are well")
                .contains("mosticket_".getBytes(StandardCharsets.US_ASCII));
    }
}
