package io.mosaic.agent.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.HostInventory;
import io.mosaic.model.ImageName;
import io.mosaic.model.link.LinkMethods;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is fetched of an image, and how a daemon gets it. */
class ImagePlanTest {

    private static final String A = "sha256:" + "a".repeat(64);
    private static final String B = "sha256:" + "b".repeat(64);
    private static final String C = "sha256:" + "c".repeat(64);

    @TempDir
    private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void namesEachLayerWithAllBelowIt() {
        // By the image specification's own rule: the first is its own name, each further one SHA-256 of "below own".
        assertThat(ImageConfig.chains(List.of(A, B)))
                .containsExactly(A, "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
        assertThat(ImageConfig.chains(List.of(A, B)).get(1))
                .isNotEqualTo(ImageConfig.chains(List.of(C, B)).get(1));
    }

    @Test
    void fetchesWhatNoImageOfTheHostHas() {
        ImageConfig config = new ImageConfig(List.of(A, B, C));
        assertThat(config.missing(Set.of())).containsExactly(0, 1, 2);
        assertThat(config.missing(Set.copyOf(ImageConfig.chains(List.of(A, B)))))
                .containsExactly(2);
        assertThat(config.missing(Set.of(B, C)))
                .as("the same layers above others")
                .containsExactly(0, 1, 2);
        assertThat(config.missing(Set.copyOf(ImageConfig.chains(List.of(A, B, C)))))
                .isEmpty();
    }

    @Test
    void readsAManifestAndRefusesWhatIsNone() throws Exception {
        String good = """
                {"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "%s", "size": 7},
                 "layers": [{"mediaType": "x", "digest": "%s", "size": 9, "urls": []}], "annotations": {}}
                """.formatted(A, B);
        ImageManifest read = ImageManifest.read(bytes(good));
        assertThat(read.config()).isEqualTo(new Blob(A, 7));
        assertThat(read.layers()).containsExactly(new Blob(B, 9));
        for (String bad : List.of(
                "",
                "null",
                "{}",
                good.replace(B, "sha256:../../etc/passwd"),
                good.replace("\"size\": 9", "\"size\": -9"),
                good.replace("vnd.oci.image.config.v1+json", "vnd.example.chart+json"))) {
            assertThatThrownBy(() -> ImageManifest.read(bytes(bad))).as(bad).isInstanceOf(ImageException.class);
        }
    }

    @Test
    void choosesForTheMachine() throws Exception {
        byte[] index = bytes("""
                {"manifests": [{"digest": "%s", "size": 1, "platform": {"os": "linux", "architecture": "arm64"}},
                               {"digest": "%s", "size": 1, "platform": {"os": "linux", "architecture": "amd64"}}]}
                """.formatted(A, B));
        assertThat(ImageManifest.choose(index, "x86_64")).isEqualTo(B);
        assertThat(ImageManifest.choose(index, "aarch64")).isEqualTo(A);
        assertThatThrownBy(() -> ImageManifest.choose(index, "riscv64")).hasMessageContaining("linux/riscv64");
    }

    @Test
    void writesATarWithOnlyTheLayersThatGo() throws Exception {
        Path layer = directory.resolve("layer");
        Files.write(layer, new byte[1000]);
        byte[] tar = LoadTar.of(bytes("{}"), "images.mosaic/food/web:1", 2, Map.of(1, layer))
                .readAllBytes();
        List<String> entries = new ArrayList<>();
        String manifest = "";
        try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.add(entry.getName() + " " + entry.getSize());
                if (entry.getName().equals("manifest.json")) {
                    manifest = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                }
            }
        }
        assertThat(entries).hasSize(3).contains("config.json 2", "1/layer.tar 1000");
        assertThat(manifest).contains("0/layer.tar", "1/layer.tar", "images.mosaic/food/web:1");
        assertThat(tar.length % 512).isZero();
    }

    @Test
    void remembersWhatASetWasGivenOverRestarts() throws Exception {
        Path file = directory.resolve("ledger.json");
        UUID set = UUID.randomUUID();
        ImageLedger ledger = ImageLedger.open(file, InstantSource.fixed(Instant.EPOCH));
        ImageLedger.Settled given = new ImageLedger.Settled(set, "web:1", A, "food/web", B);
        ledger.settle(given, "1", "food", 10);

        ImageLedger again = ImageLedger.open(file, InstantSource.fixed(Instant.EPOCH.plusSeconds(1)));
        assertThat(again.settled(set, "web:1")).isEqualTo(given);
        assertThat(again.settled(UUID.randomUUID(), "web:1")).isNull();
        assertThat(again.othersOnly(A, "food")).isFalse();
        assertThat(again.othersOnly(A, "shop")).isTrue();
        assertThat(again.othersOnly(C, "shop")).as("not brought at all").isFalse();
        assertThat(again.last("food/web", "1")).isNotNull();
        assertThat(again.last("food/web", B)).as("by digest").isNotNull();
        assertThat(again.last("shop/web", "1")).isNull();
        again.retain(Set.of());
        assertThat(again.settled(set, "web:1")).isNull();
        assertThat(again.inUse(A)).isFalse();
        Files.writeString(file, "{");
        assertThat(ImageLedger.open(file, InstantSource.system()).all()).isEmpty();
    }

    @Test
    void whatIsPinnedOrGoingIsNotPromisedTwice() throws Exception {
        Path file = directory.resolve("ledger.json");
        ImageLedger ledger = ImageLedger.open(file, InstantSource.fixed(Instant.EPOCH));
        assertThat(ledger.ahead(A, "food/web", "1", B, "food", 10, true)).isTrue();
        assertThat(ledger.ahead(C, "food/db", "1", C, "food", 10, false)).isTrue();
        ImageLedger again = ImageLedger.open(file, InstantSource.fixed(Instant.EPOCH));
        assertThat(again.othersOnly(A, "shop")).isTrue();
        assertThat(ImageCache.unused(again)).extracting(ImageLedger.Brought::id).containsExactly(C);
        assertThat(again.condemn(A)).as("pinned").isFalse();

        assertThat(again.condemn(C)).isTrue();
        assertThat(again.condemn(C)).as("by another").isFalse();
        assertThat(again.ahead(C, "food/db", "1", C, "food", 10, true)).isFalse();
        assertThatThrownBy(() -> again.pin(new ImageLedger.Pin("food", "food/db", "1", C)))
                .hasMessageContaining("being removed");
        again.stays(C);
        assertThat(again.pin(new ImageLedger.Pin("food", "food/db", "1", C))).isTrue();
        assertThat(again.pin(new ImageLedger.Pin("food", "food/db", "1", C))).isFalse();
        assertThat(again.condemn(C)).isFalse();

        // The tag means another image now: the one before may go.
        assertThat(again.ahead(C, "food/web", "1", C, "food", 10, true)).isTrue();
        assertThat(again.condemn(A)).isTrue();
        again.gone(A);
        assertThat(again.unpin("shop", "food/web", "1")).as("another tenant's").isFalse();
        assertThat(again.unpin("food", "food/web", C))
                .as("all names by its digest")
                .isTrue();
        assertThat(ImageLedger.open(file, InstantSource.system()).pins())
                .containsExactly(new ImageLedger.Pin("food", "food/db", "1", C));
    }

    @Test
    void tellsTheNamesThatSetsMayAskFor() {
        Docker.ImageInfo local = new Docker.ImageInfo(A, List.of("local:1"), 1);
        Docker.ImageInfo came = new Docker.ImageInfo(B, List.of("images.mosaic/food/web:1"), 1);
        ImageLedger.Brought brought =
                new ImageLedger.Brought(B, "food/web", "1", C, 10, Set.of("food"), Instant.EPOCH.plusSeconds(5));
        String byDigest = "images.mosaic/food/web:" + C.replace(':', '-');
        assertThat(ImageStock.names(List.of(local, came), Map.of(B, brought)))
                .containsExactly("images.mosaic/food/web:1", byDigest, "local:1");
        assertThat(ImageName.onHost("web@" + C, "food")).contains(byDigest);

        List<Docker.ImageInfo> many = new ArrayList<>(List.of(came));
        for (int i = 0; i < 2 * HostInventory.IMAGES_MAX; i++) {
            many.add(new Docker.ImageInfo("sha256:" + i, List.of("a-local:" + i), 1));
        }
        assertThat(ImageStock.names(many, Map.of(B, brought)))
                .hasSize(HostInventory.IMAGES_MAX)
                .isSorted()
                .contains("images.mosaic/food/web:1");
    }

    @Test
    void aRightThatWasGivenLastsUntilTheNextOrEnds() throws Exception {
        LinkMethods.GrantAnswer ended = new LinkMethods.GrantAnswer("u", List.of("food/web"), "1", "t", -1);
        GrantHolder right = GrantHolder.given(ended);
        assertThatThrownBy(right::current).hasMessageContaining("has ended");
        LinkMethods.GrantAnswer next = new LinkMethods.GrantAnswer("u", List.of("food/web"), "1", "t2", 300);
        right.renew(next);
        assertThat(right.current()).isEqualTo(next);
    }

    @Test
    void saysHowFarItIs() {
        FetchProgress progress = new FetchProgress();
        assertThat(progress.words("web:1")).isEqualTo("fetching image web:1");
        progress.total(120L << 20);
        progress.moved(new Blob(A, 100L << 20), 30L << 20);
        progress.moved(new Blob(B, 20L << 20), 4L << 20);
        assertThat(progress.words("web:1")).isEqualTo("fetching image web:1: 34 of 120 MiB");
        progress.moved(new Blob(A, 100L << 20), 100L << 20);
        progress.moved(new Blob(B, 20L << 20), 20L << 20);
        assertThat(progress.words("web:1")).isEqualTo("loading image web:1");
    }
}
