package io.mosaic.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerConfigTest {

    @TempDir
    private Path directory;

    private ControllerConfig read(String json) throws IOException {
        Path file = directory.resolve("controller.json");
        Files.writeString(file, json);
        return ControllerConfig.read(file, true);
    }

    @Test
    void hasDefaults() throws IOException {
        ControllerConfig config = ControllerConfig.read(directory.resolve("absent.json"), false);
        assertThat(config.apiPort()).isEqualTo(8443);
        assertThat(config.linkPort()).isEqualTo(8444);
        assertThat(config.api().bindOrLocal()).isEqualTo("127.0.0.1");
        assertThat(config.database()).isNull();
        assertThat(read("{\"api\":{\"port\":1}}").apiPort()).isEqualTo(1);
    }

    @Test
    void saysInOneLineWhatIsWrong() {
        assertThatThrownBy(() -> ControllerConfig.read(directory.resolve("absent.json"), true))
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> read("{\"api\":{\"prot\":1}}")).hasMessageContaining("/api/prot: unknown field");
        assertThatThrownBy(() -> read("{\"api\":{\"port\":70000}}")).hasMessageContaining("/api/port");
        assertThatThrownBy(() -> read("{\"api\":{\"port\":5},\"link\":{\"port\":5}}"))
                .hasMessageContaining("/link/port");
        assertThatThrownBy(() -> read("{\"name\":\"A B\"}")).hasMessageContaining("/name");
        assertThatThrownBy(() -> read("{\"database\":{\"url\":\"x\"}}")).hasMessageContaining("/database");
    }

    @Test
    void takesARepositoryThatNobodyElseCanListenTo() throws IOException {
        assertThat(read("{}").images()).isNull();
        for (String url : new String[] {
            "https://images.example:8445", "http://127.0.0.1:8445", "http://localhost:1", "http://[::1]:1"
        }) {
            assertThat(read("{\"images\":{\"url\":\"" + url + "\"}}").images())
                    .isEqualTo(new ControllerConfig.ImageRepository(url));
        }
        for (String url : new String[] {
            "http://images.example:8445",
            "https://a/v2",
            "https://u:p@a",
            "ftp://a",
            "https://",
            "a:1",
            "http://127.0.0.1.evil.example"
        }) {
            assertThatThrownBy(() -> read("{\"images\":{\"url\":\"" + url + "\"}}"))
                    .as(url)
                    .hasMessageContaining("/images/url");
        }
        assertThatThrownBy(() -> read("{\"images\":{}}")).hasMessageContaining("/images/url");
    }

    @Test
    void letsOneControllerIntoAHome() throws IOException {
        MosaicHome home = MosaicHome.at(directory.toString());
        try (HomeLock lock = HomeLock.take(home)) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> HomeLock.take(home)).hasMessageContaining("another controller");
        }
        HomeLock.take(home).close();
    }
}
