package io.mosaic.proof.bench;

import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.ControllerRig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes sets by the ten thousand, one create call each over kept connections, and waits until all of them run. */
final class ManySets {

    /** Fewer than the calls that a controller answers at the same time, enough to fill its commit groups. */
    private static final int CONNECTIONS = 400;

    /**
     * In the order in which a set goes through them, so that looking at one after the other misses none. A host that fell
     * silent on an overloaded machine comes back, so LOST is on the way as well.
     */
    private static final List<SetState> ON_THE_WAY = List.of(
            SetState.PENDING, SetState.PLACED, SetState.PREPARING, SetState.STARTING, SetState.FAILED, SetState.LOST);

    private static final Duration DEADLINE = Duration.ofMinutes(10);
    private static final long POLL_MILLIS = 500;

    private final KeepAlive.Opener opener;
    private final MosaicClient client;
    private final String prefix;
    private final int count;

    /** @param prefix of the sets' names */
    ManySets(ControllerRig rig, MosaicClient client, String prefix, int count)
            throws IOException, GeneralSecurityException {
        this.opener = new KeepAlive.Opener(rig);
        this.client = client;
        this.prefix = prefix;
        this.count = count;
    }

    String name(int number) {
        return prefix + number;
    }

    private byte[] spec(int number) {
        return """
            {"name":"%s","resources":{"cpu":0.5,"memory":"512Mi"},"labels":{"app":"bench-%d"},\
            "containers":[{"index":1,"image":"app:1","options":{"command":["sleep","1000000"]}}]}\
            """.formatted(name(number), number % 100).getBytes(StandardCharsets.UTF_8);
    }

    /** Creates all of them; returns when every call is answered. */
    void create() throws InterruptedException {
        each((connection, number) -> connection.post("/v1/sets", spec(number)), 201);
    }

    /** Deletes all of them, and waits until none is left. */
    void delete() throws InterruptedException {
        each((connection, number) -> connection.delete("/v1/sets/" + name(number)), 202);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!client.sets().list(SetQuery.ALL.withLimit(1)).items().isEmpty()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("sets are still there");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** One call; says how it was answered. */
    private interface Call {
        int status(KeepAlive connection, int number) throws IOException;
    }

    private void each(Call call, int wanted) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> callers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Math.min(CONNECTIONS, count); i++) {
                callers.add(threads.submit(() -> {
                    try (KeepAlive connection = opener.open()) {
                        for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
                            insist(call, wanted, connection, number);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> caller : callers) {
                caller.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed: " + e.getCause(), e);
        }
    }

    private void insist(Call call, int wanted, KeepAlive connection, int number)
            throws IOException, InterruptedException {
        while (true) {
            int status = call.status(connection, number);
            if (status == wanted) {
                return;
            }
            if (status != 429 && status != 503) {
                throw new IOException("a call for " + name(number) + " was answered with " + status);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Waits until no set is on its way any more. */
    void awaitRunning() throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        long told = System.nanoTime();
        while (true) {
            SetState on = onTheWay();
            if (on == null) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("sets are still " + on);
            }
            if (System.nanoTime() - told > Duration.ofSeconds(5).toNanos()) {
                told = System.nanoTime();
                System.out.println("  some sets are " + on);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private @Nullable SetState onTheWay() {
        for (SetState state : ON_THE_WAY) {
            SetQuery one = new SetQuery(List.of(), state, null, 1, null, null);
            if (!client.sets().list(one).items().isEmpty()) {
                return state;
            }
        }
        return null;
    }

    /** How many sets are in which state, by a list of all of them. */
    Map<SetState, Integer> states() {
        Map<SetState, Integer> states = new EnumMap<>(SetState.class);
        for (SetResource set :
                client.sets().listAll(SetQuery.ALL.withLimit(1000)).items()) {
            states.merge(set.status().state(), 1, Integer::sum);
        }
        return states;
    }
}
