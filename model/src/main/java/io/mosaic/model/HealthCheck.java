package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How to tell that a container is up: exactly one of {@code http}, {@code tcp} and {@code file}. The check runs inside
 * the set's network, so {@code localhost} is the set and nothing needs to be published.
 *
 * @param http URL that answers 200 to 399, such as {@code http://localhost:8080/healthz}
 * @param tcp port that accepts a connection
 * @param file absolute path in the container that exists
 * @param interval between checks once it is healthy
 * @param timeout of one check
 * @param retries consecutive failures after which a healthy container counts as unhealthy and is restarted
 * @param deadline from start to the first success; past it the container counts as failed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HealthCheck(
        @JsonAlias({"HTTP", "Http"}) @Nullable String http,
        @JsonAlias({"TCP", "Tcp"}) @Nullable Integer tcp,
        @JsonAlias("File") @Nullable String file,
        Interval interval,
        Interval timeout,
        Integer retries,
        Interval deadline) {

    public HealthCheck {
        interval = interval == null ? Interval.ofSeconds(5) : interval;
        timeout = timeout == null ? Interval.ofSeconds(2) : timeout;
        retries = retries == null ? Integer.valueOf(3) : retries;
        deadline = deadline == null ? Interval.ofSeconds(60) : deadline;
    }
}
