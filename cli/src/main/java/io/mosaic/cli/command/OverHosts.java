package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ServerUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Does the same on many hosts, a few at a time, while the user sees how far each is. One host's fault ends no other. */
final class OverHosts {
    static final int PARALLEL_MAX = 256;

    private static final long TICK_MILLIS = 200;

    private final Session session;
    private final int parallel;
    /** What hosts that are at it say, by their names. */
    private final Map<String, String> doing = new ConcurrentHashMap<>();

    /** @throws CliException when that is too few or too many at once */
    OverHosts(Session session, int parallel) {
        if (parallel < 1 || parallel > PARALLEL_MAX) {
            throw new CliException(ExitCode.USAGE, "--parallel is 1 to " + PARALLEL_MAX);
        }
        this.session = session;
        this.parallel = parallel;
    }

    /** What is done on one host. */
    interface Task<T> {
        /** @param told hears how far it is, in words */
        T on(String host, Consumer<String> told) throws InterruptedException;
    }

    /**
     * What came of one host.
     *
     * @param done null: nothing, for the fault
     * @param fault in words
     */
    record Outcome<T>(
            String host, @Nullable T done, @Nullable String fault) {}

    /**
     * Runs it on all; the outcomes are in the order of the hosts.
     *
     * @param what goes on, such as "fetching food/web:1"
     * @param each hears each outcome as it comes
     */
    <T> List<Outcome<T>> run(String what, List<String> hosts, Task<T> task, Consumer<Outcome<T>> each)
            throws InterruptedException {
        Semaphore places = new Semaphore(parallel);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try (Progress progress = new Progress(session.console())) {
            progress.live(what);
            Map<String, Future<Outcome<T>>> running = new TreeMap<>();
            for (String host : hosts) {
                running.put(host, threads.submit(() -> {
                    places.acquire();
                    try {
                        return outcome(host, task);
                    } finally {
                        doing.remove(host);
                        places.release();
                    }
                }));
            }
            return outcomes(what, hosts, running, progress, each);
        } finally {
            threads.shutdownNow();
        }
    }

    private <T> List<Outcome<T>> outcomes(
            String what,
            List<String> hosts,
            Map<String, Future<Outcome<T>>> running,
            Progress progress,
            Consumer<Outcome<T>> each)
            throws InterruptedException {
        Map<String, Outcome<T>> all = new TreeMap<>();
        while (all.size() < hosts.size()) {
            Future<Outcome<T>> waitedFor = null;
            for (String host : hosts) {
                Future<Outcome<T>> future = running.get(host);
                if (future == null || all.containsKey(host)) {
                    continue;
                }
                if (future.isDone()) {
                    Outcome<T> outcome = get(future);
                    all.put(host, outcome);
                    progress.close();
                    each.accept(outcome);
                    session.console().flush();
                } else if (waitedFor == null) {
                    waitedFor = future;
                }
            }
            if (waitedFor != null) {
                progress.live(what + ": " + all.size() + " of " + hosts.size() + " hosts" + words());
                await(waitedFor);
            }
        }
        return hosts.stream().map(all::get).toList();
    }

    private String words() {
        return doing.entrySet().stream()
                .findFirst()
                .map(each -> "; " + each.getKey() + ": " + each.getValue())
                .orElse("");
    }

    private static void await(Future<?> future) throws InterruptedException {
        try {
            future.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static <T> Outcome<T> get(Future<Outcome<T>> done) throws InterruptedException {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private <T> Outcome<T> outcome(String host, Task<T> task) throws InterruptedException {
        try {
            return new Outcome<>(host, task.on(host, words -> doing.put(host, words)), null);
        } catch (ProblemException e) {
            return new Outcome<>(host, null, words(e.problem()));
        } catch (ServerUnreachableException e) {
            return new Outcome<>(host, null, "no answer from " + e.getMessage());
        }
    }

    private static String words(Problem problem) {
        List<String> words = new ArrayList<>();
        for (Problem.FieldError error : problem.errors()) {
            words.add(error.field() + " " + error.rule());
        }
        if (words.isEmpty()) {
            words.add(problem.detail() == null ? problem.title() : problem.detail());
        }
        return String.join("; ", words);
    }
}
