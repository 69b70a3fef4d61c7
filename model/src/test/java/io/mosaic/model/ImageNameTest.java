package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImageNameTest {

    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private static List<String> meant(String image) {
        return ImageName.parse(image).repositories("food");
    }

    @Test
    void isTheTenantsFirstAndThenTheHubs() {
        assertThat(meant("web:1")).containsExactly("food/web", "docker.io/library/web");
        assertThat(meant("food/web:1")).containsExactly("food/web");
        assertThat(meant("food/a/b")).containsExactly("food/a/b");
        assertThat(meant("bitnami/redis:7")).containsExactly("docker.io/bitnami/redis");
    }

    @Test
    void leadsToTheRegistryThatItNames() {
        assertThat(meant("docker.io/nginx:1")).containsExactly("docker.io/library/nginx");
        assertThat(meant("docker.io/library/nginx:1")).containsExactly("docker.io/library/nginx");
        assertThat(meant("quay.io/a/b@" + DIGEST)).containsExactly("quay.io/a/b");
    }

    @Test
    void meansNothingInTheRepositoryWithAPortOrAsWhatAHostKeeps() {
        assertThat(meant("localhost:5000/web:1")).isEmpty();
        assertThat(meant("localhost/web:1")).isEmpty();
        assertThat(meant("registry.example:5000/web:1")).isEmpty();
        assertThat(meant("images.mosaic/food/web:1")).isEmpty();
        assertThat(meant(DIGEST)).isEmpty();
    }

    @Test
    void tellsWhichOfIt() {
        assertThat(ImageName.parse("web").reference()).isEqualTo("latest");
        assertThat(ImageName.parse("localhost:5000/web").reference()).isEqualTo("latest");
        assertThat(ImageName.parse("localhost:5000/web:2").reference()).isEqualTo("2");
        assertThat(ImageName.parse("web:2@" + DIGEST).reference()).isEqualTo(DIGEST);
    }

    @Test
    void isOnAHostUnderItsOwnNameOrThatOfWhatWasFetched() {
        assertThat(ImageName.onHost("web", "food"))
                .containsExactly(
                        "web",
                        "web:latest",
                        "images.mosaic/food/web:latest",
                        "images.mosaic/docker.io/library/web:latest");
        assertThat(ImageName.onHost("food/web@" + DIGEST, "food"))
                .containsExactly("food/web@" + DIGEST, "images.mosaic/food/web:sha256-" + "a".repeat(64));
    }
}
