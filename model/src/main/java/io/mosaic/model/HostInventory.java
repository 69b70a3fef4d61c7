package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
 * @param numa its NUMA nodes; empty when the kernel does not say
 * @param images names of images that are there, of the hello and as they changed since; at most {@value #IMAGES_MAX}
 * @param rootFreePercent how much of Docker's file system is free
 * @param volumeFreePercent how much of the volumes' file system is free
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
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
        String address,
        List<NumaNode> numa,
        List<String> images,
        @Nullable Integer rootFreePercent,
        @Nullable Integer volumeFreePercent) {

    /** An agent that tells of more tells too much for every controller's memory. */
    public static final int IMAGES_MAX = 256;

    /** More than any machine has; the same bound. */
    public static final int NODES_MAX = 64;

    /** @throws IllegalArgumentException when it tells of more than the bounds, or of parts that are none */
    public HostInventory {
        numa = Lists.copy(numa);
        images = Lists.copy(images);
        if (numa.size() > NODES_MAX || images.size() > IMAGES_MAX) {
            throw new IllegalArgumentException(
                    "an inventory has at most " + NODES_MAX + " nodes and " + IMAGES_MAX + " images");
        }
        percent(rootFreePercent);
        percent(volumeFreePercent);
    }

    private static void percent(@Nullable Integer part) {
        if (part != null && (part < 0 || part > 100)) {
            throw new IllegalArgumentException("a part must be 0 to 100 percent");
        }
    }

    /** Without what is only known of newer agents. */
    public HostInventory(
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
            String address) {
        this(
                cpu,
                memory,
                disk,
                architecture,
                kernel,
                dockerVersion,
                dockerApi,
                cgroupVersion,
                storageDriver,
                agentVersion,
                address,
                List.of(),
                List.of(),
                null,
                null);
    }

    /** The same with these nodes. */
    public HostInventory withNuma(List<NumaNode> nodes) {
        return new HostInventory(
                cpu,
                memory,
                disk,
                architecture,
                kernel,
                dockerVersion,
                dockerApi,
                cgroupVersion,
                storageDriver,
                agentVersion,
                address,
                nodes,
                images,
                rootFreePercent,
                volumeFreePercent);
    }

    /** The same with these images. */
    public HostInventory withImages(List<String> present) {
        return with(present, rootFreePercent, volumeFreePercent);
    }

    /** The same with these images and this much free. */
    public HostInventory with(List<String> present, @Nullable Integer rootFree, @Nullable Integer volumeFree) {
        return new HostInventory(
                cpu,
                memory,
                disk,
                architecture,
                kernel,
                dockerVersion,
                dockerApi,
                cgroupVersion,
                storageDriver,
                agentVersion,
                address,
                numa,
                present,
                rootFree,
                volumeFree);
    }
}
