package io.mosaic.model;

/**
 * The processors that a set has for itself, and the node its memory comes from. Chosen by the scheduler, enforced on every
 * business container of the set by its host's agent.
 *
 * @param node id of the NUMA node
 * @param cpus such as {@code 0-3}
 */
public record Cpuset(int node, String cpus) {

    /** @throws IllegalArgumentException when the processors are no such list or are none */
    public Cpuset {
        if (CpuList.parse(cpus).isEmpty()) {
            throw new IllegalArgumentException("a cpuset has at least one processor");
        }
    }
}
