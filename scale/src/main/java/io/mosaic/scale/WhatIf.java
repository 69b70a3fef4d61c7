package io.mosaic.scale;

import io.mosaic.model.Interval;
import io.mosaic.model.MetricTarget;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the policies would have done under a recorded load. A model, and no more: an instance is as busy as its share of the
 * requests, all get the same share, and what is too much for them is lost. CPU use follows from that, and a Prometheus query is
 * taken to answer the requests a second; memory, network and disk do not follow from requests and are left out.
 */
public final class WhatIf {

    private static final double HUNDRED = 100.0;

    /** As often as the controller decides. */
    private static final Duration STEP = Duration.ofSeconds(5);

    private static final Set<MetricTarget.Metric> MODELLED =
            Set.of(MetricTarget.Metric.CPU, MetricTarget.Metric.PROMETHEUS);

    private WhatIf() {}

    /**
     * What the model goes by.
     *
     * @param capacity requests a second that one instance serves at most
     * @param start from the decision until a new instance serves
     * @param fixed instances of the fleet to compare with; null: as many as would carry the peak
     * @param replicas at the beginning
     */
    public record Terms(
            double capacity, Interval start, @Nullable Integer fixed, int replicas) {}

    /**
     * How it was from that time on.
     *
     * @param perSecond requests
     * @param replicas wanted
     * @param serving up by then
     * @param busy percent of what those, or one if there are none, can serve; above 100 some is lost
     */
    public record Sample(Instant at, double perSecond, int replicas, int serving, double busy) {}

    /** A decision. */
    public record Turn(Instant at, int from, int to, String because) {}

    /**
     * What came of it.
     *
     * @param samples one for each row of the load
     * @param instanceHours that were paid for, starting ones included
     * @param fixedHours of the fixed fleet
     * @param lost requests, as there were too few instances
     * @param fixedLost requests that the fixed fleet would have lost
     * @param left out: metrics of the policy that the model does not have
     */
    public record Outcome(
            List<Sample> samples,
            List<Turn> turns,
            double instanceHours,
            int fixed,
            double fixedHours,
            double requests,
            double lost,
            double fixedLost,
            List<String> left) {

        /** What is saved against the fixed fleet, in percent of it; negative when it costs more. */
        public double savedPercent() {
            return fixedHours == 0 ? 0 : HUNDRED * (fixedHours - instanceHours) / fixedHours;
        }

        public int peak() {
            return samples.stream().mapToInt(Sample::replicas).max().orElse(0);
        }
    }

    /**
     * Replays the load.
     *
     * @throws io.mosaic.model.ProblemException when a cron of the policy cannot be parsed
     */
    public static Outcome run(ScalingPolicy policy, Terms terms, LoadTrace load) {
        return new Run(policy, terms, load).run();
    }

    /** One replay; used once. */
    private static final class Run {
        private final Scaler scaler;
        private final ScalingPolicy policy;
        private final Terms terms;
        private final LoadTrace load;
        private final List<String> left = new ArrayList<>();
        private final List<Sample> samples = new ArrayList<>();
        private final List<Turn> turns = new ArrayList<>();
        /** When each instance that is not up yet will be. */
        private final Deque<Instant> starting = new ArrayDeque<>();

        private Recommendations memory = Recommendations.NONE;
        private ScalingStatus done = ScalingStatus.NONE;
        private int replicas;
        private double hours;
        private double requests;
        private double lost;
        private double fixedLost;

        Run(ScalingPolicy given, Terms terms, LoadTrace load) {
            List<MetricTarget> modelled = new ArrayList<>();
            for (MetricTarget metric : given.metrics()) {
                if (MODELLED.contains(metric.metricOrCpu())) {
                    modelled.add(metric);
                } else {
                    left.add(metric.metricOrCpu().word());
                }
            }
            this.policy = new ScalingPolicy(
                    given.minimum(),
                    given.maximum(),
                    given.windows(),
                    modelled,
                    given.tolerance(),
                    given.warmUp(),
                    given.up(),
                    given.down(),
                    given.hold(),
                    given.webhook());
            this.scaler = new Scaler(policy);
            this.terms = terms;
            this.load = load;
            this.replicas = policy.within(terms.replicas());
        }

        Outcome run() {
            int fixed = terms.fixed() == null
                    ? Math.max(1, (int) Math.ceil(load.peak() / terms.capacity()))
                    : terms.fixed();
            Instant now = load.begin();
            int row = 0;
            int sampled = -1;
            while (now.isBefore(load.end())) {
                while (row + 1 < load.points().size()
                        && !load.points().get(row + 1).at().isAfter(now)) {
                    row++;
                }
                double rate = load.perSecond(row);
                decide(now, rate);
                int serving = serving(now);
                if (row != sampled) {
                    sampled = row;
                    samples.add(new Sample(now, rate, replicas, serving, busy(rate, Math.max(1, serving))));
                }
                double seconds = STEP.toSeconds();
                hours += replicas * seconds / Duration.ofHours(1).toSeconds();
                requests += rate * seconds;
                lost += Math.max(0, rate - serving * terms.capacity()) * seconds;
                fixedLost += Math.max(0, rate - fixed * terms.capacity()) * seconds;
                now = now.plus(STEP);
            }
            double span = Duration.between(load.begin(), now).toSeconds();
            double fixedHours = fixed * span / Duration.ofHours(1).toSeconds();
            return new Outcome(samples, turns, hours, fixed, fixedHours, requests, lost, fixedLost, left);
        }

        private double busy(double rate, int serving) {
            return HUNDRED * rate / (serving * terms.capacity());
        }

        private int serving(Instant now) {
            starting.removeIf(up -> !up.isAfter(now));
            return replicas - starting.size();
        }

        private void decide(Instant now, double rate) {
            int serving = serving(now);
            List<Reading> readings = policy.metrics().stream()
                    .map(metric -> reading(metric, rate, serving))
                    .toList();
            Scaler.Verdict verdict = scaler.decide(new Scaler.Moment(now, replicas, readings, memory, done));
            memory = verdict.memory();
            if (verdict.replicas() == replicas) {
                return;
            }
            turns.add(new Turn(now, replicas, verdict.replicas(), verdict.because()));
            done = done.stepped(new ScalingStatus.Step(now, replicas, verdict.replicas()), verdict.because());
            for (int i = replicas; i < verdict.replicas(); i++) {
                starting.addLast(now.plus(terms.start().duration()));
            }
            for (int i = replicas; i > verdict.replicas(); i--) {
                // Those that do not serve yet go first.
                starting.pollLast();
            }
            replicas = verdict.replicas();
        }

        private Reading reading(MetricTarget metric, double rate, int serving) {
            if (metric.metricOrCpu() == MetricTarget.Metric.PROMETHEUS) {
                return new Reading.Total(rate, Duration.ZERO);
            }
            if (serving == 0) {
                return new Reading.Missing("no instance serves yet");
            }
            // Thousandths of the core that each is taken to have; a busy core is not more than busy.
            double limit = 1000.0 * serving;
            double used = Math.min(limit, limit * rate / (serving * terms.capacity()));
            return new Reading.Use(used, limit, serving, Duration.ZERO);
        }
    }
}
