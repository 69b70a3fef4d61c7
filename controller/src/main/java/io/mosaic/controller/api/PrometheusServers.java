package io.mosaic.controller.api;

import io.mosaic.model.AppSpec;
import io.mosaic.model.MetricTarget;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ScalingPolicy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Holds queries to the servers that the operator allows: the controller must not be led to others in its network. */
final class PrometheusServers {

    private PrometheusServers() {}

    /**
     * Returns the spec, checked.
     *
     * @throws ProblemException naming every query to another server
     */
    static AppSpec require(AppSpec spec, Set<String> allowed) {
        ScalingPolicy policy = spec.scaling();
        List<Problem.FieldError> errors = new ArrayList<>();
        List<MetricTarget> metrics = policy == null ? List.of() : policy.metrics();
        for (int i = 0; i < metrics.size(); i++) {
            String url = metrics.get(i).url();
            if (url != null && !allowed.contains(origin(url))) {
                errors.add(new Problem.FieldError(
                        "/scaling/metrics/" + i + "/url",
                        "must be at a server among allowedPrometheus of the controller's configuration",
                        url));
            }
        }
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule(), errors));
        }
        return spec;
    }

    private static String origin(String url) {
        URI uri = URI.create(url);
        return uri.getScheme() + "://" + uri.getRawAuthority();
    }
}
