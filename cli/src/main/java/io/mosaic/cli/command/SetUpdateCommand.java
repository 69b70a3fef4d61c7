package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code mos set update}. */
@Command(
        name = "update",
        mixinStandardHelpOptions = true,
        description = {
            "Changes images, CPU, memory or labels of a set while it runs.",
            "A container with another image is replaced in place; network, volume and the other containers stay."
        },
        footer = {
            "",
            "Examples:",
            "  mos set update web --image nginx=shop/nginx:2",
            "  mos set update web --cpu 2 --memory 1Gi",
            "  mos set update web --label stage=live --if-revision 42"
        })
final class SetUpdateCommand implements Callable<Integer> {
    /** A set's revision also changes with its state, which may be just now. */
    private static final int ATTEMPTS = 10;

    private final Session session;

    @Parameters(paramLabel = "NAME")
    private String name = "";

    @Option(
            names = "--image",
            paramLabel = "CONTAINER=IMAGE",
            description = "Another image for that container; may be given for several")
    private Map<String, String> images = Map.of();

    @Option(names = "--cpu", paramLabel = "CORES", description = "Such as 0.5, 2 or 500m")
    private @Nullable Cpu cpu;

    @Option(names = "--memory", paramLabel = "SIZE", description = "Such as 512Mi or 2Gi")
    private @Nullable Bytes memory;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "KEY=VALUE",
            description = "Set a label; an empty value removes it")
    private Map<String, String> labels = Map.of();

    @Option(names = "--if-revision", paramLabel = "N", description = "Only when the set still has this revision")
    private @Nullable Long ifRevision;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetUpdateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        ObjectNode patch = Json.mapper().createObjectNode();
        if (cpu != null) {
            patch.withObject("/resources").put("cpu", cpu.cores());
        }
        if (memory != null) {
            patch.withObject("/resources").put("memory", memory.toString());
        }
        for (Map.Entry<String, String> label : labels.entrySet()) {
            ObjectNode target = patch.withObjectProperty("labels");
            if (label.getValue().isEmpty()) {
                target.putNull(label.getKey());
            } else {
                target.put(label.getKey(), label.getValue());
            }
        }
        if (patch.isEmpty() && images.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "say what to change: --image, --cpu, --memory or --label");
        }
        SetWait waiting = wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
        SetResource set = images.isEmpty() ? session.client().sets().patch(name, patch, ifRevision) : patched(patch);
        if (waiting != null) {
            set = waiting.await(set, SetWait.Goal.ACTED);
        }
        SetOutcome.tell(session.console(), output, set, "changed");
        return 0;
    }

    /** A merge patch holds the whole list of containers, so it must be of the list as it is: read again when it was not. */
    private SetResource patched(ObjectNode patch) {
        for (int attempt = 1; ; attempt++) {
            SetResource now = session.client().sets().get(name);
            patch.set("containers", Json.mapper().valueToTree(withImages(now.spec())));
            try {
                return session.client().sets().patch(name, patch, ifRevision == null ? now.revision() : ifRevision);
            } catch (ProblemException e) {
                if (!e.is(Problem.Kind.STALE) || ifRevision != null || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private List<ContainerSpec> withImages(SetSpec spec) {
        Map<String, String> left = new HashMap<>(images);
        List<ContainerSpec> containers = new ArrayList<>();
        for (ContainerSpec container : spec.containers()) {
            String image = left.remove(container.nameOrEmpty());
            containers.add(image == null ? container : container.withImage(image));
        }
        if (!left.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE, "set " + name + " has no container named " + String.join(", ", left.keySet()));
        }
        return containers;
    }
}
