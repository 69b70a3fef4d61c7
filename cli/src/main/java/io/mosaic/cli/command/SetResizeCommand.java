package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private LimitOptions limits = new LimitOptions();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetResizeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode patch = limits.patch();
        SetWait waiting = wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
        SetResource set = session.client().sets().patch(name, patch, null, limits.force(), limits.move());
        if (waiting != null) {
            set = waiting.await(set, SetWait.Goal.ACTED);
        }
        SetOutcome.tell(session.console(), output, set, "resized");
        return 0;
    }
}
