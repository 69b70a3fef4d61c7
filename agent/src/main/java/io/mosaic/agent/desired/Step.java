package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import java.util.Map;

/** One thing to do for a set. Steps of one key never run at the same time; others may. */
public sealed interface Step {

    /** What the step works on. */
    String key();

    /** Key of all steps on one container. */
    static String containerKey(String name) {
        return "container:" + name;
    }

    /** A step on one container. */
    sealed interface OnContainer extends Step {
        String container();

        @Override
        default String key() {
            return containerKey(container());
        }
    }

    /** Looks at all of the set, as wished for with {@link ObservedSet#look()}. */
    record Observe(int look) implements Step {
        @Override
        public String key() {
            return "observe";
        }
    }

    /** Looks at one container. */
    record Inspect(String container, String id) implements OnContainer {}

    /** Finds the image on the host, or pulls it. */
    record EnsureImage(String image) implements Step {
        @Override
        public String key() {
            return "image:" + image;
        }
    }

    /** Makes and mounts the volume. */
    record EnsureVolume() implements Step {
        @Override
        public String key() {
            return "volume";
        }
    }

    /** Removes the volume and all that is in it. */
    record RemoveVolume() implements Step {
        @Override
        public String key() {
            return "volume";
        }
    }

    record Create(String container) implements OnContainer {}

    record Start(String container, String id) implements OnContainer {}

    /** Asks it to end, and kills it after the grace period. */
    record Stop(String container, String id) implements OnContainer {}

    record Kill(String container, String id) implements OnContainer {}

    record Remove(String container, String id) implements OnContainer {}

    /** Sets its limits. {@code restores} tells that somebody else had changed them. */
    record Update(String container, String id, Docker.Limits limits, boolean restores) implements OnContainer {}

    /** Sets sysctls by a command in the privileged infra container. */
    record SetSysctls(String container, String id, Map<String, String> values) implements OnContainer {}

    /** Tries its health check once. {@code started} tells the run of the container. */
    record Probe(String container, String id, Instant started) implements Step {
        @Override
        public String key() {
            return "probe:" + container;
        }
    }

    /** Notes, so that it survives a crash, that the restarts asked for up to that number are acted on. */
    record NoteRestarts(long restarts) implements Step {
        @Override
        public String key() {
            return "restarts";
        }
    }
}
