package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code mos set resize}. */
@Command(
        name = "resize",
        mixinStandardHelpOptions = true,
        description = {
            "Gives a running set other cores, memory, disk or I/O limits; nothing is restarted.",
            "A volume only grows. Memory below what is in use is refused with the figure, unless forced."
        },
        footer = {
            "",
            "Examples:",
            "  mos set resize web --cpu 2 --memory 1Gi",
            "  mos set resize db --disk 20Gi",
            "  mos set resize db --io readBps=50Mi --io writeIops=500",
            "  mos set resize db --io readBps=               # no limit any more",
            "  mos set resize web --cgroup memory.swappiness=0",
            "  mos set resize web --memory 8Gi --move        # to another host, should this one have no room"
        })
final class SetResizeCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

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

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetResizeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode patch = patch();
        if (patch.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "say what to change: --cpu, --memory, --disk, --io or --cgroup");
        }
        SetWait waiting = wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
        SetResource set = session.client().sets().patch(name, patch, null, force, move);
        if (waiting != null) {
            set = waiting.await(set, SetWait.Goal.ACTED);
        }
        SetOutcome.tell(session.console(), output, set, "resized");
        return 0;
    }

    private ObjectNode patch() {
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
