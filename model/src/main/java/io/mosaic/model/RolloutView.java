package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a rollout is.
 *
 * @param app name of the app
 * @param release the one that the app is at, or comes to
 * @param rollout the present one, or the last; absent when there was none
 * @param replicas instances wanted
 * @param releases how many instances are at each release, the newest first
 * @param batch names of the instances in the batch under way, the first 100
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RolloutView(
        String app, int release, @Nullable Rollout rollout, int replicas, List<Count> releases, List<String> batch) {

    public RolloutView {
        releases = Lists.copy(releases);
        batch = Lists.copy(batch);
    }

    /**
     * Instances at one release.
     *
     * @param ready those of them that are healthy
     */
    public record Count(int release, int instances, int ready) {}
}
