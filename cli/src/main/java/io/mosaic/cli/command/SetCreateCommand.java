package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Cpuset;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetStatus;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code mos set create}. */
@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        description = "Creates the sets of a file; refuses names that are taken.",
        footer = {
            "",
            "Examples:",
            "  mos set create -f examples/web.set.json",
            "  mos set create -f web.yaml --dry-run",
            "  mos set create -f web.yaml --no-wait -o name",
            "  generate | mos set create -f - --wait --timeout 2m"
        })
final class SetCreateCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "JSON or YAML, one set or several; - is standard input")
    private String file = "";

    @Option(names = "--dry-run", description = "Let the server check it and say where it would go; change nothing")
    private boolean dryRun;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetCreateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Console console = session.console();
        List<JsonNode> documents = Documents.read(console, file);
        if (documents.size() > 1) {
            // A slip in the last must not leave the first ones made.
            documents.forEach(spec -> session.client().sets().dryRun(spec));
        }
        for (JsonNode spec : documents) {
            if (dryRun) {
                SetResource would = session.client().sets().dryRun(spec);
                SetOutcome.tell(console, output, would, "would be created" + where(would));
                continue;
            }
            String name = spec.path("name").asString(spec.path("Name").asString(""));
            SetWait waiting = waiting(name);
            SetResource set = session.client().sets().create(spec);
            if (waiting != null) {
                console.flush();
                set = waiting.await(set, SetWait.Goal.RUNNING);
            }
            SetOutcome.tell(console, output, set, waiting == null ? "created" : "running");
        }
        return 0;
    }

    private static String where(SetResource would) {
        SetStatus status = would.status();
        if (status.host() == null) {
            return status.reason() == null ? "" : " and would wait: " + status.reason();
        }
        Cpuset cpuset = status.cpuset();
        return " on host " + status.host()
                + (cpuset == null ? "" : ", cores " + cpuset.cpus() + " of NUMA node " + cpuset.node());
    }

    private @Nullable SetWait waiting(String name) {
        return wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
    }
}
