package io.mosaic.images.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a registry may send us, and what it may ask for. */
class DestinationsTest {

    private static final URI PUBLIC = URI.create("https://192.0.2.10");
    private static final URI PRIVATE = URI.create("https://10.0.0.10");
    private static final URI LOCAL = URI.create("http://127.0.0.1:5000");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/x",
                "https://10.1.2.3/x",
                "https://172.16.0.1/x",
                "https://192.168.1.1/x",
                "https://169.254.169.254/latest/meta-data",
                "https://100.64.0.1/x",
                "https://0.0.0.0/x",
                "https://[::1]/x",
                "https://[fe80::1]/x",
                "https://[fd00::1]/x",
                "https://[::ffff:10.0.0.1]/x",
                "http://192.0.2.20/x",
                "ftp://192.0.2.20/x",
                "file:///etc/passwd",
                "https://user:password@192.0.2.20/x",
                "https:///x",
                "https://192.0.2.20/ x"
            })
    void aRegistryOutsideSendsUsNowhereInside(String location) {
        assertThatThrownBy(() -> new Destinations(PUBLIC).checked(PUBLIC, location))
                .isInstanceOf(IOException.class);
    }

    @Test
    void whereItMaySendUs() throws Exception {
        assertThat(new Destinations(PUBLIC).checked(PUBLIC.resolve("/v2/a"), "/v2/b"))
                .isEqualTo(URI.create("https://192.0.2.10/v2/b"));
        assertThat(new Destinations(PUBLIC).checked(PUBLIC, "https://192.0.2.20:8443/blob?sig=a%2Fb"))
                .isEqualTo(URI.create("https://192.0.2.20:8443/blob?sig=a%2Fb"));
        assertThat(new Destinations(PRIVATE).checked(PRIVATE, "https://10.0.0.11/blob"))
                .isEqualTo(URI.create("https://10.0.0.11/blob"));
        assertThat(new Destinations(LOCAL).checked(LOCAL, "http://127.0.0.1:6000/blob"))
                .isEqualTo(URI.create("http://127.0.0.1:6000/blob"));
        assertThatThrownBy(() -> new Destinations(LOCAL).checked(LOCAL, "http://10.0.0.11/blob"))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new Destinations(PUBLIC).checked(PUBLIC, null)).isInstanceOf(IOException.class);
    }

    @Test
    void whatItAsksFor() {
        assertThat(Challenge.of(
                        List.of("Basic realm=\"x\"", "Bearer realm=\"https://t/token\",service=s,scope=\"a:b,c\"")))
                .isEqualTo(new Challenge(false, "https://t/token", "s", "a:b,c"));
        assertThat(Challenge.of(List.of("Basic realm=\"x\""))).isEqualTo(new Challenge(true, null, null, null));
        assertThat(Challenge.of(List.of("Negotiate", "Bearer service=\"no realm\"")))
                .isNull();
        assertThat(Challenge.of(List.of("Bearer realm=\"" + "x".repeat(5000) + "\"")))
                .isNull();
    }
}
