package io.mosaic.model;

/**
 * One node of a host's memory, and the processors next to it.
 *
 * @param id as the kernel numbers it, 0 to 1023
 * @param cpus its processors, such as {@code 0-3,8-11}
 * @param memory bytes of it
 */
public record NumaNode(int id, String cpus, Bytes memory) {

    /** @throws IllegalArgumentException when the id is out of range or the processors are no such list */
    public NumaNode {
        if (id < 0 || id > 1023 || cpus == null || memory == null) {
            throw new IllegalArgumentException("a NUMA node has an id of 0 to 1023, processors and memory");
        }
        // Written in one way only, so that equal nodes are equal.
        cpus = CpuList.text(CpuList.parse(cpus));
    }
}
