package io.mosaic.images.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.blob.Digest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {

    private static final String A = "sha256:" + "a".repeat(64);
    private static final String B = "sha512:" + "b".repeat(128);
    private static final String CONFIG =
            "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" + A + "\",\"size\":3}";

    private static Manifest read(String mediaType, String json) throws ManifestException {
        return Manifest.read(mediaType, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void anImage() throws ManifestException {
        Manifest manifest = read(
                MediaTypes.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[{\"mediaType\":\"x/y\",\"digest\":\"" + B
                        + "\",\"size\":7},{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\","
                        + "\"digest\":\"" + A + "\",\"size\":3}],\"subject\":" + CONFIG
                        + ",\"annotations\":{\"k\":\"v\"},\"unknown\":1}");
        assertThat(manifest.blobs())
                .extracting(Descriptor::digest)
                .containsExactly(Digest.of(A), Digest.of(B), Digest.of(A));
        assertThat(manifest.blobs()).extracting(Descriptor::optional).containsExactly(false, false, true);
        assertThat(manifest.subject()).isEqualTo(Digest.of(A));
        assertThat(manifest.artifactType()).isEqualTo("application/vnd.oci.image.config.v1+json");
        assertThat(manifest.annotations()).containsEntry("k", "v");
    }

    @Test
    void anIndex() throws ManifestException {
        Manifest manifest = read(
                MediaTypes.OCI_INDEX,
                "{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.OCI_INDEX
                        + "\",\"artifactType\":\"a/b\",\"manifests\":[" + CONFIG + "]}");
        assertThat(manifest.manifests()).hasSize(1);
        assertThat(manifest.blobs()).isEmpty();
        assertThat(manifest.artifactType()).isEqualTo("a/b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{}",
                "{\"schemaVersion\":1,\"config\":CONFIG,\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":CONFIG}",
                "{\"schemaVersion\":2,\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":{}}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[1]}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[],\"manifests\":[]}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[],\"schemaVersion\":2}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[]} x",
                "{\"schemaVersion\":2,\"mediaType\":\"a/b\",\"config\":CONFIG,\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[],\"subject\":{}}",
                "{\"schemaVersion\":2,\"config\":CONFIG,\"layers\":[],\"annotations\":{\"a\":1}}",
                "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"sha256:../../x\",\"size\":1},\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"DIGEST\",\"size\":-1},\"layers\":[]}",
                "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"DIGEST\",\"size\":\"1\"},\"layers\":[]}"
            })
    void whatIsNoImage(String json) {
        assertThatThrownBy(() -> read(
                        MediaTypes.OCI_MANIFEST, json.replace("CONFIG", CONFIG).replace("DIGEST", A)))
                .isInstanceOf(ManifestException.class);
    }

    @Test
    void deepNestingAndManyReferencesAreRefused() {
        assertThatThrownBy(() -> read(MediaTypes.OCI_MANIFEST, "[".repeat(100_000)))
                .isInstanceOf(ManifestException.class);
        assertThatThrownBy(() -> read(
                        MediaTypes.OCI_INDEX,
                        "{\"schemaVersion\":2,\"manifests\":[" + (CONFIG + ",").repeat(4096) + CONFIG + "]}"))
                .isInstanceOf(ManifestException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "application/json", "application/vnd.docker.distribution.manifest.v1+prettyjws"})
    void otherTypesAreRefused(String mediaType) {
        assertThatThrownBy(() -> read(mediaType, "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[]}"))
                .isInstanceOf(ManifestException.class);
    }
}
