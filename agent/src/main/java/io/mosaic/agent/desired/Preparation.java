package io.mosaic.agent.desired;

import io.mosaic.model.ContainerStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans what must be on the host before containers can be made: images and the volume. What only updates need keeps nothing
 * else from going on.
 */
final class Preparation {
    private final Planning planning;
    private final Blueprint blueprint;
    private final ObservedSet seen;
    private final Replacements replacements;
    private final LiveLimits limits;
    /** Whether all is there that successors are made of. */
    private boolean updatesPrepared;

    Preparation(Planning planning, Replacements replacements, LiveLimits limits) {
        this.planning = planning;
        this.blueprint = planning.blueprint;
        this.seen = planning.seen;
        this.replacements = replacements;
        this.limits = limits;
    }

    /** Gets images and volume where something is still to be made; says whether all is there but what updates need. */
    boolean prepare() {
        List<String> missing = missing();
        List<String> own = missing.stream().filter(key -> !Successor.is(key)).toList();
        ObservedContainer infra = seen.infra();
        boolean infraRuns = infra != null && infra.running();
        // An agent that took over what runs has not looked where the volume is; what is made must have it.
        boolean needsVolume =
                blueprint.set().spec().volume() != null && seen.volume() == null && (!missing.isEmpty() || !infraRuns);
        forgetMended(missing, needsVolume);
        SetMemory.Failure failure = planning.memory().failure();
        boolean blocked = planning.blocked() && !LiveLimits.growFails(failure);
        boolean ownBlocked = blocked && failure != null && !onlyUpdateFails(failure);
        List<String> images = toGet(own);
        if (!ownBlocked) {
            images.forEach(image -> planning.step(new Step.EnsureImage(image)));
        }
        boolean volumeBlocked = (own.isEmpty() && infraRuns) ? blocked : ownBlocked;
        if (needsVolume && !volumeBlocked) {
            planning.step(new Step.EnsureVolume());
        }
        List<String> further = toGet(missing);
        if (!blocked) {
            further.forEach(image -> planning.step(new Step.EnsureImage(image)));
        }
        updatesPrepared = further.isEmpty() && !blocked && !needsVolume;
        return !needsVolume && images.isEmpty() && (own.isEmpty() || !ownBlocked);
    }

    /** Images of those containers that are not known to be on the host. */
    private List<String> toGet(List<String> containers) {
        return containers.stream()
                .map(blueprint::image)
                .distinct()
                .filter(image -> !planning.memory().images().contains(image))
                .toList();
    }

    /** Keys of containers that are to be made: those of the set, and successors. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        for (String name : blueprint.names()) {
            if (seen.get(name) == null && seen.get(Successor.of(name)) == null) {
                missing.add(name);
            }
        }
        replacements.toMake().forEach(name -> missing.add(Successor.of(name)));
        return missing;
    }

    /** A failure to get something is forgotten once it is there by whatever way. */
    private void forgetMended(List<String> missing, boolean needsVolume) {
        SetMemory.Failure failure = planning.memory().failure();
        if (failure == null) {
            return;
        }
        boolean stillWanted = missing.stream().anyMatch(name -> concerns(failure, name));
        boolean volume = (failure.key().equals(Step.VOLUME_KEY) && (needsVolume || limits.volumeUnknown()))
                || (LiveLimits.growFails(failure) && limits.volumeGrows());
        boolean sysctls = failure.key().equals(Step.containerKey(ContainerStatus.INFRA))
                && !blueprint.privilegedSysctls().isEmpty();
        if (!stillWanted && !volume && !sysctls) {
            planning.remember(planning.memory().failure(null));
        }
    }

    /** Whether that failure keeps the container with that key from being made. */
    boolean concerns(SetMemory.Failure failure, String name) {
        return failure.key().equals(Step.containerKey(name))
                || failure.key().equals(new Step.EnsureImage(blueprint.image(name)).key());
    }

    /** Whether all that fails is to make successors: what they are to replace runs on meanwhile. */
    boolean onlyUpdateFails(SetMemory.Failure failure) {
        ObservedContainer infra = seen.infra();
        if (failure.key().equals(Step.VOLUME_KEY)) {
            return infra != null && infra.running() && missing().stream().allMatch(Successor::is);
        }
        List<String> concerned =
                missing().stream().filter(name -> concerns(failure, name)).toList();
        return !concerned.isEmpty() && concerned.stream().allMatch(Successor::is);
    }

    /** Whether a container with that key can be made. */
    boolean ready(String key, boolean prepared) {
        return prepared && (updatesPrepared || !Successor.is(key));
    }
}
