package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.Shares;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds a container's memory above what it uses, as its host says. A host that does not say holds nothing up: its agent looks
 * again before it puts less in force.
 */
final class MemoryCheck {

    /** A caller waits for it. */
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);

    /** Of many sets: those that could not be asked by then are left to their agents. */
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(10);

    private static final int ASKED_AT_ONCE = 64;

    /** Sets that a refusal names. */
    private static final int NAMED_MAX = 10;

    private MemoryCheck() {}

    /** @throws ProblemException of kind CONFLICT with every container that uses more than the spec would give it */
    static void require(StreamOpener streams, SetResource set, SetSpec spec) throws InterruptedException {
        List<String> above = above(streams, set, spec);
        if (!above.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    String.join("; ", above) + "; with force=true (--force) such containers are restarted with that");
        }
    }

    /**
     * The same of many sets that are to have one spec, asked at the same time.
     *
     * @throws ProblemException of kind CONFLICT, naming sets with such containers
     */
    static void require(StreamOpener streams, List<SetResource> sets, SetSpec spec) throws InterruptedException {
        List<SetResource> shrinking = sets.stream()
                .filter(set -> !shrinking(set.spec(), spec).isEmpty())
                .toList();
        if (shrinking.isEmpty()) {
            return;
        }
        long end = System.nanoTime() + ANSWERS_WITHIN.toNanos();
        Map<String, List<String>> found = new ConcurrentSkipListMap<>();
        Semaphore places = new Semaphore(ASKED_AT_ONCE);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (SetResource set : shrinking) {
                places.acquire();
                if (System.nanoTime() - end > 0) {
                    break;
                }
                threads.execute(() -> {
                    try {
                        List<String> above = above(streams, set, spec);
                        if (!above.isEmpty()) {
                            found.put(set.name(), above);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        places.release();
                    }
                });
            }
        }
        if (!found.isEmpty()) {
            throw new ProblemException(Problem.Kind.CONFLICT, words(found, sets.size()));
        }
    }

    private static String words(Map<String, List<String>> found, int sets) {
        String named = found.entrySet().stream()
                .limit(NAMED_MAX)
                .map(each -> each.getKey() + ": " + String.join(", ", each.getValue()))
                .collect(Collectors.joining("; "));
        int more = found.size() - NAMED_MAX;
        return found.size() + " of " + sets + " instances use more memory than they would have, and none was changed. "
                + named + (more > 0 ? "; and " + more + " more" : "")
                + ". With force=true (--force) such containers are restarted with that";
    }

    private static List<String> above(StreamOpener streams, SetResource set, SetSpec spec) throws InterruptedException {
        String host = set.status().host();
        List<String> above = new ArrayList<>();
        for (ContainerSpec container : shrinking(set.spec(), spec)) {
            Long used = host == null ? null : used(streams, host, set, container.nameOrEmpty());
            Bytes asked = Shares.of(spec, container).memory();
            if (used != null && used > asked.value()) {
                above.add("%s uses %dMi of memory, %s is asked for"
                        .formatted(container.nameOrEmpty(), (used + (1 << 20) - 1) >> 20, asked));
            }
        }
        return above;
    }

    private static List<ContainerSpec> shrinking(SetSpec before, SetSpec after) {
        Map<String, Bytes> had = new HashMap<>();
        before.containers()
                .forEach(container -> had.put(
                        container.nameOrEmpty(), Shares.of(before, container).memory()));
        return after.containers().stream()
                .filter(container -> Shares.of(after, container)
                                .memory()
                                .compareTo(had.getOrDefault(container.nameOrEmpty(), Bytes.ZERO))
                        < 0)
                .toList();
    }

    private static @Nullable Long used(StreamOpener streams, String host, SetResource set, String container)
            throws InterruptedException {
        try (SideStream stream = streams.open(host, new StreamRequest.Memory(set.uid(), container), ANSWER_WITHIN)) {
            Frame frame = stream.receive(ANSWER_WITHIN);
            if (frame == null || frame.channel() != Frame.STDOUT) {
                return null;
            }
            return Long.valueOf(new String(frame.payload(), StandardCharsets.US_ASCII));
        } catch (ProblemException | NumberFormatException e) {
            // It does not run, or its host does not answer in time.
            return null;
        }
    }
}
