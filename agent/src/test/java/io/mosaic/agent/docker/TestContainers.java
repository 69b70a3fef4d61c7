package io.mosaic.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.docker.Docker.Bind;
import io.mosaic.agent.docker.Docker.ContainerConfig;
import io.mosaic.agent.docker.Docker.ExecConfig;
import io.mosaic.agent.docker.Docker.ExecSession;
import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.Docker.Output;
import io.mosaic.agent.docker.Docker.OutputStreams;
import io.mosaic.agent.docker.Docker.PortBinding;
import io.mosaic.agent.docker.Docker.Ulimit;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Containers of one test: made with few words, all removed at its end. */
public final class TestContainers implements AutoCloseable {

    private final Docker docker;
    private final String uid = UUID.randomUUID().toString();

    public TestContainers(Docker docker) {
        this.docker = docker;
    }

    public Builder config(String name) {
        return new Builder(name);
    }

    /** Creates and starts it. */
    public String run(Builder builder) throws DockerException {
        String id = docker.create(builder.build());
        docker.start(id);
        return id;
    }

    /** What a command in it wrote; it must succeed. */
    public String output(String id, String... command) throws DockerException {
        try (ExecSession session = docker.exec(id, new ExecConfig(List.of(command), false, false, 0, 0, null))) {
            String text = drain(session);
            assertThat(session.exitCode()).as(text).isZero();
            return text;
        }
    }

    public static String drain(OutputStreams streams) throws DockerException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Output piece = streams.next(); piece != null; piece = streams.next()) {
            bytes.writeBytes(piece.bytes());
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws DockerException {
        for (Docker.ContainerSummary container : docker.list("io.mosaic.set")) {
            if (uid.equals(container.labels().get("io.mosaic.set"))) {
                docker.remove(container.id());
            }
        }
    }

    /** A container of BusyBox, unless told otherwise. */
    public final class Builder {
        private final String name;
        private String image = DockerDaemon.IMAGE;
        private List<String> command = List.of();
        private final Map<String, String> env = new HashMap<>();
        private final Map<String, String> sysctls = new HashMap<>();
        private final List<Bind> binds = new ArrayList<>();
        private final List<PortBinding> ports = new ArrayList<>();
        private final List<Ulimit> ulimits = new ArrayList<>();
        private @Nullable String user;
        private @Nullable String workdir;
        private @Nullable String hostname;
        private String network = "bridge";
        private String ipc = "shareable";
        private long rootDisk;
        private @Nullable Limits limits;

        private Builder(String name) {
            this.name = "mos-test-" + name + "-" + uid.substring(0, 8);
        }

        public Builder image(String value) {
            image = value;
            return this;
        }

        public Builder command(String... value) {
            command = List.of(value);
            return this;
        }

        public Builder env(String key, String value) {
            env.put(key, value);
            return this;
        }

        public Builder sysctl(String key, String value) {
            sysctls.put(key, value);
            return this;
        }

        public Builder bind(String source, String target, boolean readOnly) {
            binds.add(new Bind(source, target, readOnly));
            return this;
        }

        public Builder publish(int container, int host) {
            ports.add(new PortBinding(container, host, "tcp"));
            return this;
        }

        public Builder ulimit(String key, long value) {
            ulimits.add(new Ulimit(key, value, value));
            return this;
        }

        public Builder user(String value) {
            user = value;
            return this;
        }

        public Builder workdir(String value) {
            workdir = value;
            return this;
        }

        public Builder hostname(String value) {
            hostname = value;
            return this;
        }

        public Builder network(String value) {
            network = value;
            return this;
        }

        public Builder ipc(String value) {
            ipc = value;
            return this;
        }

        public Builder rootDisk(long bytes) {
            rootDisk = bytes;
            return this;
        }

        public Builder limits(Limits value) {
            limits = value;
            return this;
        }

        public ContainerConfig build() {
            return new ContainerConfig(
                    name,
                    image,
                    Map.of("io.mosaic.set", uid, "io.mosaic.container", name),
                    List.of(),
                    command,
                    env,
                    user,
                    workdir,
                    hostname,
                    network,
                    ipc,
                    binds,
                    ports,
                    List.of(),
                    sysctls,
                    ulimits,
                    List.of(),
                    false,
                    false,
                    rootDisk,
                    limits);
        }
    }
}
