package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.Exec;
import io.mosaic.model.client.ExecQuery;
import io.mosaic.model.client.LogsQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.Installation;
import io.mosaic.proof.rig.Leftovers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import tools.jackson.databind.JsonNode;

/**
 * One dockerd and one installation for a test class. After each test all its sets are deleted, and nothing of them may be
 * left on the machine. A failure's message ends with a few lines of every log and where it is kept whole.
 */
final class MosaicExtension
        implements BeforeAllCallback,
                AfterAllCallback,
                BeforeEachCallback,
                AfterEachCallback,
                TestExecutionExceptionHandler {

    private static final Duration DEADLINE = Duration.ofSeconds(90);

    static {
        // Ten seconds, the library's own, are little for a real daemon beside other tests.
        Awaitility.setDefaultTimeout(DEADLINE);
    }

    private final long diskBytes;
    private final boolean withImages;
    private DockerRig docker;
    private Installation mosaic;
    private MosaicClient client;
    private Leftovers before;

    MosaicExtension() {
        this(0);
    }

    /** @param diskBytes size of the disk under the data directory, 0 for the machine's own */
    MosaicExtension(long diskBytes) {
        this(diskBytes, false);
    }

    private MosaicExtension(long diskBytes, boolean withImages) {
        this.diskBytes = diskBytes;
        this.withImages = withImages;
    }

    /** With an image repository. */
    static MosaicExtension withImages(long diskBytes) {
        return new MosaicExtension(diskBytes, true);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        String name = context.getRequiredTestClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
        docker = DockerRig.start(name);
        if (withImages) {
            mosaic = Installation.startWithImages(docker, name, diskBytes);
        } else {
            mosaic = diskBytes == 0
                    ? Installation.start(docker, name)
                    : Installation.startOnSmallDisk(docker, name, diskBytes);
        }
        client = mosaic.client();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        try (DockerRig closedLast = docker;
                Installation closedSecond = mosaic;
                MosaicClient closedFirst = client) {
            assertThat(closedLast == null || closedSecond == null || closedFirst == null)
                    .as("started")
                    .isFalse();
        }
    }

    /** A test before this one may have failed between ending a part and starting it again. */
    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        docker.start();
        mosaic.controller().start();
        mosaic.awaitController();
        mosaic.agent().start();
        mosaic.awaitHost("READY");
        before = Leftovers.of(mosaic);
    }

    /** Deletes what the test made, and looks for what is left of it. */
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        try {
            if (context.getExecutionException().isPresent()) {
                beforeEach(context);
                deleteAll();
                return;
            }
            deleteAll();
            awaitNothingLeft();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("after the test: " + e.getMessage() + "\n" + mosaic.quoteLogs(), e);
        }
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable fault) throws Throwable {
        throw new AssertionError(fault + "\n" + mosaic.quoteLogs(), fault);
    }

    Installation mosaic() {
        return mosaic;
    }

    DockerRig docker() {
        return docker;
    }

    MosaicClient client() {
        return client;
    }

    /** Creates the set that the JSON describes. */
    SetResource create(String json) {
        return client.sets().create(Json.mapper().readTree(json));
    }

    /** A set of one container that sleeps. */
    static String sleeper(String name) {
        return """
                {"name": "%s", "resources": {"cpu": 0.2, "memory": "32Mi"},
                 "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                                 "options": {"command": ["sleep", "1000000"]}}]}
                """.formatted(name);
    }

    /** Creates the set and waits until it is RUNNING. */
    SetResource run(String json) throws InterruptedException {
        return awaitState(create(json).name(), SetState.RUNNING);
    }

    SetResource awaitState(String name, SetState state) throws InterruptedException {
        return await(name, set -> set.status().state() == state, "state " + state);
    }

    /** Polls until the set is so, and says how it is when that takes longer than 90 s. */
    SetResource await(String name, Predicate<SetResource> condition, String what) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            SetResource set = client.sets().get(name);
            if (condition.test(set)) {
                return set;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(name + " does not come to " + what + ", it is " + Json.pretty(set));
            }
            Thread.sleep(50);
        }
    }

    /** Waits until the set is no longer there. */
    void awaitGone(String name) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            try {
                SetResource set = client.sets().get(name);
                if (System.nanoTime() > end) {
                    throw new AssertionError(name + " is not removed, it is " + Json.pretty(set));
                }
            } catch (ProblemException e) {
                if (e.is(Problem.Kind.NOT_FOUND)) {
                    return;
                }
                throw e;
            }
            Thread.sleep(50);
        }
    }

    void deleteAll() throws InterruptedException {
        List<SetResource> sets = client.sets().listAll(SetQuery.ALL).items();
        sets.forEach(set -> client.sets().delete(set.name()));
        for (SetResource set : sets) {
            awaitGone(set.name());
        }
    }

    /** Waits a little for the kernel and Docker to finish, then fails with what is left of the test's sets. */
    void awaitNothingLeft() throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        List<String> left = Leftovers.of(mosaic).since(before);
        while (!left.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(100);
            left = Leftovers.of(mosaic).since(before);
        }
        assertThat(left).as("left behind").isEmpty();
    }

    /** Docker's view of the set's containers, by their names in the set. */
    Map<String, JsonNode> containers(String set) {
        try {
            Map<String, JsonNode> found = new TreeMap<>();
            for (JsonNode each : docker.docker().containers("io.mosaic.name=" + set)) {
                JsonNode seen = docker.docker().inspect(each.path("Id").asString());
                String name = each.path("Labels").path("io.mosaic.container").asString();
                if (seen != null) {
                    assertThat(found.put(name, seen))
                            .as("second container " + name)
                            .isNull();
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Pids of the set's containers, by their names in the set. */
    Map<String, Long> pids(String set) {
        Map<String, Long> pids = new TreeMap<>();
        containers(set)
                .forEach((name, container) ->
                        pids.put(name, container.path("State").path("Pid").asLong()));
        return pids;
    }

    static ContainerStatus container(SetResource set, String name) {
        return set.status().containers().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no status of " + name + " in " + Json.pretty(set)));
    }

    /** What a command left. */
    record Ran(int code, String out, String err) {}

    /** Runs a command in a container and waits for its end. */
    Ran exec(String set, String container, String... command) throws InterruptedException, IOException {
        return exec(set, ExecQuery.of(command).in(container), null);
    }

    /** The same, with that as its input when not null. */
    Ran exec(String set, ExecQuery query, String input) throws InterruptedException, IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (Exec exec = client.sets().exec(set, query, out, err)) {
            if (input != null) {
                exec.stdin().write(input.getBytes(StandardCharsets.UTF_8));
                exec.stdin().close();
            }
            Integer code = exec.waitFor(Duration.ofSeconds(30));
            assertThat(code).as("exit code of " + query.command()).isNotNull();
            return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }

    String logs(String set, LogsQuery query) throws IOException {
        try (InputStream in = client.sets().logs(set, query)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The story of a set, oldest first. */
    List<Event> events(String set) {
        return client.events(EventQuery.ofSet(set).withLimit(1000)).items();
    }

    /** Waits until the story of the set has an event of that type, and returns it. */
    Event awaitEvent(String set, String type) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            for (Event event : events(set)) {
                if (event.type().equals(type)) {
                    return event;
                }
            }
            Thread.sleep(100);
        }
        throw new AssertionError(set + " has no event " + type + " but " + events(set));
    }
}
