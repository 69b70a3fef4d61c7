package io.mosaic.proof.rig;

import io.mosaic.cli.local.JvmOptions;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One more host of an {@link Installation}, over a Docker daemon of its own. Not thread-safe. */
public final class AddedHost implements AutoCloseable {

    private final Path home;
    private final JavaProcess agent;

    private AddedHost(Path home, JavaProcess agent) {
        this.home = home;
        this.agent = agent;
    }

    /** Starts its agent, which joins under that name and has it as its label {@code host}; does not wait for it. */
    public static AddedHost join(Installation mosaic, DockerRig docker, String name)
            throws IOException, InterruptedException {
        RawApi.Answer answer =
                mosaic.api().post("/v1/tokens", "{\"name\":\"join-" + name + "\",\"purpose\":\"join\",\"ttl\":\"1h\"}");
        if (answer.status() != 201) {
            throw new IOException("no join token: " + answer.status() + " " + answer.text());
        }
        Path home = RigDirectory.create(name);
        Map<String, String> environment = Map.of("MOS_HOME", home.toString());
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", name);
        config.put("controllers", List.of("127.0.0.1:" + mosaic.linkPort()));
        config.put("joinToken", answer.json().path("token").asString());
        config.put("dockerSocket", docker.socket().toString());
        config.put("infraImage", "mosaic/infra:1");
        config.put("labels", Map.of("host", name));
        config.put("cpu", Installation.OFFERED_CORES);
        Path etc = Files.createDirectories(MosaicHome.at(home.toString()).etc());
        Files.writeString(etc.resolve("agent.json"), Json.pretty(config));
        JavaProcess agent = new JavaProcess(
                "agent", JvmOptions.agent(environment), "io.mosaic.agent.Main", List.of(), environment, home);
        agent.start();
        return new AddedHost(home, agent);
    }

    public JavaProcess agent() {
        return agent;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        agent.close();
        RigDirectory.clear(home);
    }
}
