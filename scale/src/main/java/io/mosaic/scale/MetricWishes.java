package io.mosaic.scale;

import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Bytes;
import io.mosaic.model.MetricTarget;
import io.mosaic.model.ScalingPolicy;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;

/** What the metrics of a policy want, before anything is smoothed. */
final class MetricWishes {

    private static final double HUNDRED = 100.0;

    private static final Reading NOTHING = new Reading.Missing("nothing was measured");

    private MetricWishes() {}

    /** The greatest of their wishes; each is told in words. */
    static Scaler.Wish most(ScalingPolicy policy, Scaler.Moment moment, List<String> inputs) {
        int current = moment.replicas();
        List<Reading> readings = moment.readings();
        Scaler.Wish best = null;
        for (int i = 0; i < policy.metrics().size(); i++) {
            MetricTarget metric = policy.metrics().get(i);
            Reading reading = i < readings.size() ? sinceLastChange(readings.get(i), moment) : NOTHING;
            Scaler.Wish wish = wish(metric, reading, current, policy.tolerance().value() / HUNDRED);
            inputs.add(wish.words() + ", wants " + wish.replicas());
            best = best == null || wish.replicas() > best.replicas() ? wish : best;
        }
        return best == null ? new Scaler.Wish(current, "") : best;
    }

    /** What instances used before their number changed says nothing of what they use now. */
    private static Reading sinceLastChange(Reading reading, Scaler.Moment moment) {
        Instant changed = moment.done().last();
        boolean before = reading instanceof Reading.Use use
                && changed != null
                && !changed.isAfter(moment.now())
                && moment.now().minus(use.age()).isBefore(changed);
        return before ? new Reading.Missing("nothing was measured yet since the last change") : reading;
    }

    private static Scaler.Wish wish(MetricTarget metric, Reading reading, int current, double tolerance) {
        return switch (reading) {
            case Reading.Missing(String why) -> missing(metric, current, why);
            case Reading.Use use
            when use.instances() == 0 ->
                missing(metric, current, current == 0 ? "there are no instances" : "no instance is known well enough");
            case Reading.Use use
            when use.age().compareTo(Reading.FRESH) > 0 ->
                missing(metric, current, "last heard " + Scaler.words(use.age()) + " ago");
            case Reading.Total total
            when total.age().compareTo(Reading.FRESH) > 0 ->
                missing(metric, current, "last answered " + Scaler.words(total.age()) + " ago");
            case Reading.Use use -> ofUse(metric, use, current, tolerance);
            case Reading.Total total -> ofTotal(metric, total, current, tolerance);
        };
    }

    private static Scaler.Wish missing(MetricTarget metric, int current, String why) {
        return new Scaler.Wish(current, metric.metricOrCpu().word() + " is not known: " + why);
    }

    private static Scaler.Wish ofUse(MetricTarget metric, Reading.Use use, int current, double tolerance) {
        MetricTarget.Target target = metric.targetOrNone();
        MetricTarget.Metric what = metric.metricOrCpu();
        double amount = target.amount(what);
        if (target.percent() && use.limit() <= 0) {
            return missing(metric, current, "the set has no limit of it");
        }
        double each = target.percent() ? use.limit() / use.instances() * amount / HUNDRED : amount;
        String now = target.percent()
                ? Math.round(HUNDRED * use.used() / use.limit()) + "%"
                : unit(what, use.used() / use.instances());
        int known = Math.min(current, use.instances());
        int unknown = current - known;
        double ratio = use.used() / each / use.instances();
        // More are known than there should be while some leave, or while two controllers tell of the same host.
        int wanted = needed(ratio * known);
        int replicas;
        if (Math.abs(ratio - 1) <= tolerance) {
            replicas = current;
        } else if (ratio > 1) {
            // Those that are not known may take some of it over: as if they did nothing yet.
            replicas = Math.max(current, wanted);
        } else {
            // They may as well be just as loaded as they should be: none of them is sent away for it.
            replicas = Math.min(current, wanted + unknown);
        }
        String some = unknown == 0 ? "" : " (" + use.instances() + " of " + current + " known)";
        return new Scaler.Wish(replicas, told(what.word(), now, ratio, target.text()) + some);
    }

    private static Scaler.Wish ofTotal(MetricTarget metric, Reading.Total total, int current, double tolerance) {
        double each = metric.targetOrNone().amount(MetricTarget.Metric.PROMETHEUS);
        double ratio = current == 0 ? Double.POSITIVE_INFINITY : total.value() / each / current;
        boolean near = current > 0 && Math.abs(ratio - 1) <= tolerance;
        int replicas = near ? current : needed(total.value() / each);
        String now = current == 0 ? number(total.value()) + " in all" : number(total.value() / current);
        return new Scaler.Wish(
                replicas, told("query", now, ratio, metric.targetOrNone().text()));
    }

    private static int needed(double instances) {
        // A hair above a whole number is measuring, not load.
        return (int) Math.min(AppSpecRules.REPLICAS_MAX, Math.ceil(instances - 1e-6));
    }

    private static String told(String what, String now, double ratio, String target) {
        return what + " " + now + (ratio > 1 ? " over target " : " under target ") + target;
    }

    private static String unit(MetricTarget.Metric what, double value) {
        return switch (what) {
            case CPU -> number(value / 1000) + " cores";
            case MEMORY -> size(value);
            case NETWORK, DISK -> size(value) + "/s";
            case PROMETHEUS -> number(value);
        };
    }

    private static String size(double value) {
        long bytes = Math.round(value);
        return bytes < 10 << 20 ? bytes / 1024 + "Ki" : Bytes.mebi(bytes >> 20).toString();
    }

    private static String number(double value) {
        return BigDecimal.valueOf(value)
                .setScale(2, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
