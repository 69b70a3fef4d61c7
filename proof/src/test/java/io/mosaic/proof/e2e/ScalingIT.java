package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppUsage;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.LoadCall;
import io.mosaic.model.SetUsage;
import io.mosaic.model.client.EventQuery;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** An app that is scaled by what its instances use, through real agents, cgroups and containers. */
class ScalingIT {

    private static final String APP = "burner";
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    /** The first container idles; a command in it burns what it may. */
    private static JsonNode app() {
        return Json.mapper().readTree("""
                {"name": "burner",
                 "template": {"resources": {"cpu": 0.2, "memory": "32Mi"},
                   "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                                   "options": {"command": ["sleep", "1000000"], "stopGrace": "500ms"}}]},
                 "scaling": {"minimum": 1, "maximum": 3, "warmUp": "1s", "hold": "1s",
                   "metrics": [{"metric": "cpu", "target": "40%"}],
                   "down": {"stabilise": "10s"}}}
                """);
    }

    @AfterEach
    void delete() throws InterruptedException {
        M.client().apps().delete(APP);
        await(
                "the app's end",
                () -> M.client().apps().list(List.of(), 1000, null).items().isEmpty());
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what + " does not come; events: " + Json.pretty(events()));
            }
            Thread.sleep(100);
        }
    }

    private static int replicas() {
        return M.client().apps().get(APP).spec().replicas();
    }

    private static List<Event> events() {
        return M.client().events(EventQuery.ofApp(APP)).items();
    }

    private static List<String> scaled() {
        return events().stream()
                .filter(event -> event.type().equals("Scaled"))
                .map(Event::message)
                .toList();
    }

    @Test
    void burningScalesOutAndRestInAgain() throws Exception {
        AppResource created = M.client().apps().create(app(), false);
        assertThat(created.spec().replicas()).isEqualTo(1);
        await("the first instance", () -> M.client().apps().get(APP).status().ready() == 1);

        // Goes on after the command that began it has ended.
        assertThat(M.exec("burner-0001", "main", "sh", "-c", "dd if=/dev/zero of=/dev/null >/dev/null 2>&1 &")
                        .code())
                .isZero();
        await("more instances", () -> replicas() > 1);
        assertThat(replicas()).isLessThanOrEqualTo(3);
        assertThat(scaled().getFirst()).contains("cpu").contains("over target 40%");
        await("their being ready", () -> {
            AppResource app = M.client().apps().get(APP);
            return app.status().ready() == app.spec().replicas();
        });
        SetUsage use = M.client().sets().usage("burner-0001");
        assertThat(use.cpuMillis()).isBetween(50L, 400L);
        assertThat(use.memoryBytes()).isBetween(1L, 32L << 20);
        await("their use", () -> M.client().apps().usage(APP).instances() > 1);
        AppUsage all = M.client().apps().usage(APP);
        assertThat(all.cpuLimitMillis()).isEqualTo(200L * all.instances());

        assertThat(M.exec("burner-0001", "main", "killall", "dd").code()).isZero();
        await("rest", () -> replicas() == 1);
        assertThat(scaled().getLast())
                .contains("-> 1: cpu")
                .contains("under target 40%")
                .contains("for 10 s");
        await("one instance", () -> {
            AppResource app = M.client().apps().get(APP);
            return app.status().ready() == 1 && app.status().leaving() == 0;
        });

        AppResource asked = M.client().apps().load(APP, new LoadCall(null, 9, "announced"));
        assertThat(asked.spec().replicas()).isEqualTo(3);
        assertThat(events())
                .anyMatch(event -> event.type().equals("LoadCall")
                        && event.message().contains("asked for by token")
                        && event.message().contains("announced"));
    }
}
