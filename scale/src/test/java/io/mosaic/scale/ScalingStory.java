package io.mosaic.scale;

import io.mosaic.model.Json;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** An app under a policy, in virtual time: the leader looks every five seconds. */
final class ScalingStory {
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Scaler scaler;
    private Recommendations memory = Recommendations.NONE;
    private ScalingStatus done = ScalingStatus.NONE;
    private Instant now;
    private int replicas;
    private List<Reading> readings = List.of();
    private Scaler.Verdict last = new Scaler.Verdict(0, "", List.of(), Recommendations.NONE);

    ScalingStory(String policy, int replicas, String at) {
        this.scaler = new Scaler(Json.read(policy, ScalingPolicy.class));
        this.replicas = replicas;
        this.now = Instant.parse(at);
    }

    /** From now on every instance uses that much of its one core, whatever their number. */
    ScalingStory cpu(int percent) {
        return cpu(percent, 0);
    }

    /** Likewise, and so many of them are not known. */
    ScalingStory cpu(int percent, int unknown) {
        int known = Math.max(0, replicas - unknown);
        readings = List.of(new Reading.Use(10.0 * percent * known, 1000.0 * known, known, Duration.ZERO));
        return this;
    }

    ScalingStory reading(Reading... all) {
        readings = List.of(all);
        return this;
    }

    /** A call or a person wants so many until then. */
    ScalingStory held(int wanted, Duration life) {
        replicas = wanted;
        done = done.withHeld(new ScalingStatus.Held(wanted, now.plus(life), "token duty"));
        return this;
    }

    /** Another controller leads: what was not written down is lost. */
    ScalingStory newLeader() {
        memory = Recommendations.NONE;
        return this;
    }

    /** One look. */
    ScalingStory look() {
        last = scaler.decide(new Scaler.Moment(now, replicas, readings, memory, done));
        memory = last.memory();
        if (last.replicas() != replicas) {
            done = done.stepped(new ScalingStatus.Step(now, replicas, last.replicas()), last.because());
            replicas = last.replicas();
        }
        now = now.plus(LOOK);
        return this;
    }

    /** Looks until that time has gone by. */
    ScalingStory pass(Duration time) {
        Instant end = now.plus(time);
        while (now.isBefore(end)) {
            look();
        }
        return this;
    }

    int replicas() {
        return replicas;
    }

    Scaler.Verdict last() {
        return last;
    }

    Recommendations memory() {
        return memory;
    }
}
