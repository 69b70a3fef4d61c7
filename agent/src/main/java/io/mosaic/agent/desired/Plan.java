package io.mosaic.agent.desired;

import io.mosaic.model.link.SetReport;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to do now for one set.
 *
 * @param memory to go on with
 * @param steps to begin now, all at once
 * @param story what happened, to be told
 * @param wake when to plan again although nothing happened; null: never
 * @param report how the set is
 */
public record Plan(
        SetMemory memory,
        List<Step> steps,
        List<Story> story,
        @Nullable Instant wake,
        SetReport report) {
    public Plan {
        steps = List.copyOf(steps);
        story = List.copyOf(story);
    }

    /**
     * The same without doing anything but look, and demote: the story is told, and what is remembered noted, when it may act.
     *
     * @param before what was remembered when this was planned
     * @param until when to plan again
     */
    Plan lookingOnly(SetMemory before, Instant until) {
        List<Step> looks = steps.stream()
                .filter(step -> step instanceof Step.Observe
                        || step instanceof Step.Inspect
                        || step instanceof Step.OfRole
                        || step instanceof Step.EndProcesses)
                .toList();
        return new Plan(before, looks, List.of(), wake != null && wake.isBefore(until) ? wake : until, report);
    }

    /**
     * A line of the set's story, without the set.
     *
     * @param type as in {@link io.mosaic.model.Event}
     */
    public record Story(@Nullable String container, String type, boolean warning, String message) {}
}
