package io.mosaic.cli.local;

import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates the example set, tells its story while it comes up, and fetches its page. */
final class FirstSet {

    private static final Duration RUNNING = Duration.ofSeconds(90);
    private static final Duration PAGE = Duration.ofSeconds(10);
    private static final Duration PAGE_PAUSE = Duration.ofMillis(250);

    private final MosaicClient client;
    private final SetSpec spec;
    private final Steps steps;

    FirstSet(MosaicClient client, Path file, Steps steps) throws StepFailedException {
        this.client = client;
        this.steps = steps;
        try {
            this.spec = Json.read(Files.readAllBytes(file), SetSpec.class);
        } catch (IOException | ProblemException e) {
            throw new StepFailedException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    String name() {
        return spec.nameOrEmpty();
    }

    /** The set of that name as it is, or null when there is none. */
    @Nullable
    SetResource existing() {
        try {
            return client.sets().get(name());
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.NOT_FOUND)) {
                return null;
            }
            throw e;
        }
    }

    /**
     * Creates the set, or waits for the one that is there.
     *
     * @return milliseconds from the API call to RUNNING as a watcher saw it, -1 when it ran already
     */
    long up() throws StepFailedException, InterruptedException {
        // Before the look at the set: what happens to it after that is seen by the watch.
        long revision = client.sets().list(SetQuery.ALL.withLimit(1)).revision();
        SetResource before = existing();
        if (before != null && before.status().state() == SetState.RUNNING) {
            return -1;
        }
        long lastEvent = client.events(EventQuery.ALL.withLimit(1)).items().stream()
                .mapToLong(Event::id)
                .max()
                .orElse(0);
        try (Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, revision)) {
            long begin = System.nanoTime();
            if (before == null) {
                client.sets().create(onFreePorts(spec));
            } else if (before.status().state() == SetState.STOPPED) {
                client.sets().start(name());
            }
            return await(watch, begin, lastEvent);
        }
    }

    private long await(Watch<SetResource> watch, long begin, long lastEvent)
            throws StepFailedException, InterruptedException {
        long told = lastEvent;
        SetState shown = null;
        while (System.nanoTime() - begin < RUNNING.toNanos()) {
            WatchEvent<SetResource> event = watch.next(Duration.ofMillis(500));
            SetResource set = event == null ? null : event.item();
            if (set == null || !set.name().equals(name())) {
                continue;
            }
            long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
            if (set.status().state() != shown) {
                shown = set.status().state();
                String reason = set.status().reason();
                steps.say(String.format("%6d ms  %-9s %s", millis, shown, reason == null ? "" : reason));
            }
            if (shown == SetState.RUNNING) {
                tell(told);
                return millis;
            }
        }
        tell(told);
        SetResource set = client.sets().get(name());
        throw new StepFailedException("The set is " + set.status().state()
                + (set.status().reason() == null ? "" : ": " + set.status().reason()) + ". See './mos set get " + name()
                + "' and './mos event list'.");
    }

    private void tell(long after) {
        for (Event event :
                client.events(EventQuery.ofSet(name()).withAfter(after)).items()) {
            steps.say("  " + event.type() + ": " + event.message());
        }
    }

    /** The page that the set serves, fetched as a user of it would; after a reboot it may take a moment to be back. */
    String page() throws StepFailedException, InterruptedException {
        long end = System.nanoTime() + RUNNING.toNanos();
        while (true) {
            try {
                return fetch();
            } catch (StepFailedException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                Thread.sleep(PAGE_PAUSE);
            }
        }
    }

    private String fetch() throws StepFailedException, InterruptedException {
        SetResource set = client.sets().get(name());
        URI url = URI.create("http://127.0.0.1:" + port(set.spec()) + "/index.html");
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PAGE).build()) {
            HttpResponse<String> answer =
                    http.send(HttpRequest.newBuilder(url).timeout(PAGE).build(), HttpResponse.BodyHandlers.ofString());
            String title = answer.body()
                    .lines()
                    .filter(line -> line.startsWith("<p>"))
                    .findFirst()
                    .orElse(answer.body());
            if (answer.statusCode() != 200) {
                throw new StepFailedException(url + " answered " + answer.statusCode());
            }
            return url + " says: " + title.replaceAll("<[^>]*>", "").strip();
        } catch (IOException e) {
            throw new StepFailedException(url + " cannot be fetched: " + e.getMessage(), e);
        }
    }

    private static int port(SetSpec spec) throws StepFailedException {
        for (ContainerOptions.Port port : spec.hostPorts()) {
            if (port.host() != null) {
                return port.host();
            }
        }
        throw new StepFailedException("the set publishes no port");
    }

    /** Another installation's quickstart, or anything else, may have the example's port. */
    private SetSpec onFreePorts(SetSpec wanted) throws StepFailedException {
        List<ContainerSpec> containers = new ArrayList<>();
        for (ContainerSpec container : wanted.containers()) {
            List<ContainerOptions.Port> ports = new ArrayList<>();
            for (ContainerOptions.Port port : container.options().ports()) {
                Integer host = port.host();
                if (host != null && !free(host)) {
                    int other = Installation.freePort();
                    steps.say("port " + host + " is taken on this machine, using " + other);
                    ports.add(new ContainerOptions.Port(port.container(), other, port.protocol()));
                } else {
                    ports.add(port);
                }
            }
            containers.add(container.withOptions(container.options().withPorts(ports)));
        }
        return wanted.withContainers(containers);
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress((InetAddress) null, port));
            return true;
        } catch (IOException e) {
            // That it cannot be bound is the answer; why does not matter here.
            return false;
        }
    }
}
