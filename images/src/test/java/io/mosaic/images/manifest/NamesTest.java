package io.mosaic.images.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.blob.Digest;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "food/web",
                "food/web/front",
                "a/b",
                "food/a.b",
                "food/a_b",
                "food/a__b",
                "food/a-b",
                "food/a--b",
                "food/blobs/uploads",
                "food/manifests"
            })
    void namesByTheSpecificationsGrammar(String text) {
        RepositoryName name = RepositoryName.parse(text);
        assertThat(name).isNotNull();
        assertThat(name.tenant()).isEqualTo(text.substring(0, text.indexOf('/')));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "web",
                "/web",
                "food/",
                "food//web",
                "Food/web",
                "food/Web",
                "food/../etc",
                "food/.",
                "food/..",
                "food/a..b",
                "food/a___b",
                "food/-a",
                "food/a-",
                "food/_a",
                "../../etc/passwd",
                "food/a%2fb",
                "food/a b",
                "food/a\n",
                "food/a\u0000",
                "fo..od/web",
                "fo_.od/web",
                ".od/web",
                "food/ä",
                "food\\web",
                "food/a:b",
                "food/a@b"
            })
    void noOtherNames(String text) {
        assertThat(RepositoryName.parse(text)).isNull();
    }

    @Test
    void aLongNameIsRefusedAtOnce() {
        assertThat(RepositoryName.parse("food/" + "a".repeat(195))).isNotNull();
        assertThat(RepositoryName.parse("food/" + "a".repeat(196))).isNull();
        assertThat(RepositoryName.parse("food/" + "a-".repeat(90))).isNull();
    }

    @Test
    void references() {
        String hex = "a".repeat(64);
        assertThat(Reference.parse("sha256:" + hex)).isEqualTo(new Reference.ByDigest(Digest.of("sha256:" + hex)));
        assertThat(Reference.parse("sha512:" + hex + hex)).isInstanceOf(Reference.ByDigest.class);
        assertThat(Reference.parse("v1.2_3-x")).isEqualTo(new Reference.Tag("v1.2_3-x"));
        for (String wrong : new String[] {
            "",
            ".a",
            "-a",
            "a/b",
            "a b",
            "a".repeat(129),
            "sha256:" + hex.toUpperCase(Locale.ROOT),
            "sha256:abc",
            "md5:" + hex,
            "sha256:"
        }) {
            assertThat(Reference.parse(wrong)).as(wrong).isNull();
        }
    }
}
