/** What a process tells of itself, in Prometheus' text format: its JVM, its calls, and gauges that others add. */
@NullMarked
package io.mosaic.kit.metrics;

import org.jspecify.annotations.NullMarked;
