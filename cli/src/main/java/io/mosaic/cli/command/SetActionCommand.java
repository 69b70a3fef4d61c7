package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetCalls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What start, stop, restart and delete have in common: names, then waiting for the outcome. */
abstract class SetActionCommand implements Callable<Integer> {
    private final Session session;
    private final SetWait.Goal goal;
    private final String asked;
    private final String done;

    @Parameters(paramLabel = "NAME", arity = "1..*")
    private List<String> names = List.of();

    @Mixin
    private WaitOptions wait = new WaitOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    SetActionCommand(Session session, SetWait.Goal goal, String asked, String done) {
        this.session = session;
        this.goal = goal;
        this.asked = asked;
        this.done = done;
    }

    abstract SetResource ask(SetCalls sets, String name);

    /** Asks for all of them first, so that they happen side by side. */
    @Override
    public Integer call() throws InterruptedException {
        Map<SetResource, @Nullable SetWait> accepted = new LinkedHashMap<>();
        for (String name : names) {
            SetWait waiting = wait.wanted(session.console()) ? new SetWait(session, name, wait.timeout()) : null;
            accepted.put(ask(session.client().sets(), name), waiting);
        }
        for (Map.Entry<SetResource, @Nullable SetWait> each : accepted.entrySet()) {
            SetWait waiting = each.getValue();
            SetResource set = waiting == null ? each.getKey() : waiting.await(each.getKey(), goal);
            SetOutcome.tell(session.console(), output, set, waiting == null ? asked : done);
        }
        return 0;
    }
}
