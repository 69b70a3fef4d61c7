package io.mosaic.model;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of a {@link ScalingPolicy} that its types cannot hold, with pointers into {@code /scaling}. */
final class ScalingRules {

    private static final String AT = "/scaling";
    private static final int WINDOWS_MAX = 32;
    private static final int METRICS_MAX = 8;
    private static final int TITLE_CHARS_MAX = 63;
    private static final int CRON_CHARS_MAX = 128;
    private static final int QUERY_CHARS_MAX = 2048;
    private static final int URL_CHARS_MAX = 512;
    private static final int FULL = 100;
    private static final String RANGE = "must be 0 to " + AppSpecRules.REPLICAS_MAX;

    private final List<Problem.FieldError> errors = new ArrayList<>();

    private ScalingRules() {}

    /** Every broken rule, none when the policy and the app's replicas are good. */
    static List<Problem.FieldError> check(ScalingPolicy policy, int replicas) {
        ScalingRules rules = new ScalingRules();
        rules.bounds(policy, replicas);
        rules.check(policy.windows().size() <= WINDOWS_MAX, AT + "/windows", "must have at most " + WINDOWS_MAX, null);
        rules.check(policy.metrics().size() <= METRICS_MAX, AT + "/metrics", "must have at most " + METRICS_MAX, null);
        for (int i = 0; i < policy.windows().size(); i++) {
            rules.window(AT + "/windows/" + i, policy.windows().get(i), policy);
        }
        for (int i = 0; i < policy.metrics().size(); i++) {
            rules.metric(AT + "/metrics/" + i, policy.metrics().get(i), policy);
        }
        rules.check(
                policy.tolerance().percent() && policy.tolerance().value() < 100,
                AT + "/tolerance",
                "must be percent below \"100%\"",
                policy.tolerance().toString());
        rules.pace(AT + "/up", policy.up());
        rules.pace(AT + "/down", policy.down());
        ScalingPolicy.Webhook webhook = policy.webhook();
        rules.check(
                webhook == null || webhook.key() >= 1,
                AT + "/webhook/key",
                "must be 1 or more",
                webhook == null ? null : webhook.key().toString());
        return rules.errors;
    }

    private void bounds(ScalingPolicy policy, int replicas) {
        int minimum = policy.minimum();
        check(inRange(minimum), AT + "/minimum", RANGE, Integer.toString(minimum));
        Integer maximum = policy.maximum();
        if (!check(maximum != null, AT + "/maximum", "is required", null) || maximum == null) {
            return;
        }
        String told = maximum.toString();
        boolean whole = check(maximum >= 1 && inRange(maximum), AT + "/maximum", "must be 1 to 100000", told)
                && check(minimum <= maximum, AT + "/maximum", "must not be below the minimum, " + minimum, told);
        check(
                !whole || policy.within(replicas) == replicas,
                "/replicas",
                "must be within the minimum and the maximum of /scaling, " + minimum + " to " + maximum,
                Integer.toString(replicas));
    }

    private void window(String at, ScalingWindow window, ScalingPolicy policy) {
        String name = window.name();
        check(
                name == null || (name.length() <= TITLE_CHARS_MAX && plain(name)),
                at + "/name",
                "must be 1 to 63 printable characters",
                null);
        String cron = window.cronOrEmpty();
        check(
                !cron.isBlank() && cron.length() <= CRON_CHARS_MAX,
                at + "/cron",
                "is required: five fields, such as \"0 11 * * MON-FRI\"",
                window.cron());
        check(zone(window.zone()), at + "/zone", "must be a time zone such as Asia/Shanghai", window.zone());
        Integer replicas = window.replicas();
        if (check(replicas != null, at + "/replicas", "is required", null) && replicas != null) {
            check(
                    policy.within(replicas) == replicas,
                    at + "/replicas",
                    "must be within the minimum and the maximum, " + policy.minimum() + " to "
                            + policy.maximumOrMinimum(),
                    replicas.toString());
        }
        Interval lasts = window.lasts();
        check(
                lasts == null || lasts.millis() >= 60_000,
                at + "/lasts",
                "must be at least 1m",
                lasts == null ? null : lasts.toString());
    }

    private static boolean plain(String text) {
        return !text.isBlank() && text.chars().noneMatch(Character::isISOControl);
    }

    private static boolean zone(String name) {
        try {
            ZoneId.of(name);
            return true;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private void metric(String at, MetricTarget metric, ScalingPolicy policy) {
        MetricTarget.Metric what = metric.metric();
        if (!check(what != null, at + "/metric", "is required: cpu, memory, network, disk or prometheus", null)
                || what == null) {
            return;
        }
        target(at + "/target", what, metric.target(), policy.tolerance());
        if (what == MetricTarget.Metric.PROMETHEUS) {
            check(url(metric.url()), at + "/url", "must be an http or https address without query", metric.url());
            String query = metric.query();
            check(
                    query != null && !query.isBlank() && query.length() <= QUERY_CHARS_MAX,
                    at + "/query",
                    "is required, of at most " + QUERY_CHARS_MAX + " characters",
                    null);
        } else {
            check(metric.url() == null, at + "/url", "is for prometheus alone", null);
            check(metric.query() == null, at + "/query", "is for prometheus alone", null);
        }
    }

    private void target(String at, MetricTarget.Metric what, MetricTarget.@Nullable Target target, Portion tolerance) {
        if (!check(target != null, at, "is required: what one instance should carry", null) || target == null) {
            return;
        }
        boolean limited = what == MetricTarget.Metric.CPU || what == MetricTarget.Metric.MEMORY;
        if (!check(
                limited || !target.percent(),
                at,
                "must be an amount: a set has no limit of " + what.word() + " that a percentage could be of",
                target.text())) {
            return;
        }
        try {
            double amount = target.amount(what);
            if (!target.percent()) {
                check(amount > 0, at, "must be above 0", target.text());
                return;
            }
            // Limits are hard: use that cannot be further over its target than the tolerance would never scale out.
            int most = FULL * FULL / (FULL + tolerance.value());
            check(
                    amount > 0 && amount <= most,
                    at,
                    "must be above 0% and at most " + most
                            + "%, as with this tolerance more than that is never exceeded",
                    target.text());
        } catch (IllegalArgumentException e) {
            check(false, at, String.valueOf(e.getMessage()), target.text());
        }
    }

    private static boolean url(@Nullable String text) {
        if (text == null || text.length() > URL_CHARS_MAX) {
            return false;
        }
        try {
            URI uri = new URI(text);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void pace(String at, ScalingPace pace) {
        Portion most = pace.perMinute();
        check(most == null || most.value() >= 1, at + "/perMinute", "must be at least 1 or \"1%\"", "0");
    }

    private static boolean inRange(int replicas) {
        return replicas >= 0 && replicas <= AppSpecRules.REPLICAS_MAX;
    }

    private boolean check(boolean holds, String field, String rule, @Nullable String value) {
        if (!holds) {
            errors.add(new Problem.FieldError(field, rule, value));
        }
        return holds;
    }
}
