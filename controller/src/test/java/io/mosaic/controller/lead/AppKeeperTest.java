package io.mosaic.controller.lead;

import static io.mosaic.controller.cluster.Samples.host;
import static io.mosaic.controller.cluster.Samples.spec;
import static io.mosaic.controller.cluster.Samples.uid;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.app.AppReconcile;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Json;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the keeper remembers between its looks, on a clock that the test turns. */
class AppKeeperTest {

    private static final int INSTANCES = 2 * AppReconcile.CHANGES_MAX + 100;

    private ClusterImage image = Samples.image(host("host1", 1000, 1000));
    private long nanos;

    private void putInstance(int instance) {
        AppMember member = new AppMember("web", instance, 1, 0, Samples.NOW).muted(true);
        String name = "web-" + instance;
        SetStatus runs = SetStatus.pending(Samples.NOW)
                .in(SetState.RUNNING, null, Samples.NOW)
                .on("host1");
        image = Samples.apply(
                image,
                List.of(new Change.Put(new SetResource(
                        "default",
                        name,
                        uid(name),
                        1,
                        0,
                        Samples.NOW,
                        spec(name, 1, 1),
                        SetIntent.RUNNING,
                        runs,
                        member))));
    }

    private long muted() {
        return image.members("default", "web").stream()
                .filter(set -> set.app() != null && set.app().muted())
                .count();
    }

    @Test
    void whatOneLookHasNoRoomForHasStoodAsLongAtTheNext() throws Exception {
        AppSpec app = Json.read("""
            {"name": "web", "replicas": %d, "template": {"resources": {"cpu": 0.001, "memory": "1Mi"},
             "containers": [{"index": 1, "image": "web:1"}]}}
            """.formatted(INSTANCES), AppSpec.class);
        image = Samples.commit(image, AppDecisions.create("default", app, uid("web"), false, Samples.NOW));
        for (int i = 1; i <= INSTANCES; i++) {
            putInstance(i);
        }
        AppKeeper keeper = new AppKeeper(
                () -> image,
                InstantSource.fixed(Samples.NOW),
                () -> nanos,
                decision -> {
                    image = Samples.commit(image, decision);
                },
                new HostSilence());
        keeper.begin(image);
        keeper.look();
        assertThat(muted()).isEqualTo(INSTANCES);

        nanos += app.update().minReady().duration().toNanos();
        keeper.look();
        assertThat(muted()).as("all have run for long enough by now").isZero();
        assertThat(Duration.ofNanos(keeper.nextNanos() - nanos)).isPositive();
    }
}
