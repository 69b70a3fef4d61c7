package io.mosaic.agent.cgroup;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which containers the kernel killed for memory, by its own log. The daemon hears of it through a watcher that containerd
 * starts after the container: what is killed before the watch stands, or whose end overtakes the notice, looks to the daemon
 * like any other end with SIGKILL. The kernel writes its line before it kills, so whoever saw the end finds the line.
 *
 * <p>The log's times are those of a clock that may run apart from all others, so a line is not compared with times: it belongs to
 * the first end that is asked for after it was written. The kernel writes at most ten such lines in five seconds
 * (DEFAULT_RATELIMIT_BURST of its source); what it leaves out is not known here.
 *
 * <p>Thread-safe.
 */
public final class OomKills {

    /** More containers than end on one host within the memory of anybody who asks again. */
    private static final int KEPT = 1024;

    private static final String KILL = "oom-kill:";
    private static final String VICTIM = "task_memcg=";

    /** Reads the whole log as it is now, lines with their times. */
    interface Log {
        String read() throws IOException;
    }

    /** @param line the last one about that container when it was asked for; null: there was none */
    private record Told(Instant finished, @Nullable String line, boolean killed) {}

    private final Log log;
    private final Map<String, Told> told = new LinkedHashMap<>();

    /** By this machine's log. */
    public OomKills() {
        this(KernelLog::read);
    }

    OomKills(Log log) {
        this.log = log;
    }

    /**
     * Whether the container's run that ended then was ended by the kernel for want of memory; the same answer however often.
     *
     * @param containerId 64 hexadecimal digits
     * @throws IOException when the log cannot be read, for want of CAP_SYSLOG for instance
     */
    public synchronized boolean killed(String containerId, Instant finished) throws IOException {
        Told before = told.get(containerId);
        if (before != null && before.finished.equals(finished)) {
            return before.killed;
        }
        String line = lastLine(log.read(), containerId);
        boolean killed = line != null && (before == null || !line.equals(before.line));
        told.remove(containerId);
        told.put(containerId, new Told(finished, line, killed));
        if (told.size() > KEPT) {
            told.remove(told.keySet().iterator().next());
        }
        return killed;
    }

    private static @Nullable String lastLine(String text, String containerId) {
        return text.lines()
                .filter(line -> {
                    int victim = line.indexOf(VICTIM);
                    return victim > 0 && line.contains(KILL) && line.indexOf(containerId, victim) > 0;
                })
                .reduce((earlier, later) -> later)
                .orElse(null);
    }
}
