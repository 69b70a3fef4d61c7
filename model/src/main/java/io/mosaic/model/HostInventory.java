package io.mosaic.model;

/**
 * What a host has, as its agent says on every hello.
 *
 * @param cpu cores that sets may share out
 * @param memory bytes that sets may share out
 * @param disk bytes that volumes may take
 * @param architecture as Docker names it, such as {@code amd64}
 * @param kernel release of the running kernel
 * @param dockerVersion version of the daemon
 * @param dockerApi API version negotiated with it
 * @param cgroupVersion 1 or 2
 * @param storageDriver Docker's, such as {@code overlay2}
 * @param agentVersion version of the agent
 * @param address the host's own address, for people
 */
public record HostInventory(
        Cpu cpu,
        Bytes memory,
        Bytes disk,
        String architecture,
        String kernel,
        String dockerVersion,
        String dockerApi,
        int cgroupVersion,
        String storageDriver,
        String agentVersion,
        String address) {}
