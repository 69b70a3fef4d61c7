package io.mosaic.agent.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.docker.TestContainers;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.Interval;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks of a real container whose servers listen on its own loopback alone. */
class ProbesIT {

    private DockerClient docker;
    private TestContainers containers;
    private Probes probes;
    private String id;
    private int pid;

    @BeforeEach
    void serve() throws Exception {
        docker = DockerDaemon.shared().client();
        containers = new TestContainers(docker);
        probes = new Probes(docker);
        String serve = "mkdir -p /tmp/www; echo hi > /tmp/www/index.html;"
                + " httpd -p 127.0.0.1:8080 -h /tmp/www;"
                + " nc -ll -p 8081 -e sleep 30 &"
                + " nc -ll -p 8082 -e printf 'HTTP/1.1 503 Busy\\r\\n\\r\\nlater' &"
                + " nc -ll -p 8083 -e echo rubbish &"
                + " nc -ll -p 8084 -e true &"
                + " nc -ll -p 8085 -e yes &"
                + " sleep 1000";
        id = containers.run(containers.config("probed").network("none").command("sh", "-c", serve));
        pid = docker.inspect(id).pid();
        await().until(() ->
                check(null, 8085, null).healthy() && check(null, 8080, null).healthy());
    }

    @AfterEach
    void clean() throws DockerException, IOException {
        containers.close();
        docker.close();
    }

    @Test
    void http() throws Exception {
        assertThat(check("http://localhost:8080/index.html", null, null)).isEqualTo(new ProbeResult(true, "HTTP 200"));
        assertThat(check("http://127.0.0.1:8080/index.html?x=1", null, null))
                .isEqualTo(new ProbeResult(true, "HTTP 200"));
        assertThat(check("http://localhost:8080/missing", null, null)).isEqualTo(new ProbeResult(false, "HTTP 404"));
        assertThat(check("http://localhost:8082", null, null)).isEqualTo(new ProbeResult(false, "HTTP 503"));
        assertThat(check("http://localhost:8079/", null, null))
                .isEqualTo(new ProbeResult(false, "port 8079: connection refused"));
        assertThat(check("http://localhost:8081/", null, null))
                .isEqualTo(new ProbeResult(false, "port 8081: no answer in 500ms"));
        assertThat(check("http://localhost:8083/", null, null))
                .isEqualTo(new ProbeResult(false, "port 8083: not an HTTP answer"));
        assertThat(check("http://localhost:8084/", null, null).healthy()).isFalse();
        assertThat(check("http://localhost:8085/", null, null))
                .isEqualTo(new ProbeResult(false, "port 8085: not an HTTP answer"));
    }

    @Test
    void tcp() throws Exception {
        assertThat(check(null, 8080, null)).isEqualTo(new ProbeResult(true, "port 8080 accepts"));
        assertThat(check(null, 8079, null)).isEqualTo(new ProbeResult(false, "port 8079: connection refused"));
    }

    @Test
    void file() throws Exception {
        assertThat(check(null, null, "/tmp/www/index.html").healthy()).isTrue();
        assertThat(check(null, null, "/tmp/none")).isEqualTo(new ProbeResult(false, "no file /tmp/none"));
    }

    @Test
    void neverLooksIntoTheHostsOwnNetwork() {
        assertThatThrownBy(() ->
                        NetworkNamespace.open((int) ProcessHandle.current().pid(), StandardProtocolFamily.INET))
                .hasMessageContaining("no network of its own");
        assertThatThrownBy(() -> NetworkNamespace.open(0x3ffffff, StandardProtocolFamily.INET))
                .isInstanceOf(IOException.class);
    }

    @Test
    void noThreadStaysBehindInTheSetsNamespace() throws Exception {
        for (int i = 0; i < 50; i++) {
            check(null, 8080, null);
        }
        Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
        await().untilAsserted(() -> {
            try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
                for (Path thread : threads) {
                    assertThat(Files.readSymbolicLink(thread.resolve("ns/net"))).isEqualTo(own);
                }
            }
        });
    }

    private ProbeResult check(@Nullable String http, @Nullable Integer tcp, @Nullable String file)
            throws DockerException {
        Interval timeout = Interval.parse("500ms");
        return probes.check(new HealthCheck(http, tcp, file, null, timeout, null, null), pid, id);
    }
}
