package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.docker.Docker;
import io.mosaic.model.AppRoles;
import io.mosaic.model.Bytes;
import io.mosaic.model.Placement;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

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

    /** Key of what is done to the volume. */
    String VOLUME_KEY = "volume";

    /** Makes and mounts the volume. */
    record EnsureVolume() implements Step {
        @Override
        public String key() {
            return VOLUME_KEY;
        }
    }

    /** Key of the volume's growth, which keeps nobody from using it. */
    String GROW_KEY = "volume-size";

    /** Grows the volume to that size, unless it has it. */
    record GrowVolume(Bytes size) implements Step {
        @Override
        public String key() {
            return GROW_KEY;
        }
    }

    /** Removes the volume and all that is in it. */
    record RemoveVolume() implements Step {
        @Override
        public String key() {
            return VOLUME_KEY;
        }
    }

    record Create(String container) implements OnContainer {}

    record Start(String container, String id) implements OnContainer {}

    /** Asks it to end, and kills it after the grace period. */
    record Stop(String container, String id, Stopping how) implements OnContainer {}

    record Kill(String container, String id) implements OnContainer {}

    record Remove(String container, String id) implements OnContainer {}

    /** Gives it the name of the container whose place it took. */
    record Rename(String container, String id, String to) implements OnContainer {}

    /** Sets its limits. {@code restores} tells that somebody else had changed them. */
    record Update(String container, String id, Docker.Limits limits, boolean restores) implements OnContainer {}

    /**
     * Sets what Docker does not know in the container's cgroups.
     *
     * @param started tells the run of the container
     * @param dropped names of keys that were set in this run and are no longer wanted
     */
    record SetKeys(String container, String id, int pid, Instant started, KernelKeys keys, Set<String> dropped)
            implements OnContainer {}

    /** Sets sysctls by a command in the privileged infra container. */
    record SetSysctls(String container, String id, Map<String, String> values) implements OnContainer {}

    /** Tries its health check once. {@code started} tells the run of the container. */
    record Probe(String container, String id, Instant started) implements Step {
        @Override
        public String key() {
            return "probe:" + container;
        }
    }

    /** Key of what is done to the files of the role. */
    String ROLE_KEY = "role";

    /** Key of the command that goes with that role. */
    static String roleCommandKey(Placement.Part is) {
        return "role-command:" + is.word();
    }

    /** A step for the set's role; also taken while nobody has said yet what is wanted. */
    sealed interface OfRole extends Step {}

    /** A step on the files of the role, which needs no Docker. */
    sealed interface OnRoleFiles extends OfRole {
        @Override
        default String key() {
            return ROLE_KEY;
        }
    }

    /** Looks what the set's containers were told last. */
    record ReadRole() implements OnRoleFiles {}

    /**
     * Tells the set's containers.
     *
     * @param confirmed whether nothing else is to be done for it
     */
    record WriteRole(Placement.Part is, long term, boolean confirmed) implements OnRoleFiles {}

    /** Notes that what was told is in force. */
    record ConfirmRole(Placement.Part is, long term) implements OnRoleFiles {}

    /** Runs the command that goes with what was told, in the container of that id. */
    record RunRoleCommand(Placement.Part is, long term, String id, AppRoles.Command command) implements OfRole {
        @Override
        public String key() {
            return roleCommandKey(is);
        }
    }

    /** Kills the processes of a container without Docker, which may not answer. */
    record EndProcesses(String container, String id) implements OnContainer {}

    /** Notes, so that it survives a crash, that the restarts asked for up to that number are acted on. */
    record NoteRestarts(long restarts) implements Step {
        @Override
        public String key() {
            return "restarts";
        }
    }
}
