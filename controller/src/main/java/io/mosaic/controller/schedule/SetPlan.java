package io.mosaic.controller.schedule;

import io.mosaic.model.SetResource;
import org.jspecify.annotations.Nullable;

/**
 * Where a set should go; exactly one of {@code host} and {@code whyNot} is there.
 *
 * @param set as it was when the plan was made
 */
public record SetPlan(
        SetResource set, @Nullable String host, @Nullable WhyNot whyNot) {}
