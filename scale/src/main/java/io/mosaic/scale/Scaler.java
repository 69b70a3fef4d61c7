package io.mosaic.scale;

import io.mosaic.model.ScalingPace;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many instances an app should have now. What each metric wants is combined by maximum and smoothed: tolerance, then the
 * stabilisation window of the direction, then cooldown and step limit. Windows and held load calls join the maximum after
 * that, since they mean what they say. A metric without data wants what is there: it never scales in.
 */
public final class Scaler {

    private final ScalingPolicy policy;
    private final @Nullable Schedule schedule;

    /** @throws io.mosaic.model.ProblemException when a cron cannot be parsed */
    public Scaler(ScalingPolicy policy) {
        this.policy = policy;
        this.schedule = policy.windows().isEmpty() ? null : Schedule.of(policy);
    }

    public ScalingPolicy policy() {
        return policy;
    }

    /**
     * What is known now.
     *
     * @param replicas wanted so far
     * @param readings one for each metric of the policy, in its order
     * @param before what was recommended of late
     * @param done what the policies did, and what is held
     */
    public record Moment(
            Instant now, int replicas, List<Reading> readings, Recommendations before, ScalingStatus done) {}

    /**
     * What is to be.
     *
     * @param because what decided, for a person; empty when all stays as it is
     * @param inputs what each policy wants, for a person
     * @param memory to be given to the next call
     */
    public record Verdict(int replicas, String because, List<String> inputs, Recommendations memory) {}

    /** What one of them wants, and why. */
    record Wish(int replicas, String words) {}

    public Verdict decide(Moment moment) {
        Instant now = moment.now();
        int current = moment.replicas();
        List<String> inputs = new ArrayList<>();
        Recommendations memory = moment.before();
        Wish best = null;
        if (!policy.metrics().isEmpty()) {
            Wish raw = MetricWishes.most(policy, moment, inputs);
            memory = memory.with(now, raw.replicas(), longest());
            best = smoothed(raw, moment, memory, inputs);
        }
        best = greater(best, window(now, inputs));
        best = greater(best, held(moment, inputs));
        if (best == null || !policy.decides()) {
            // Nobody but people and load calls decides: only the bounds count.
            best = new Wish(current, "");
        }
        int wanted = policy.within(best.replicas());
        String because = wanted == current ? "" : wanted == best.replicas() ? best.words() : bounded(best, wanted);
        return new Verdict(wanted, because, inputs, memory);
    }

    private String bounded(Wish best, int wanted) {
        String bound = (wanted == policy.minimum() ? "at least " : "at most ") + wanted;
        return best.words().isEmpty() ? bound : best.words() + ", wants " + best.replicas() + ", but " + bound;
    }

    private Duration longest() {
        Duration up = policy.up().stabiliseOrNone().duration();
        Duration down = policy.down().stabiliseOrNone().duration();
        return up.compareTo(down) > 0 ? up : down;
    }

    private static @Nullable Wish greater(@Nullable Wish a, @Nullable Wish b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return b.replicas() > a.replicas() ? b : a;
    }

    private @Nullable Wish window(Instant now, List<String> inputs) {
        Schedule.Level level = schedule == null ? null : schedule.at(now);
        if (level == null) {
            return null;
        }
        String words = level.window() == null ? "no window is open" : "window " + level.window();
        inputs.add(words + " wants " + level.replicas());
        return new Wish(level.replicas(), words);
    }

    private static @Nullable Wish held(Moment moment, List<String> inputs) {
        ScalingStatus.Held held = moment.done().held();
        if (held == null || !held.until().isAfter(moment.now())) {
            return null;
        }
        String words = "asked for by " + held.by() + " until " + held.until();
        inputs.add(words + ": " + held.replicas());
        return new Wish(held.replicas(), words);
    }

    /** What of the metrics' wish may be done now. */
    private Wish smoothed(Wish raw, Moment moment, Recommendations memory, List<String> inputs) {
        int current = moment.replicas();
        if (raw.replicas() == current) {
            return raw;
        }
        boolean out = raw.replicas() > current;
        ScalingPace pace = out ? policy.up() : policy.down();
        Duration stabilise = pace.stabiliseOrNone().duration();
        Duration covered = memory.covered(moment.now());
        if (covered.compareTo(stabilise) < 0) {
            inputs.add("watched for " + words(covered) + " of " + words(stabilise));
            return new Wish(current, "");
        }
        Instant last = moment.done().last();
        // Another leader's clock may have been ahead: what is still to come holds nothing up.
        if (last != null
                && !last.isAfter(moment.now())
                && last.plus(pace.cooldown().duration()).isAfter(moment.now())) {
            inputs.add("rests for " + words(pace.cooldown().duration()) + " after " + last);
            return new Wish(current, "");
        }
        int steady = out
                ? Math.max(current, memory.least(moment.now(), stabilise))
                : Math.min(current, memory.most(moment.now(), stabilise));
        int paced = paced(steady, pace, moment);
        if (paced != steady) {
            inputs.add("no more than " + pace.perMinute() + " a minute");
        }
        return new Wish(paced, stabilise.isZero() ? raw.words() : raw.words() + " for " + words(stabilise));
    }

    /** Within what may come or go in a minute, counted from what there was a minute ago. */
    private static int paced(int wanted, ScalingPace pace, Moment moment) {
        if (pace.perMinute() == null) {
            return wanted;
        }
        int current = moment.replicas();
        int base = current;
        for (ScalingStatus.Step step : moment.done().steps()) {
            boolean past = !step.at().isAfter(moment.now());
            if (past && step.at().plus(ScalingStatus.STEP).isAfter(moment.now())) {
                base = step.from();
                break;
            }
        }
        int most = Math.max(1, pace.perMinute().of(base));
        return wanted > current
                ? Math.max(current, Math.min(wanted, base + most))
                : Math.min(current, Math.max(wanted, base - most));
    }

    static String words(Duration duration) {
        long seconds = duration.toSeconds();
        return seconds >= 120 && seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
    }
}
