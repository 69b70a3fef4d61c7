package io.mosaic.images;

import static io.mosaic.images.DockerdFixture.skopeo;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.kit.command.CommandException;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docker and skopeo do with the repository. Needs root, dockerd and skopeo. */
class ClientsIT {

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static DockerdFixture dockerd;
    private static String developer;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        developer = cluster.token(Role.DEVELOPER, "food");
        images = Images.start(cluster.config(null, Bytes.mebi(512)), MosaicHome.at(home.toString()));
        dockerd = new DockerdFixture();
        docker("login", "-u", "any", "-p", developer, registry());
    }

    @AfterAll
    static void stop() throws Exception {
        dockerd.close();
        images.close();
        cluster.close();
    }

    private static String registry() {
        return "127.0.0.1:" + images.port();
    }

    private static String docker(String... arguments) throws CommandException {
        return dockerd.run(arguments);
    }

    @Test
    void dockerPushesAndPulls() throws Exception {
        String name = registry() + "/food/web:1";
        String id = dockerd.build(name, 4, 1);
        assertThat(docker("push", name)).contains("digest: sha256:");
        docker("rmi", name);
        assertThat(dockerd.tryRun("image", "inspect", name).ok()).isFalse();
        docker("pull", name);
        assertThat(dockerd.id(name)).isEqualTo(id);
        // What is there already travels no more: by this name, and mounted into another repository.
        assertThat(docker("push", name)).contains("Layer already exists");
        String other = registry() + "/food/other:1";
        docker("tag", name, other);
        assertThat(docker("push", other)).contains("Mounted from food/web");
    }

    @Test
    void dockerIsToldWhatItMayNot() throws Exception {
        String name = registry() + "/shop/web:1";
        dockerd.build(name, 1, 10);
        assertThat(dockerd.tryRun("push", name).err()).contains("denied");
        assertThat(dockerd.tryRun("pull", registry() + "/shop/web:1").err()).contains("denied");
        assertThat(dockerd.tryRun("pull", registry() + "/food/never:1").err()).contains("not found");
        assertThat(dockerd.tryRun("login", "-u", "any", "-p", "wrong", registry())
                        .ok())
                .isFalse();
        docker("login", "-u", "any", "-p", developer, registry());
    }

    @Test
    void skopeoCopiesInspectsListsAndDeletes() throws Exception {
        String local = registry() + "/food/skopeo:local";
        dockerd.build(local, 3, 20);
        Path saved = home.resolve("saved.tar");
        docker("save", "-o", saved.toString(), local);
        String there = "docker://" + registry() + "/food/skopeo:1";
        String credentials = "any:" + cluster.token(Role.OPERATOR, "food");
        skopeo(true, "copy", "--dest-tls-verify=false", "--dest-creds", credentials, "docker-archive:" + saved, there);
        Path oci = home.resolve("oci");
        skopeo(true, "copy", "--src-tls-verify=false", "--src-creds", credentials, there, "oci:" + oci + ":1");
        String again = there.replace("skopeo:1", "again:2");
        skopeo(true, "copy", "--dest-tls-verify=false", "--dest-creds", credentials, "oci:" + oci + ":1", again);
        String inspected = skopeo(true, "inspect", "--tls-verify=false", "--creds", credentials, again)
                .out();
        assertThat(Json.mapper().readTree(inspected).path("Layers").size()).isEqualTo(3);
        String listed = skopeo(
                        true,
                        "list-tags",
                        "--tls-verify=false",
                        "--creds",
                        credentials,
                        "docker://" + registry() + "/food/again")
                .out();
        assertThat(Json.mapper().readTree(listed).path("Tags").path(0).asString())
                .isEqualTo("2");
        skopeo(true, "delete", "--tls-verify=false", "--creds", credentials, again);
        assertThat(skopeo(false, "inspect", "--tls-verify=false", "--creds", credentials, again)
                        .ok())
                .isFalse();
        docker("pull", registry() + "/food/skopeo:1");
        assertThat(dockerd.id(registry() + "/food/skopeo:1")).isEqualTo(dockerd.id(local));
    }
}
