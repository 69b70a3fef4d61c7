package io.mosaic.kit.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * One process' metrics, in a registry of its own so that several controllers in one test do not mix. Thread-safe.
 */
public final class Metrics {

    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    /** From a health check to a slow commit, seconds. */
    private static final double[] CALL_SECONDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().build();
    private final Histogram calls;

    private Metrics() {
        calls = Histogram.builder()
                .name("mosaic_http_request_duration_seconds")
                .help("Time from request to answer; streams are left out.")
                .labelNames("operation", "status")
                .classicOnly()
                .classicUpperBounds(CALL_SECONDS)
                .unit(Unit.SECONDS)
                .register(registry);
    }

    /** Metrics with those of the JVM. */
    public static Metrics create() {
        Metrics metrics = new Metrics();
        JvmMetrics.builder().register(metrics.registry);
        return metrics;
    }

    /** One call was answered. */
    public void call(String operation, int status, Duration took) {
        calls.labelValues(operation, Integer.toString(status)).observe(took.toNanos() / 1e9);
    }

    /** A number that is asked for on every scrape: it must be quick. */
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.getAsDouble()))
                .register(registry);
    }

    /** A count that only grows; the name should end in {@code _total}. */
    public Count count(String name, String help) {
        Counter counter = Counter.builder().name(name).help(help).register(registry);
        return counter::inc;
    }

    /** A count for each value of one label, of which there must be few. */
    public Counts counts(String name, String help, String label) {
        Counter counter =
                Counter.builder().name(name).help(help).labelNames(label).register(registry);
        return (value, more) -> counter.labelValues(value).inc(more);
    }

    /** Adds to one of the counters that differ by a label. */
    @FunctionalInterface
    public interface Counts {
        void add(String value, long more);
    }

    /** Adds to a counter. */
    @FunctionalInterface
    public interface Count {
        void add(long more);
    }

    /** All of them, as {@link #CONTENT_TYPE}. */
    public byte[] text() {
        ByteArrayOutputStream out = new ByteArrayOutputStream(16 * 1024);
        try {
            writer.write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
