package io.mosaic.images.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.blob.Digest;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LayerChainTest {

    private static Digest digest(String digit) {
        return Digest.of("sha256:" + digit.repeat(64));
    }

    /** The values are those of Python's uuid.uuid5 and hashlib. */
    @Test
    void theNamesAreThoseOfTheSpecifications() {
        assertThat(LayerChain.uuid(digest("0"))).isEqualTo(UUID.fromString("9c337265-a7e8-5012-9cf0-b3317ad75f2e"));
        assertThat(LayerChain.uuid(digest("a"))).isEqualTo(UUID.fromString("537bbf54-db74-5c1f-9d5a-7ccce44fceb7"));
        assertThat(LayerChain.above(null, digest("1"))).isEqualTo(digest("1"));
        assertThat(LayerChain.above(digest("1"), digest("2")))
                .hasToString("sha256:9932074217c35353d2e03a3f5a86549f7c67bfeb0ba53e23d69f4d4c8f7958f5");
    }

    @Test
    void aConfigurationNamesItsLayers() throws Exception {
        String diffs = "{\"rootfs\":{\"diff_ids\":[\"" + digest("1") + "\",\"" + digest("2") + "\"]}}";
        assertThat(LayerChain.diffs(diffs.getBytes(StandardCharsets.UTF_8))).containsExactly(digest("1"), digest("2"));
        for (String bad : new String[] {
            "",
            "[]",
            "{}",
            "{\"rootfs\":{\"diff_ids\":\"x\"}}",
            "{\"rootfs\":{\"diff_ids\":[\"x\"]}}",
            "{\"rootfs\":{\"diff_ids\":[1]}}"
        }) {
            assertThatThrownBy(() -> LayerChain.diffs(bad.getBytes(StandardCharsets.UTF_8)))
                    .as(bad)
                    .isInstanceOf(ManifestException.class);
        }
    }
}
