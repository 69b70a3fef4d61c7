package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.CommandRig;
import io.mosaic.proof.rig.CommandRig.Ran;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.HostProcesses;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code mos cluster} as a user runs it: the commands, their jars, and what they start. */
class ClusterCommandIT {

    private static final String WEB = """
            {"name": "web", "resources": {"cpu": 0.2, "memory": "64Mi"}, "volume": {"size": "512Mi", "mount": "/data"},
             "containers": [{"index": 1, "name": "main", "image": "demo:1",
               "options": {"command": ["sh", "-c", "exec sleep 100000"]}}]}
            """;

    private static final String APPS = """
            {"name": "front", "requires": [{"app": "back"}], "template": {"resources": {"cpu": 0.1, "memory": "32Mi"},
             "containers": [{"index": 1, "name": "main", "image": "demo:1", "options": {"command": ["sleep", "100000"]}}]}}
            """;

    @Test
    void comesUpWithAHostIsMendedAfterAKillAndGoesAwayWhole() throws Exception {
        try (DockerRig docker = DockerRig.start("cluster-command");
                CommandRig mos = CommandRig.start("cluster-command", docker)) {
            assertThat(mos.run("cluster", "status").output()).contains("there is no cluster");

            Ran up = mos.run("cluster", "up", "--agent");
            assertThat(up.code()).as(up.output()).isZero();
            assertThat(up.step("c3")).startsWith("started on https://127.0.0.1:");
            assertThat(up.step("agent")).contains("is READY");
            assertThat(up.step("images")).startsWith("started on https://127.0.0.1:");
            // Pushed by docker, through nginx, with the token that a user would give.
            assertThat(up.step("demo")).contains("pushed, 127.0.0.1:");
            follow(mos, up);
            Ran images = mos.run("image", "list");
            assertThat(images.code()).as(images.output()).isZero();
            assertThat(images.output()).contains("default/demo");
            assertThat(mos.run("audit").output()).contains("PUT /v2/default/demo/manifests/1");
            Path spec = Files.writeString(mos.home().resolveSibling("web.json"), WEB);
            Ran create = mos.run("set", "create", "-f", spec.toString(), "--wait");
            assertThat(create.code()).as(create.output()).isZero();
            Path back = Files.writeString(
                    mos.home().resolveSibling("back.json"),
                    APPS.replace("front", "back").replace("{\"app\": \"back\"}", ""));
            Path front = Files.writeString(mos.home().resolveSibling("front.json"), APPS);
            Ran apply = mos.run("app", "apply", "-f", back.toString(), "--wait");
            assertThat(apply.code()).as(apply.output()).isZero();
            apply = mos.run("app", "apply", "-f", front.toString(), "--wait");
            assertThat(apply.code()).as(apply.output()).isZero();

            HostProcesses.kill(List.of(pid(mos, "c2")));
            Ran status = mos.run("cluster", "status");
            assertThat(status.step("c1")).startsWith("runs, ready");
            assertThat(status.step("c2")).isEqualTo("does not run");
            assertThat(status.step("images")).startsWith("runs, ready");
            assertThat(status.step("nginx")).startsWith("runs, ready");
            try (MosaicClient client = front(mos, up)) {
                for (int i = 0; i < 20; i++) {
                    assertThat(client.sets().list(SetQuery.ALL).items()).hasSize(3);
                }
            }
            Ran again = mos.run("cluster", "up");
            assertThat(again.code()).as(again.output()).isZero();
            assertThat(again.step("c1")).startsWith("runs on");
            assertThat(again.step("c2")).startsWith("started on");
            assertThat(again.step("postgres")).startsWith("runs");
            assertThat(mos.run("cluster", "status").step("c2")).startsWith("runs, ready");

            // Everything down, and straight from there to nothing: apps and sets are deleted all the same.
            Ran down = mos.run("cluster", "down");
            assertThat(down.code()).as(down.output()).isZero();
            assertThat(HostProcesses.naming(mos.home())).isEmpty();
            assertThat(docker.docker().containers("io.mosaic.set")).hasSize(6);
            Ran purge = mos.run("cluster", "down", "--purge");
            assertThat(purge.code()).as(purge.output()).isZero();
            assertThat(purge.step("sets")).startsWith("3 deleted");
            assertThat(mos.home()).doesNotExist();
            assertThat(HostProcesses.naming(mos.home())).isEmpty();
            assertThat(docker.docker().containers(null)).isEmpty();
            assertThat(docker.docker().get("/images/json").text()).doesNotContain("mosaic/");
            assertThat(mos.run("cluster", "down", "--purge").output()).contains("there is no cluster");
        }
    }

    /** The value of a line that tells the user what to export. */
    private static String exported(Ran up, String key) {
        Matcher found = Pattern.compile("^ +export " + key + "=(.*)$", Pattern.MULTILINE)
                .matcher(up.output());
        assertThat(found.find()).as(key + " in " + up.output()).isTrue();
        return found.group(1);
    }

    private static String token(Ran up) throws Exception {
        String shell = exported(up, "MOS_TOKEN");
        return Files.readString(Path.of(shell.substring("$(cat ".length(), shell.length() - 1)))
                .strip();
    }

    /** Does as the output says. */
    private static void follow(CommandRig mos, Ran up) throws Exception {
        mos.set("MOS_SERVER", exported(up, "MOS_SERVER"));
        mos.set("MOS_CA_FILE", exported(up, "MOS_CA_FILE"));
        mos.set("MOS_TOKEN", token(up));
    }

    private static MosaicClient front(CommandRig mos, Ran up) throws Exception {
        return new MosaicClient(ClientSettings.of(
                URI.create(exported(up, "MOS_SERVER")),
                token(up),
                Files.readString(mos.home().resolve("c1/etc/ca.pem"))));
    }

    private static long pid(CommandRig mos, String part) throws Exception {
        String text = Files.readString(mos.home().resolve("run/" + part + ".pid"));
        return Long.parseLong(text.substring(0, text.indexOf(' ')));
    }
}
