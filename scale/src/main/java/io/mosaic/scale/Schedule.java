package io.mosaic.scale;

import io.mosaic.model.AppSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingWindow;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The windows of a policy in time. Of those open at once the one that opened last counts; of two that opened together, the
 * larger. While none is open the minimum is wanted. Immutable and thread-safe.
 */
public final class Schedule {

    /** A cron of every minute would fill a preview, though it changes nothing. */
    private static final int STEPS_MAX = 50_000;

    private final int minimum;
    private final List<Timed> windows;

    private record Timed(ScalingWindow window, CronTimes times) {}

    private Schedule(int minimum, List<Timed> windows) {
        this.minimum = minimum;
        this.windows = windows;
    }

    /**
     * How many instances the clock wants.
     *
     * @param window that says so; null: none is open
     * @param until when that may change; null: never
     */
    public record Level(
            int replicas, @Nullable String window, @Nullable Instant until) {}

    /** From then on that many. */
    public record Turn(Instant at, int replicas, @Nullable String window) {}

    /**
     * The schedule of a checked policy.
     *
     * @throws ProblemException naming each window whose cron cannot be parsed, and where
     */
    public static Schedule of(ScalingPolicy policy) {
        List<Problem.FieldError> errors = new ArrayList<>();
        List<Timed> windows = new ArrayList<>();
        for (int i = 0; i < policy.windows().size(); i++) {
            ScalingWindow window = policy.windows().get(i);
            try {
                CronTimes times = CronTimes.parse(window.cronOrEmpty(), ZoneId.of(window.zone()));
                if (times.firstAfter(Instant.EPOCH) == null) {
                    throw new IllegalArgumentException("names a day that never comes");
                }
                windows.add(new Timed(window, times));
            } catch (DateTimeException e) {
                errors.add(new Problem.FieldError(pointer(i) + "/zone", "is no time zone", window.zone()));
            } catch (IllegalArgumentException e) {
                errors.add(new Problem.FieldError(pointer(i) + "/cron", String.valueOf(e.getMessage()), window.cron()));
            }
        }
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule(), errors));
        }
        return new Schedule(policy.minimum(), List.copyOf(windows));
    }

    /**
     * Returns the spec when every cron of its scaling can be parsed.
     *
     * @throws ProblemException as {@link #of}
     */
    public static AppSpec require(AppSpec spec) {
        ScalingPolicy policy = spec.scaling();
        if (policy != null) {
            of(policy);
        }
        return spec;
    }

    private static String pointer(int window) {
        return "/scaling/windows/" + window;
    }

    public boolean isEmpty() {
        return windows.isEmpty();
    }

    /** What is wanted at that time; null when there is no window at all. */
    public @Nullable Level at(Instant now) {
        if (windows.isEmpty()) {
            return null;
        }
        Timed best = null;
        Instant opened = null;
        Instant until = null;
        for (Timed each : windows) {
            until = earlier(until, each.times().firstAfter(now));
            Instant last = each.times().lastBy(now);
            if (last == null) {
                continue;
            }
            Interval lasts = each.window().lasts();
            if (lasts != null) {
                Instant ends = last.plus(lasts.duration());
                if (!ends.isAfter(now)) {
                    continue;
                }
                until = earlier(until, ends);
            }
            if (best == null || opened == null || beats(each, last, best, opened)) {
                best = each;
                opened = last;
            }
        }
        return best == null
                ? new Level(minimum, null, until)
                : new Level(best.window().replicasOrNone(), best.window().title(), until);
    }

    private static boolean beats(Timed each, Instant opens, Timed best, Instant opened) {
        return opens.isAfter(opened)
                || (opens.equals(opened)
                        && each.window().replicasOrNone() > best.window().replicasOrNone());
    }

    private static @Nullable Instant earlier(@Nullable Instant a, @Nullable Instant b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.isBefore(b) ? a : b;
    }

    /**
     * What is wanted from one time to another: the state at the first, then each change.
     *
     * @param most turns at most
     */
    public List<Turn> preview(Instant from, Instant to, int most) {
        List<Turn> turns = new ArrayList<>();
        Instant at = from;
        for (int i = 0; i < STEPS_MAX && at != null && at.isBefore(to) && turns.size() < most; i++) {
            Level level = at(at);
            if (level == null) {
                break;
            }
            Turn last = turns.isEmpty() ? null : turns.getLast();
            if (last == null || last.replicas() != level.replicas() || !Objects.equals(last.window(), level.window())) {
                turns.add(new Turn(at, level.replicas(), level.window()));
            }
            at = level.until();
        }
        return turns;
    }
}
