package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Console;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code mos app apply}. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the apps as the file says: creates what is missing, changes what differs.",
            "Another template begins a rollout. A file that names no replicas leaves their number as it is."
        },
        footer = {
            "",
            "Examples:",
            "  mos app apply -f food-web.app.yaml",
            "  mos app apply -f food-web.app.yaml --dry-run   # shows the plan, changes nothing",
            "  mos app apply -f food-web.app.yaml --adopt     # takes over sets with the label app=food-web"
        })
final class AppApplyCommand implements Callable<Integer> {
    private final Session session;

    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE",
            description = "JSON or YAML, one app or several; - is standard input")
    private String file = "";

    @Option(names = "--dry-run", description = "Show what would be done; change nothing")
    private boolean dryRun;

    @Option(names = "--adopt", description = "Sets of nobody, with the label app of its name, become its instances")
    private boolean adopt;

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    AppApplyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<JsonNode> documents = Documents.read(session.console(), file);
        // All are read before the first is changed: a slip in the last leaves nothing half-done.
        List<AppSpec> specs = documents.stream()
                .map(document -> AppSpecRules.require(Json.read(Json.bytes(document), AppSpec.class)))
                .toList();
        for (int i = 0; i < specs.size(); i++) {
            AppSpec wanted = specs.get(i);
            JsonNode document = documents.get(i);
            AppResource now = existing(wanted.nameOrEmpty());
            if (now == null) {
                create(wanted.nameOrEmpty(), document);
            } else {
                change(
                        now,
                        document.has("replicas")
                                ? wanted
                                : wanted.withReplicas(now.spec().replicas()));
            }
        }
        return 0;
    }

    private @Nullable AppResource existing(String name) {
        try {
            return session.client().apps().get(name);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.NOT_FOUND)) {
                return null;
            }
            throw e;
        }
    }

    private void create(String name, JsonNode document) throws InterruptedException {
        if (dryRun) {
            show(session, output, session.client().apps().dryRun(document, adopt), "would be created");
            return;
        }
        AppWait waiting = waiting(name);
        AppResource app = session.client().apps().create(document, adopt);
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.READY);
        }
        AppViews.tell(session.console(), output, app, "created");
    }

    private void change(AppResource now, AppSpec wanted) throws InterruptedException {
        JsonNode from = Json.mapper().valueToTree(now.spec());
        JsonNode to = Json.mapper().valueToTree(wanted);
        ObjectNode patch = SpecDiff.mergePatch(from, to);
        if (patch.isEmpty() && !adopt) {
            AppViews.tell(session.console(), output, now, "unchanged");
            return;
        }
        if (dryRun) {
            show(session, output, session.client().apps().dryRunPatch(now.name(), patch, adopt), "would be changed");
            return;
        }
        if (!output.data()) {
            SpecDiff.lines(from, to).forEach(line -> session.console().err().println("  " + line));
        }
        AppWait waiting = waiting(now.name());
        AppResource app = session.client().apps().patch(now.name(), patch, adopt, null);
        if (waiting != null) {
            app = waiting.await(app, AppWait.Goal.READY);
        }
        AppViews.tell(session.console(), output, app, "changed");
    }

    /** Shows a plan that was not carried out. */
    static void show(Session session, OutputOptions output, AppPlan plan, String done) {
        Console console = session.console();
        if (output.data()) {
            output.print(console, plan);
            return;
        }
        console.out().println(plan.app().name() + " " + done);
        console.out().print(AppViews.plan(plan));
        console.flush();
    }

    private @Nullable AppWait waiting(String name) {
        return wait.wanted(session.console()) ? new AppWait(session, name, wait.timeout()) : null;
    }
}
