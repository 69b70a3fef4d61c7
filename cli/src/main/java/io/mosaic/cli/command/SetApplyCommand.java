package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetSpecRules;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code mos set apply}. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the sets as the file says: creates what is missing, changes what differs.",
            "Containers that differ are replaced in place while their siblings run on; limits and volumes change live.",
            "Only sysctls, ports published on the host, a volume's mount and a smaller volume are refused."
        },
        footer = {
            "",
            "Examples:",
            "  mos set apply -f web.set.json",
            "  mos set apply -f web.set.json --dry-run     # shows the difference, changes nothing"
        })
final class SetApplyCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "JSON or YAML, one set or several; - is standard input")
    private String file = "";

    @Option(names = "--dry-run", description = "Show the difference, let the server check it; change nothing")
    private boolean dryRun;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetApplyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<JsonNode> documents = Documents.read(session.console(), file);
        // All are read before the first is changed: a slip in the last leaves nothing half-done.
        List<SetSpec> specs = documents.stream()
                .map(document -> SetSpecRules.require(Json.read(Json.bytes(document), SetSpec.class)))
                .toList();
        for (int i = 0; i < specs.size(); i++) {
            SetSpec wanted = specs.get(i);
            JsonNode document = documents.get(i);
            SetResource now = existing(wanted.nameOrEmpty());
            if (now == null) {
                create(wanted.nameOrEmpty(), document);
            } else {
                change(now, wanted);
            }
        }
        return 0;
    }

    private @Nullable SetResource existing(String name) {
        try {
            return session.client().sets().get(name);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.NOT_FOUND)) {
                return null;
            }
            throw e;
        }
    }

    private void create(String name, JsonNode document) throws InterruptedException {
        Console console = session.console();
        if (dryRun) {
            SetOutcome.tell(console, output, session.client().sets().dryRun(document), "would be created");
            return;
        }
        SetWait waiting = waiting(name);
        SetResource set = session.client().sets().create(document);
        if (waiting != null) {
            set = waiting.await(set, SetWait.Goal.RUNNING);
        }
        SetOutcome.tell(console, output, set, "created");
    }

    private void change(SetResource now, SetSpec wanted) throws InterruptedException {
        Console console = session.console();
        JsonNode from = Json.mapper().valueToTree(now.spec());
        JsonNode to = Json.mapper().valueToTree(wanted);
        ObjectNode patch = SpecDiff.mergePatch(from, to);
        if (patch.isEmpty()) {
            SetOutcome.tell(console, output, now, "unchanged");
            return;
        }
        if (!output.data()) {
            SpecDiff.lines(from, to).forEach(line -> console.err().println("  " + line));
        }
        if (dryRun) {
            SetResource would = session.client().sets().dryRunPatch(now.name(), patch);
            SetOutcome.tell(console, output, would, "would be changed");
            return;
        }
        SetWait waiting = waiting(now.name());
        SetResource set = session.client().sets().patch(now.name(), patch, null);
        if (waiting != null) {
            set = waiting.await(set, SetWait.Goal.ACTED);
        }
        SetOutcome.tell(console, output, set, "changed");
    }

    private @Nullable SetWait waiting(String name) {
        return wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
    }
}
