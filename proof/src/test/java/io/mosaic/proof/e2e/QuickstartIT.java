package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.proof.rig.CommandRig;
import io.mosaic.proof.rig.CommandRig.Ran;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.HostProcesses;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code mos quickstart}, {@code up} and {@code down} as a user runs them. */
class QuickstartIT {

    private static final String OWN = """
            {"name": "own", "resources": {"cpu": 0.1, "memory": "32Mi"},
             "containers": [{"index": 1, "name": "main", "image": "demo:own",
                             "options": {"command": ["sleep", "1000000"]}}]}
            """;

    @Test
    void setsAllUpOnceIsMendedAfterAKillAndIsTakenBack() throws Exception {
        try (DockerRig docker = DockerRig.start("quickstart");
                CommandRig mos = CommandRig.start("quickstart", docker)) {
            Ran first = mos.run("quickstart");
            assertThat(first.code()).as(first.output()).isZero();
            assertThat(first.step("controller")).startsWith("started on https://127.0.0.1:");
            String repository = first.step("images").replace("started on http://", "");
            assertThat(repository).startsWith("127.0.0.1:");
            String demo = repository + "/default/demo:1";
            assertThat(first.step("demo")).isEqualTo("demo:1 made from this machine's BusyBox and pushed, " + demo);
            assertThat(first.output()).contains("From API call to RUNNING: ");
            Ran images = mos.run("image", "list");
            assertThat(images.code()).as(images.output()).isZero();
            assertThat(images.output()).contains("default/demo");
            assertThat(mos.run("audit").output()).contains("PUT /v2/default/demo/manifests/1");
            // What was made was taken away; what the set runs is what the agent fetched. No password is left behind.
            assertThat(docker.docker().get("/images/json").text())
                    .contains("images.mosaic/default/demo:1")
                    .doesNotContain(demo);
            assertThat(mos.home().resolve("run/docker-login")).doesNotExist();

            String before = pids(mos);
            Ran again = mos.run("quickstart");
            assertThat(again.code()).as(again.output()).isZero();
            assertThat(again.step("images")).isEqualTo("runs on http://" + repository);
            assertThat(again.step("demo")).isEqualTo("demo:1 is in the image repository, " + demo);
            assertThat(again.output()).contains("runs, as it did before");
            assertThat(pids(mos)).isEqualTo(before);

            HostProcesses.kill(List.of(Long.parseLong(pid(mos, "images"))));
            Ran up = mos.run("up");
            assertThat(up.code()).as(up.output()).isZero();
            assertThat(up.step("images")).isEqualTo("started on http://" + repository);
            assertThat(mos.run("image", "list").output()).contains("default/demo");

            // An image of a set of the user's own, by a name that quickstart does not know, and one of strangers.
            Ran tagged = mos.run("image", "tag", "default/demo:1", "own");
            assertThat(tagged.code()).as(tagged.output()).isZero();
            Path set = mos.home().resolve("own.set.json");
            Files.writeString(set, OWN);
            Ran own = mos.run("set", "create", "-f", set.toString(), "--wait", "--timeout", "3m");
            assertThat(own.code()).as(own.output()).isZero();
            assertThat(docker.docker().get("/images/json").text()).contains("images.mosaic/default/demo:own");
            docker.docker().tag("mosaic/infra:1", "strangers", "1");

            Ran down = mos.run("down");
            assertThat(down.step("images")).isEqualTo("stopped");
            assertThat(HostProcesses.naming(mos.home())).isEmpty();
            Ran purge = mos.run("down", "--purge");
            assertThat(purge.code()).as(purge.output()).isZero();
            assertThat(purge.step("sets")).startsWith("2 deleted");
            assertThat(purge.step("fetched")).endsWith(" removed");
            assertThat(mos.home().resolve("lib")).doesNotExist();
            assertThat(mos.home().resolve("etc")).doesNotExist();
            assertThat(HostProcesses.naming(mos.home())).isEmpty();
            assertThat(docker.docker().containers(null)).isEmpty();
            assertThat(docker.docker().get("/images/json").text())
                    .doesNotContain("mosaic/")
                    .contains("strangers:1");
        }
    }

    private static String pids(CommandRig mos) throws Exception {
        return pid(mos, "controller") + " " + pid(mos, "images") + " " + pid(mos, "agent");
    }

    private static String pid(CommandRig mos, String part) throws Exception {
        String text = Files.readString(mos.home().resolve("run/" + part + ".pid"));
        return text.substring(0, text.indexOf(' '));
    }
}
