package io.mosaic.controller.lead;

import io.mosaic.controller.app.ScaleDecisions;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.scale.AppUse;
import io.mosaic.model.AppResource;
import io.mosaic.model.Kind;
import io.mosaic.model.MetricTarget;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.scale.Reading;
import io.mosaic.scale.Recommendations;
import io.mosaic.scale.Scaler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the policies of every app that has any, each few seconds, and commits what they decide. What it remembers of their
 * recommendations it leaves to the next leader; without that, the next one waits for a whole window before it scales in.
 *
 * <p>For the leader's worker alone.
 */
final class AutoScaler {

    private static final Logger LOG = LoggerFactory.getLogger(AutoScaler.class);

    static final Duration EVERY = Duration.ofSeconds(5);

    /** At the hour many windows open at once. */
    private static final int PER_COMMIT = 128;

    private final ScalingInputs inputs;
    private final long epoch;
    private final Rebuilder.Committer committer;
    private final Map<ResourceKey, Scaler> scalers = new HashMap<>();
    private final Map<ResourceKey, Recommendations> memory = new HashMap<>();

    AutoScaler(ScalingInputs inputs, long epoch, Rebuilder.Committer committer) {
        this.inputs = inputs;
        this.epoch = epoch;
        this.committer = committer;
    }

    /**
     * Looks once at every app with policies.
     *
     * @throws io.mosaic.model.ProblemException when a commit failed; what it was for is due again at the next look
     */
    void look(ClusterImage image, Instant now) throws InterruptedException {
        TreeMap<ResourceKey, AppResource> apps = new TreeMap<>();
        for (Resource resource : image.resources(Kind.APP).values()) {
            if (resource instanceof AppResource app && app.spec().scaling() != null && !app.deleting()) {
                apps.put(app.key(), app);
            }
        }
        scalers.keySet().retainAll(apps.keySet());
        memory.keySet().retainAll(apps.keySet());
        List<ScaleDecisions.Move> moves = new ArrayList<>();
        for (AppResource app : apps.values()) {
            try {
                ScaleDecisions.Move move = look(app, now);
                if (move != null) {
                    moves.add(move);
                }
            } catch (RuntimeException e) {
                // A fault over one app must not cost the others.
                LOG.error("app {} could not be looked at for scaling", app.key(), e);
            }
        }
        inputs.use().leave(epoch, memory);
        for (int from = 0; from < moves.size(); from += PER_COMMIT) {
            committer.commit(ScaleDecisions.all(moves.subList(from, Math.min(moves.size(), from + PER_COMMIT)), now));
        }
    }

    private ScaleDecisions.@Nullable Move look(AppResource app, Instant now) {
        ScalingPolicy policy = Objects.requireNonNull(app.spec().scaling());
        Scaler scaler = scalers.get(app.key());
        if (scaler == null || !scaler.policy().equals(policy)) {
            scaler = new Scaler(policy);
            scalers.put(app.key(), scaler);
        }
        Recommendations before = memory.get(app.key());
        int replicas = app.spec().replicas();
        Scaler.Verdict verdict = scaler.decide(new Scaler.Moment(
                now,
                replicas,
                readings(app.key(), policy),
                before == null ? inputs.use().left(app.key()) : before,
                app.status().scalingOrNone()));
        memory.put(app.key(), verdict.memory());
        if (verdict.replicas() == replicas) {
            return null;
        }
        String all = verdict.inputs().isEmpty() ? "" : " [" + String.join("; ", verdict.inputs()) + "]";
        return new ScaleDecisions.Move(
                app.key(), app.uid(), policy, replicas, verdict.replicas(), verdict.because() + all);
    }

    private List<Reading> readings(ResourceKey app, ScalingPolicy policy) {
        AppUse use = inputs.use().use(app);
        List<Reading> readings = new ArrayList<>();
        for (MetricTarget metric : policy.metrics()) {
            readings.add(reading(metric, use));
        }
        return readings;
    }

    private Reading reading(MetricTarget metric, @Nullable AppUse use) {
        if (metric.metricOrCpu() == MetricTarget.Metric.PROMETHEUS) {
            String url = metric.url();
            String query = metric.query();
            return url == null || query == null
                    ? new Reading.Missing("there is no query")
                    : inputs.queries().ask(url, query);
        }
        if (use == null) {
            return new Reading.Missing("no agent told of it");
        }
        Duration age = Duration.ofMillis(use.ageMillis());
        return switch (metric.metricOrCpu()) {
            case CPU -> new Reading.Use(use.cpuMillis(), use.cpuLimitMillis(), use.instances(), age);
            case MEMORY -> new Reading.Use(use.memoryBytes(), use.memoryLimitBytes(), use.instances(), age);
            case NETWORK -> new Reading.Use(use.networkBytes(), 0, use.networkInstances(), age);
            case DISK -> new Reading.Use(use.diskBytes(), 0, use.diskInstances(), age);
            case PROMETHEUS -> new Reading.Missing("is asked elsewhere");
        };
    }
}
