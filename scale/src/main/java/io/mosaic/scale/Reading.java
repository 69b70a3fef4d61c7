package io.mosaic.scale;

import java.time.Duration;

/** What one metric says now. */
public sealed interface Reading {

    /** After that long a value says nothing of now. */
    Duration FRESH = Duration.ofSeconds(60);

    /**
     * What instances use, in the metric's unit.
     *
     * @param used of all that are known, together
     * @param limit what those may use, together; 0: there is no limit
     * @param instances that are known: they ran for long enough and were heard of late
     * @param age of the oldest part of it
     */
    record Use(double used, double limit, int instances, Duration age) implements Reading {}

    /** What a query answered for all instances together. */
    record Total(double value, Duration age) implements Reading {}

    /** Nothing; why, for a person. */
    record Missing(String why) implements Reading {}
}
