package io.mosaic.proof.fake;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.docker.DockerException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A Docker daemon in memory: it keeps containers, their states and limits, refuses what the real one refuses, and tells
 * events. It can be slow, fail, lose answers, hang and be restarted. Commands do nothing but echo ({@link FakeExec}).
 *
 * <p>Thread-safe.
 */
public final class FakeDocker implements Docker {
    /** What a caller waits for a daemon that hangs, in place of the real client's deadlines. */
    private static final Duration HANG_DEADLINE = Duration.ofMillis(300);

    private static final DaemonEvent END = new DaemonEvent("", "", Map.of());

    private final Clock clock;
    private final RandomGenerator random;
    private final FakeFaults faults;
    private final Map<String, FakeContainer> containers = new LinkedHashMap<>();
    private final Map<String, FakeContainer> byName = new HashMap<>();
    private final Set<String> images = new TreeSet<>();
    private final Set<LinkedBlockingQueue<DaemonEvent>> listeners = ConcurrentHashMap.newKeySet();
    private final Set<String> badImages = new TreeSet<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final Set<String> halfStarted = new TreeSet<>();
    private boolean halfStartsNext;
    private boolean pullsAnything;
    private boolean hangs;
    private boolean down;
    private int pids = 1000;

    public FakeDocker(Clock clock, RandomGenerator random, String... images) {
        this.clock = clock;
        this.random = random;
        this.faults = new FakeFaults(random);
        this.images.addAll(List.of(images));
    }

    public FakeFaults faults() {
        return faults;
    }

    /** From now on there is a registry that has every image. */
    public synchronized void pullAnything() {
        pullsAnything = true;
    }

    /** From now on every container of that image ends, with code 1, as soon as it is started. */
    public synchronized void endsAtOnce(String image) {
        badImages.add(image);
    }

    /**
     * The next container to be started is the one that a daemon was killed over: every start of it fails from then on, as
     * Docker's does when containerd has the task that the daemon forgot.
     */
    public synchronized void halfStartNext() {
        halfStartsNext = true;
    }

    /** From now on no call is answered, until {@link #resume}. */
    public synchronized void hang() {
        hangs = true;
    }

    public synchronized void resume() {
        hangs = false;
        notifyAll();
    }

    /** Nobody listens any more, and every stream ends; containers run on. */
    public synchronized void goDown() {
        down = true;
        listeners.forEach(queue -> queue.add(END));
        listeners.clear();
    }

    public synchronized void comeUp() {
        down = false;
    }

    /** The main process of that container ends. */
    public synchronized void die(String idOrName, int exitCode, boolean oomKilled) {
        FakeContainer container = find(idOrName);
        if (container != null && container.running()) {
            if (oomKilled) {
                tell("oom", container);
            }
            end(container, exitCode, oomKilled);
        }
    }

    /** Somebody else gives the container twice the cores and memory. */
    public synchronized void updateByOthers(String idOrName) {
        FakeContainer container = find(idOrName);
        Limits had = container == null ? null : container.limits;
        if (container != null && had != null) {
            container.limits = new Limits(
                    had.cpuQuotaMicros() * 2,
                    had.cpuShares(),
                    had.memoryBytes() * 2,
                    had.cpusetCpus(),
                    had.cpusetMems());
            tell("update", container);
        }
    }

    /** How often that method was called. */
    public synchronized int calls(String method) {
        return calls.getOrDefault(method, 0);
    }

    /** Names of all containers that run. */
    public synchronized Set<String> running() {
        Set<String> names = new TreeSet<>();
        containers.values().stream().filter(FakeContainer::running).forEach(container -> names.add(container.name));
        return names;
    }

    /** Names of all containers. */
    public synchronized Set<String> names() {
        Set<String> names = new TreeSet<>();
        containers.values().forEach(container -> names.add(container.name));
        return names;
    }

    /** All containers as they are, whatever state the daemon is in. */
    public synchronized List<ContainerInfo> all() {
        return containers.values().stream()
                .map(container -> container.info(address(container)))
                .toList();
    }

    /** What waits on that stream of ours, for those who must not wait; empty when nothing does. */
    public static List<DaemonEvent> waiting(EventStream stream) {
        List<DaemonEvent> waiting = new ArrayList<>();
        ((Events) stream).queue.drainTo(waiting);
        waiting.removeIf(event -> !event.attributes().containsKey(((Events) stream).labelKey));
        return waiting;
    }

    @Override
    public DaemonInfo info() throws DockerException {
        return call(
                "info",
                () -> new DaemonInfo(
                        "20.10-fake",
                        "1.41",
                        4,
                        8L << 30,
                        "overlay2",
                        "cgroupfs",
                        1,
                        "/var/lib/docker",
                        "6.1-fake",
                        "amd64",
                        true));
    }

    @Override
    public void ping(Duration deadline) throws DockerException {
        reach("ping");
    }

    @Override
    public @Nullable ImageInfo image(String reference) throws DockerException {
        boolean there = call("image", () -> images.contains(reference));
        return there
                ? new ImageInfo("sha256:" + Integer.toHexString(reference.hashCode()), List.of(reference), 1)
                : null;
    }

    @Override
    public void pull(String reference, Duration deadline) throws DockerException {
        call("pull", () -> {
            if (pullsAnything) {
                return images.add(reference);
            }
            throw new DockerException(Kind.NOT_FOUND, "no registry has " + reference);
        });
    }

    @Override
    public void importImage(String reference, InputStream tar, List<String> changes) throws DockerException {
        try {
            tar.readAllBytes();
        } catch (IOException e) {
            throw new DockerException(Kind.REFUSED, "the tar cannot be read", e);
        }
        call("importImage", () -> images.add(reference));
    }

    @Override
    public String create(ContainerConfig config) throws DockerException {
        return call("create", () -> {
            if (!images.contains(config.image())) {
                throw new DockerException(Kind.NOT_FOUND, "No such image: " + config.image());
            }
            if (find(config.name()) != null) {
                throw new DockerException(Kind.CONFLICT, "the name " + config.name() + " is in use");
            }
            if (config.network().startsWith("container:")
                    && find(config.network().substring("container:".length())) == null) {
                throw new DockerException(Kind.NOT_FOUND, "No such container: " + config.network());
            }
            byte[] bytes = new byte[32];
            random.nextBytes(bytes);
            FakeContainer container = new FakeContainer(java.util.HexFormat.of().formatHex(bytes), config);
            containers.put(container.id, container);
            byName.put(config.name(), container);
            tell("create", container);
            return container.id;
        });
    }

    @Override
    public void start(String id) throws DockerException {
        call("start", () -> {
            FakeContainer container = require(id);
            if (container.running()) {
                return true;
            }
            if (halfStartsNext) {
                halfStartsNext = false;
                halfStarted.add(container.id);
            }
            if (halfStarted.contains(container.id)) {
                throw new DockerException(Kind.CONFLICT, "task " + container.id + ": already exists");
            }
            String network = container.config.network();
            if (network.startsWith("container:")) {
                FakeContainer joined = find(network.substring("container:".length()));
                if (joined == null || !joined.running()) {
                    throw new DockerException(
                            Kind.CONFLICT, "cannot join network of a non running container: " + network);
                }
            }
            requireFreePorts(container);
            container.status = "running";
            container.pid = ++pids;
            container.started = clock.instant();
            container.oomKilled = false;
            container.error = "";
            tell("start", container);
            if (badImages.contains(container.config.image())) {
                end(container, 1, false);
            }
            return true;
        });
    }

    private void requireFreePorts(FakeContainer starting) throws DockerException {
        if (starting.config.ports().isEmpty()) {
            return;
        }
        for (FakeContainer other : containers.values()) {
            for (PortBinding port : other.config.ports()) {
                if (other.running()
                        && starting.config.ports().stream()
                                .anyMatch(mine -> mine.host() == port.host()
                                        && mine.protocol().equals(port.protocol()))) {
                    throw new DockerException(Kind.FAILED, "port is already allocated: " + port.host());
                }
            }
        }
    }

    @Override
    public void stop(String id, Duration grace) throws DockerException {
        call("stop", () -> {
            end(require(id), 0, false);
            return true;
        });
    }

    @Override
    public void kill(String id) throws DockerException {
        call("kill", () -> {
            end(require(id), 137, false);
            return true;
        });
    }

    @Override
    public void remove(String id) throws DockerException {
        call("remove", () -> {
            FakeContainer container = find(id);
            if (container != null) {
                end(container, 137, false);
                containers.remove(container.id);
                byName.remove(container.name);
                tell("destroy", container);
            }
            return true;
        });
    }

    @Override
    public void rename(String id, String name) throws DockerException {
        call("rename", () -> {
            FakeContainer container = require(id);
            FakeContainer other = find(name);
            if (other != null && other != container) {
                throw new DockerException(Kind.CONFLICT, "the name " + name + " is in use");
            }
            byName.remove(container.name);
            byName.put(name, container);
            container.rename(name);
            tell("rename", container);
            return true;
        });
    }

    @Override
    public void update(String id, Limits limits) throws DockerException {
        call("update", () -> {
            FakeContainer container = require(id);
            container.limits = limits;
            tell("update", container);
            return true;
        });
    }

    @Override
    public @Nullable ContainerInfo inspect(String idOrName) throws DockerException {
        return call("inspect", () -> {
                    FakeContainer container = find(idOrName);
                    return java.util.Optional.ofNullable(container == null ? null : container.info(address(container)));
                })
                .orElse(null);
    }

    @Override
    public List<ContainerSummary> list(String labelKey) throws DockerException {
        return call(
                "list",
                () -> containers.values().stream()
                        .filter(container -> container.config.labels().containsKey(labelKey))
                        .map(container -> new ContainerSummary(
                                container.id, container.name, container.config.labels(), container.status))
                        .toList());
    }

    @Override
    public boolean pathExists(String id, String path) throws DockerException {
        return call("pathExists", () -> find(id) != null);
    }

    @Override
    public OutputStreams logs(
            String id, boolean tty, boolean follow, int tail, @Nullable Instant since, boolean timestamps)
            throws DockerException {
        return call("logs", () -> {
            String line = "log of " + require(id).name + "\n";
            return new FakeExec(line, false, 0);
        });
    }

    @Override
    public ExecSession exec(String id, ExecConfig config) throws DockerException {
        return call("exec", () -> {
            if (!require(id).running()) {
                throw new DockerException(Kind.CONFLICT, "container " + id + " is not running");
            }
            return new FakeExec(String.join(" ", config.command()) + "\n", config.stdin(), FakeExec.EXIT_CODE);
        });
    }

    @Override
    public EventStream events(String labelKey) throws DockerException {
        return call("events", () -> {
            LinkedBlockingQueue<DaemonEvent> queue = new LinkedBlockingQueue<>();
            listeners.add(queue);
            return new Events(queue, labelKey);
        });
    }

    private static String address(FakeContainer container) {
        int number = container.pid;
        return "10.99." + (number >> 8 & 255) + "." + (number & 255);
    }

    private void end(FakeContainer container, int exitCode, boolean oomKilled) {
        if (container.running()) {
            container.status = "exited";
            container.pid = 0;
            container.exitCode = exitCode;
            container.oomKilled = oomKilled;
            container.finished = clock.instant();
            tell("die", container);
        }
    }

    private void tell(String action, FakeContainer container) {
        DaemonEvent event = new DaemonEvent(action, container.id, container.attributes);
        listeners.forEach(queue -> queue.add(event));
    }

    private @Nullable FakeContainer find(String idOrName) {
        FakeContainer byId = containers.get(idOrName);
        return byId != null ? byId : byName.get(idOrName);
    }

    private FakeContainer require(String id) throws DockerException {
        FakeContainer container = find(id);
        if (container == null) {
            throw new DockerException(Kind.NOT_FOUND, "No such container: " + id);
        }
        return container;
    }

    private <T> T call(String method, Work<T> work) throws DockerException {
        reach(method);
        T result;
        synchronized (this) {
            result = work.run();
        }
        DockerException lost = faults.after(method);
        if (lost != null) {
            throw lost;
        }
        return result;
    }

    /** Gets through to the daemon, or does not. */
    private void reach(String method) throws DockerException {
        faults.before(method);
        synchronized (this) {
            calls.merge(method, 1, Integer::sum);
            long end = System.nanoTime() + HANG_DEADLINE.toNanos();
            while (hangs) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new DockerException(Kind.TIMEOUT, method + ": no answer");
                }
                try {
                    wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new DockerException(Kind.TIMEOUT, method + ": interrupted", e);
                }
            }
            if (down) {
                throw new DockerException(Kind.UNREACHABLE, method + ": connection refused");
            }
        }
    }

    /** What the daemon does on a call, under its lock. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws DockerException;
    }

    private final class Events implements EventStream {
        private final LinkedBlockingQueue<DaemonEvent> queue;
        private final String labelKey;

        private Events(LinkedBlockingQueue<DaemonEvent> queue, String labelKey) {
            this.queue = queue;
            this.labelKey = labelKey;
        }

        @Override
        public DaemonEvent next() throws DockerException {
            try {
                while (true) {
                    DaemonEvent event = queue.take();
                    if (event.action().isEmpty()) {
                        throw new DockerException(Kind.UNREACHABLE, "events: the daemon closed the stream");
                    }
                    if (event.attributes().containsKey(labelKey)) {
                        return event;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DockerException(Kind.UNREACHABLE, "events: interrupted", e);
            }
        }

        @Override
        public void close() {
            listeners.remove(queue);
            queue.add(END);
        }
    }
}
