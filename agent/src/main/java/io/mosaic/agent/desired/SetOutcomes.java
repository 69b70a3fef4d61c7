package io.mosaic.agent.desired;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.Placement;
import io.mosaic.model.RestartPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the end of a step changes in what is known and remembered of a set. Pure.
 *
 * @param seen to go on with
 * @param memory to go on with
 * @param story what there is to tell of it
 */
public record SetOutcomes(ObservedSet seen, SetMemory memory, List<Plan.Story> story) {
    /** How soon something that Docker refused to do to a container is tried again. */
    private static final Duration FAULT_WAIT = Duration.ofSeconds(5);

    /** A host that keeps being other than thought is looked at at this pace. */
    private static final Duration SURPRISE_WAIT = Duration.ofMillis(200);

    /** After a step ended. */
    public static SetOutcomes after(
            Step step,
            Outcome outcome,
            SetGoal goal,
            Blueprint blueprint,
            ObservedSet seen,
            SetMemory memory,
            Instant now) {
        ObservedSet free = seen.busy(step.key(), false);
        Planning planning = new Planning(goal, blueprint, free, memory, now);
        if (step instanceof Step.SetKeys set && !(outcome instanceof Outcome.Done)) {
            // Some or all may be set: whoever takes them back must know.
            planning.remember(planning.memory().keysAttempted(set.container(), set.started(), set.keys()));
        }
        if (step instanceof Step.EnsureImage) {
            planning.remember(planning.memory().progress(null));
        }
        ObservedSet next = switch (outcome) {
            case Outcome.Failed failed -> failed(step, failed.reason(), planning);
            case Outcome.Surprise surprise -> {
                if (step instanceof Step.RunRoleCommand run) {
                    commandFailed(run, surprise.word(), planning);
                }
                yield surprise(step, surprise.word(), planning);
            }
            case Outcome.NoAnswer silence -> {
                if (step instanceof Step.RunRoleCommand run) {
                    commandFailed(run, silence.word(), planning);
                }
                yield free.forgotten();
            }
            default -> succeeded(step, outcome, planning);
        };
        return new SetOutcomes(next, planning.memory(), planning.story());
    }

    private static ObservedSet succeeded(Step step, Outcome outcome, Planning planning) {
        ObservedSet seen = planning.seen;
        return switch (step) {
            case Step.Observe observe when outcome instanceof Outcome.SeenAll all -> adopted(observe, all, planning);
            case Step.Inspect inspect when outcome instanceof Outcome.Seen one -> inspected(inspect, one, planning);
            case Step.EnsureImage image
            when outcome instanceof Outcome.ImageReady ready -> {
                planning.remember(planning.memory().image(image.image(), true).mended(step.key()));
                if (ready.pulled()) {
                    planning.tell(null, "ImagePulled", false, "pulled " + image.image());
                }
                yield seen;
            }
            case Step.EnsureVolume ignored
            when outcome instanceof Outcome.Mounted mounted -> {
                planning.remember(planning.memory().mended(step.key()));
                ObservedContainer infra = seen.infra();
                if (infra == null || !infra.running()) {
                    planning.tell(null, "VolumeReady", false, "volume mounted");
                }
                yield seen.mountedAt(mounted.path());
            }
            case Step.GrowVolume grow -> {
                Bytes before = planning.memory().volumeSize();
                planning.remember(planning.memory().mended(step.key()).volumeSize(grow.size()));
                if (before != null && before.compareTo(grow.size()) < 0) {
                    planning.tell(null, "VolumeGrown", false, "the volume has " + grow.size() + " now");
                }
                yield seen;
            }
            case Step.RemoveVolume ignored -> {
                planning.remember(planning.memory().mended(step.key()).volumeSize(null));
                yield seen.mountedAt(null);
            }
            case Step.Create create
            when outcome instanceof Outcome.Made made -> {
                planning.remember(
                        create.container(), ContainerMemory.NEW.limited(planning.blueprint.limits(create.container())));
                planning.remember(planning.memory().mended(step.key()));
                if (made.uncapped()) {
                    planning.tell(
                            create.container(),
                            "RootDiskUncapped",
                            true,
                            "the storage driver of this host cannot cap the root file system");
                }
                yield seen.with(made.container());
            }
            case Step.Start start -> {
                ContainerMemory before = planning.memory().of(start.container());
                boolean again = before.row() > 0;
                planning.remember(start.container(), before.started(again));
                planning.tell(start.container(), again ? "Restarted" : "ContainerStarted", false, "container started");
                yield change(seen, start.container(), container -> container.startedAt(planning.now));
            }
            case Step.Stop stop -> {
                if (outcome instanceof Outcome.Stopped stopped && stopped.complaint() != null) {
                    planning.tell(stop.container(), "PreStopFailed", true, "preStop " + stopped.complaint());
                }
                yield ended(stop.container(), planning);
            }
            case Step.Rename rename -> renamed(rename, planning);
            case Step.Kill kill -> ended(kill.container(), planning);
            case Step.Remove remove -> {
                planning.remember(planning.memory().without(remove.container()).keys(remove.container(), null));
                yield seen.without(remove.container()).stale(remove.container(), false);
            }
            case Step.Update update -> {
                ContainerMemory before = planning.memory().of(update.container());
                planning.remember(update.container(), before.limited(update.limits()));
                // The runtime may have written more than it was asked to.
                planning.remember(planning.memory().keysUnsure(update.container()));
                planning.tell(
                        update.container(),
                        update.restores() ? "LimitsRestored" : "Updated",
                        update.restores(),
                        (update.restores() ? "limits were changed by somebody else and are restored: " : "limits: ")
                                + "cpu quota " + update.limits().cpuQuotaMicros() + "us, memory "
                                + new Bytes(update.limits().memoryBytes()));
                yield change(seen, update.container(), container -> container.withLimits(update.limits()));
            }
            case Step.SetKeys set -> {
                ContainerMemory before = planning.memory().of(set.container());
                planning.remember(set.container(), before.limited(before.limits()));
                planning.remember(planning.memory()
                        .keys(set.container(), new SetMemory.GivenKeys(set.started(), set.keys(), true)));
                yield seen;
            }
            case Step.SetSysctls ignored -> {
                ObservedContainer infra = seen.infra();
                planning.remember(planning.memory().mended(step.key()));
                if (infra != null) {
                    planning.remember(planning.memory().sysctlsSet(infra.started()));
                }
                yield seen;
            }
            case Step.NoteRestarts ignored -> {
                planning.remember(planning.memory().mended(step.key()));
                planning.tell(null, "Restarted", false, "restarted on request");
                yield seen;
            }
            case Step.Probe probe when outcome instanceof Outcome.Probed probed -> probed(probe, probed, planning);
            case Step.EndProcesses end -> ended(end.container(), planning);
            case Step.OfRole role -> {
                role(role, outcome, planning);
                yield seen;
            }
            default -> seen;
        };
    }

    private static void role(Step.OfRole step, Outcome outcome, Planning planning) {
        RoleMemory before = planning.memory().role();
        RoleMemory known = before == null ? RoleMemory.NONE : before;
        switch (step) {
            case Step.ReadRole ignored
            when outcome instanceof Outcome.RoleRead read -> {
                RoleFiles.Written written = read.written();
                planning.remember(planning.memory()
                        .role(
                                written == null
                                        ? RoleMemory.NONE
                                        : new RoleMemory(
                                                written.is(), written.term(), written.confirmed(), false, null, 0)));
            }
            case Step.WriteRole write -> {
                RoleMemory told = known.written(write.is(), write.term());
                planning.remember(planning.memory()
                        .role(write.confirmed() ? told.whenConfirmed() : told)
                        .mended(step.key()));
            }
            case Step.ConfirmRole confirm ->
                planning.remember(planning.memory()
                        .role(known.at(confirm.is(), confirm.term()) ? known.whenConfirmed() : known)
                        .mended(step.key()));
            case Step.RunRoleCommand run -> {
                if (known.at(run.is(), run.term())) {
                    planning.remember(planning.memory().role(known.whenConfirmed()));
                    planning.tell(null, "RoleTaken", false, "is " + run.is().word() + " in term " + run.term());
                }
            }
            case Step.ReadRole ignored -> {}
        }
    }

    /** An instance that cannot be made primary is none; one that cannot be made standby is ended. */
    private static void commandFailed(Step.RunRoleCommand run, String reason, Planning planning) {
        RoleMemory known = planning.memory().role();
        if (known == null || !known.at(run.is(), run.term()) || known.confirmed()) {
            return;
        }
        boolean promotes = run.is() == Placement.Part.PRIMARY;
        String words = (promotes ? "onPromote " : "onDemote ") + reason;
        planning.remember(planning.memory().role(promotes ? known.failed(words) : known.whenEnding()));
        planning.tell(
                null,
                promotes ? "PromoteFailed" : "DemoteFailed",
                true,
                words + (promotes ? ": it is not primary" : ": its containers are ended"));
    }

    /** Everything was looked at: what was thought before is void, and running containers are taken over as they are. */
    private static ObservedSet adopted(Step.Observe observe, Outcome.SeenAll all, Planning planning) {
        if (observe.look() != planning.seen.look()) {
            return planning.seen;
        }
        boolean complete = planning.blueprint.business().stream().allMatch(spec -> {
            ObservedContainer container = all.containers().get(spec.nameOrEmpty());
            return container != null && container.status() != ObservedContainer.Status.CREATED;
        });
        boolean first = planning.memory().containers().isEmpty();
        for (ObservedContainer container : all.containers().values()) {
            ObservedContainer before = planning.seen.get(container.name());
            ContainerMemory memory = planning.memory().of(container.name());
            boolean sameRun = before != null && before.running() && before.id().equals(container.id());
            if (container.running() && complete && !sameRun) {
                memory = memory.trusted();
            }
            planning.remember(container.name(), memory);
        }
        // One that was to take another's place and is gone: what became of it concerns nobody any more.
        for (String name : List.copyOf(planning.memory().containers().keySet())) {
            if (Successor.is(name) && !all.containers().containsKey(name)) {
                planning.remember(planning.memory().without(name));
            }
        }
        long running = all.containers().values().stream()
                .filter(ObservedContainer::running)
                .count();
        if (first && running > 0) {
            planning.tell(null, "Adopted", false, "took over " + running + " running containers");
        }
        return planning.seen.seen(observe.look(), all.containers());
    }

    private static ObservedSet inspected(Step.Inspect inspect, Outcome.Seen one, Planning planning) {
        ObservedSet seen = planning.seen;
        ObservedContainer container = one.container();
        if (container == null) {
            planning.remember(planning.memory().without(inspect.container()));
            return seen.without(inspect.container());
        }
        // It may have got its name since it was asked for.
        ObservedSet left = container.name().equals(inspect.container()) ? seen : seen.without(inspect.container());
        return left.with(container);
    }

    private static ObservedSet ended(String name, Planning planning) {
        // The daemon knows the exit code and the time; until asked, the end as such is enough.
        return change(
                        planning.seen,
                        name,
                        container -> container.running() ? container.endedAt(planning.now) : container)
                .stale(name, true);
    }

    /** The successor is the container of that name from now on. */
    private static ObservedSet renamed(Step.Rename rename, Planning planning) {
        ObservedContainer container = planning.seen.get(rename.container());
        if (container == null) {
            return planning.seen.forgotten();
        }
        ContainerMemory memory = planning.memory().of(rename.container());
        planning.remember(planning.memory()
                .without(rename.container())
                .with(rename.to(), memory)
                .keys(rename.to(), planning.memory().keys().get(rename.container()))
                .keys(rename.container(), null));
        planning.tell(rename.to(), "ContainerReplaced", false, "replaced in place by one from " + container.image());
        boolean stale = planning.seen.stale().contains(rename.container());
        return planning.seen
                .without(rename.container())
                .stale(rename.container(), false)
                .with(container.named(rename.to()))
                .stale(rename.to(), stale);
    }

    private static ObservedSet probed(Step.Probe probe, Outcome.Probed probed, Planning planning) {
        ObservedContainer container = planning.seen.get(probe.container());
        ContainerSpec spec = planning.blueprint.business(probe.container());
        HealthCheck health = spec == null ? null : spec.options().health();
        if (container == null || health == null || !container.started().equals(probe.started())) {
            return planning.seen;
        }
        ContainerMemory before = planning.memory().of(probe.container());
        Instant next = RunPlan.nextProbe(health, before, probed.up(), planning.now);
        planning.remember(probe.container(), before.probed(probed.up(), probed.word(), next));
        if (probed.up() && !before.healthy()) {
            planning.tell(probe.container(), "Healthy", false, "health check succeeded: " + probed.word());
        }
        return planning.seen;
    }

    private static ObservedSet failed(Step step, String reason, Planning planning) {
        ObservedSet seen = planning.seen;
        switch (step) {
            case Step.Start start -> {
                ContainerMemory memory = planning.memory().of(start.container());
                planning.remember(start.container(), Ends.startFailed(planning, start.container(), memory, reason));
            }
            case Step.Probe probe -> {
                return probed(probe, new Outcome.Probed(false, reason), planning);
            }
            case Step.EnsureImage ignored -> prepareFailed(step, reason, planning);
            case Step.EnsureVolume ignored -> prepareFailed(step, reason, planning);
            case Step.GrowVolume ignored -> prepareFailed(step, reason, planning);
            case Step.RemoveVolume ignored -> prepareFailed(step, reason, planning);
            case Step.Create create ->
                prepareFailed(step, Successor.original(create.container()) + ": " + reason, planning);
            case Step.SetSysctls ignored -> prepareFailed(step, reason, planning);
            case Step.Update update -> limitsFailed(update.container(), "limits of ", reason, planning);
            case Step.SetKeys keys -> limitsFailed(keys.container(), "cgroup keys of ", reason, planning);
            case Step.Inspect inspect -> {
                faulted(inspect.container(), inspect.container() + ": " + reason, planning);
                return seen.stale(inspect.container(), true);
            }
            case Step.OnContainer other ->
                faulted(other.container(), Successor.original(other.container()) + ": " + reason, planning);
            case Step.Observe ignored -> {
                return seen.forgotten();
            }
            case Step.NoteRestarts ignored -> prepareFailed(step, reason, planning);
            case Step.RunRoleCommand run -> commandFailed(run, reason, planning);
            case Step.OnRoleFiles files -> roleFilesFailed(files, reason, planning);
        }
        return seen;
    }

    /** What cannot be told cannot be relied on: a primary that is to be none is ended. What cannot be read is none. */
    private static void roleFilesFailed(Step.OnRoleFiles step, String reason, Planning planning) {
        RoleMemory known = planning.memory().role();
        if (known == null) {
            planning.remember(planning.memory().role(RoleMemory.NONE));
        } else if (step instanceof Step.WriteRole write && write.is() == Placement.Part.STANDBY && known.primary()) {
            planning.remember(planning.memory().role(known.whenEnding()));
        }
        prepareFailed(step, "the role: " + reason, planning);
    }

    /** It runs on with what it has, and says so once; it is tried on. */
    private static void limitsFailed(String name, String what, String reason, Planning planning) {
        String words = what + Successor.original(name) + " are not as asked for: " + reason;
        if (planning.memory().of(name).fault() == null) {
            planning.tell(name, "LimitsNotSet", true, words);
        }
        faulted(name, words, planning);
    }

    private static void faulted(String name, String reason, Planning planning) {
        ContainerMemory memory = planning.memory().of(name);
        planning.remember(name, memory.faulted(reason, planning.now.plus(FAULT_WAIT)));
    }

    /** Preparing is tried again for ever, at the default back-off: an image or room may come to be there. */
    private static void prepareFailed(Step step, String reason, Planning planning) {
        SetMemory.Failure before = planning.memory().failure();
        int times = before == null ? 1 : before.times() + 1;
        Instant retry = planning.now.plusMillis(RestartPolicy.DEFAULT.backoffMillis(times));
        planning.remember(planning.memory().failure(new SetMemory.Failure(step.key(), reason, times, retry, true)));
    }

    /** An image or a container that should be there is not: nothing that was known counts. */
    private static ObservedSet surprise(Step step, String word, Planning planning) {
        if (step instanceof Step.Create create) {
            planning.remember(planning.memory().image(planning.blueprint.image(create.container()), false));
        }
        if (planning.memory().failure() != null) {
            prepareFailed(step, word, planning);
        } else {
            Instant retry = planning.now.plus(SURPRISE_WAIT);
            planning.remember(planning.memory().failure(new SetMemory.Failure(step.key(), word, 1, retry, false)));
        }
        return planning.seen.forgotten();
    }

    private static ObservedSet change(ObservedSet seen, String name, UnaryOperator<ObservedContainer> change) {
        @Nullable ObservedContainer container = seen.get(name);
        return container == null ? seen : seen.with(change.apply(container));
    }
}
