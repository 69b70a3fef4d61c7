package io.mosaic.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Shares a set's cores and memory out among its containers: who names a percentage gets it, the others get equal parts
 * of what is left.
 *
 * @param cpu the container's hard limit
 * @param memory the container's hard limit
 */
public record Shares(Cpu cpu, Bytes memory) {

    /** The part of one container of a checked spec. */
    public static Shares of(SetSpec spec, ContainerSpec container) {
        int cpuPercent = percent(spec, container, ContainerOptions::cpuPercent);
        int memoryPercent = percent(spec, container, ContainerOptions::memoryPercent);
        SetSpec.Resources resources = spec.resourcesOrNone();
        return new Shares(
                resources.cpuOrZero().percent(cpuPercent),
                resources.memoryOrZero().percent(memoryPercent));
    }

    /** Percent of the set's cores that a container of a checked spec has. */
    public static int cpuPercent(SetSpec spec, ContainerSpec container) {
        return percent(spec, container, ContainerOptions::cpuPercent);
    }

    static List<Problem.FieldError> check(SetSpec spec) {
        List<Problem.FieldError> errors = new ArrayList<>();
        checkSum(spec, "CPU", ContainerOptions::cpuPercent, errors);
        checkSum(spec, "MEM", ContainerOptions::memoryPercent, errors);
        SetSpec.Resources resources = spec.resourcesOrNone();
        if (!errors.isEmpty() || spec.containers().isEmpty()) {
            return errors;
        }
        for (int i = 0; i < spec.containers().size(); i++) {
            Shares part = of(spec, spec.containers().get(i));
            String at = "/containers/" + i + "/options/";
            if (resources.cpu() != null && part.cpu().compareTo(SetSpecRules.CONTAINER_CPU_MIN) < 0) {
                errors.add(new Problem.FieldError(
                        at + "CPU",
                        "comes to less than " + SetSpecRules.CONTAINER_CPU_MIN + " cores",
                        part.cpu().toString()));
            }
            if (resources.memory() != null && part.memory().compareTo(SetSpecRules.CONTAINER_MEMORY_MIN) < 0) {
                errors.add(new Problem.FieldError(
                        at + "MEM",
                        "comes to less than " + SetSpecRules.CONTAINER_MEMORY_MIN,
                        part.memory().toString()));
            }
        }
        return errors;
    }

    private static void checkSum(
            SetSpec spec,
            String option,
            Function<ContainerOptions, @Nullable Integer> percentOf,
            List<Problem.FieldError> errors) {
        long named = 0;
        boolean unnamed = false;
        for (ContainerSpec container : spec.containers()) {
            Integer percent = percentOf.apply(container.options());
            named += percent == null ? 0 : percent;
            unnamed |= percent == null;
        }
        if (named > 100) {
            errors.add(new Problem.FieldError(
                    "/containers", "the " + option + " percentages must not sum past 100", Long.toString(named)));
        } else if (named == 100 && unnamed) {
            errors.add(new Problem.FieldError(
                    "/containers",
                    "the " + option + " percentages leave nothing for the containers without one",
                    "100"));
        }
    }

    private static int percent(
            SetSpec spec, ContainerSpec container, Function<ContainerOptions, @Nullable Integer> percentOf) {
        Integer own = percentOf.apply(container.options());
        if (own != null) {
            return own;
        }
        int named = 0;
        int unnamed = 0;
        for (ContainerSpec each : spec.containers()) {
            Integer percent = percentOf.apply(each.options());
            named += percent == null ? 0 : percent;
            unnamed += percent == null ? 1 : 0;
        }
        return Math.max(1, (100 - named) / unnamed);
    }
}
