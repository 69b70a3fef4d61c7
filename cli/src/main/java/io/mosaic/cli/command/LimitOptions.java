package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** What a resize changes, and what it is allowed. */
final class LimitOptions {

    @Option(names = "--cpu", paramLabel = "CORES", description = "Such as 0.5, 2 or 500m")
    private @Nullable Cpu cpu;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Such as 512Mi or 2Gi")
    private @Nullable Bytes memory;

    @Option(names = "--disk", paramLabel = "SIZE", description = "Of its volume, such as 20Gi")
    private @Nullable Bytes disk;

    @Option(
            names = "--io",
            paramLabel = "KEY=VALUE",
            description = "readBps, writeBps, readIops or writeIops, for all its containers together; empty: no limit")
    private Map<String, String> io = Map.of();

    @Option(
            names = "--cgroup",
            paramLabel = "KEY=VALUE",
            description = "A key of the kernel's cgroups; empty: as it was")
    private Map<String, String> cgroup = Map.of();

    @Option(names = "--force", description = "Restart containers that use more memory than they are to have")
    private boolean force;

    @Option(names = "--move", description = "Go to another host when this one has no room; a set without a volume can")
    private boolean move;

    boolean force() {
        return force;
    }

    boolean move() {
        return move;
    }

    /**
     * A merge patch of a set's spec.
     *
     * @throws CliException of USAGE when nothing is to change, or a number is none
     */
    ObjectNode patch() {
        ObjectNode patch = Json.mapper().createObjectNode();
        if (cpu != null) {
            patch.withObject("/resources").put("cpu", cpu.cores());
        }
        if (memory != null) {
            patch.withObject("/resources").put("memory", memory.toString());
        }
        if (disk != null) {
            patch.withObject("/volume").put("size", disk.toString());
        }
        io.forEach((key, value) -> {
            ObjectNode target = patch.withObject("/resources/io");
            if (value.isEmpty()) {
                target.putNull(key);
            } else if (key.endsWith("Iops")) {
                target.put(key, number(key, value));
            } else {
                target.put(key, value);
            }
        });
        cgroup.forEach((key, value) -> {
            ObjectNode target = patch.withObject("/resources/cgroup");
            if (value.isEmpty()) {
                target.putNull(key);
            } else {
                target.put(key, value);
            }
        });
        if (patch.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "say what to change: --cpu, --memory, --disk, --io or --cgroup");
        }
        return patch;
    }

    private static long number(String key, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new CliException(ExitCode.USAGE, "--io " + key + " takes a whole number, not " + value);
        }
    }
}
