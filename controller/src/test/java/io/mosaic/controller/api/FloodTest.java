package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.Kind;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More writes at once than the server takes on, over a database that is slow. */
class FloodTest {

    private static final int CALLS = 40;

    @Test
    void aFloodGets429AndReadsAndOtherTenantsGoOn(@TempDir Path directory) throws Exception {
        try (ApiFixture api = new ApiFixture(directory, new Admission.Limits(8, 3, 10_000));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            api.store.fault(FloodTest::slow);
            List<Future<HttpResponse<String>>> flood = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                String body = ApiFixture.WEB.replace("\"web\"", "\"web-" + i + "\"");
                flood.add(callers.submit((Callable<HttpResponse<String>>) () -> api.post("/v1/sets", body)));
            }
            assertThat(api.get("/v1/sets").statusCode()).isEqualTo(200);
            HttpResponse<String> other = api.post("/v1/sets", ApiFixture.WEB, "X-Mosaic-Tenant", "shop");
            assertThat(other.statusCode()).isEqualTo(201);

            List<HttpResponse<String>> answers = new ArrayList<>();
            for (Future<HttpResponse<String>> each : flood) {
                answers.add(each.get());
            }
            api.store.fault(MemoryStore.Fault.NONE);

            Map<Integer, Long> counted =
                    answers.stream().collect(Collectors.groupingBy(HttpResponse::statusCode, Collectors.counting()));
            assertThat(counted).containsOnlyKeys(201, 429);
            answers.stream().filter(answer -> answer.statusCode() == 429).forEach(answer -> {
                assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
                assertThat(ApiFixture.problem(answer).detail()).contains("default");
            });
            assertThat((long) api.log.image().resources(Kind.SET, "default").size())
                    .isEqualTo(counted.get(201));
            assertThat(api.post("/v1/sets", ApiFixture.WEB).statusCode()).isEqualTo(201);
        }
    }

    private static void slow(MemoryStore.Step step) throws StoreException {
        if (step == MemoryStore.Step.APPEND) {
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
