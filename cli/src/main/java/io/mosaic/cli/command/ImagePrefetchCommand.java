package io.mosaic.cli.command;

import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.PrefetchRequest;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ServerUnreachableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos image prefetch}. */
@Command(
        name = "prefetch",
        mixinStandardHelpOptions = true,
        description = {
            "Brings an image of the repository to hosts before a set needs it there. Only layers that a",
            "host lacks travel; a host that has the image says so at once. Given again after it broke",
            "off, it goes on where it was. Ends with 1 and names the hosts that failed, if any did."
        },
        footer = {
            "",
            "Examples:",
            "  mos image prefetch food/web:2 --pool web",
            "  mos image prefetch food/web:2 --host h1 --host h2 --pin",
            "  mos image prefetch food/web:2 --label rack=7 --parallel 32"
        })
final class ImagePrefetchCommand implements Callable<Integer> {
    /** A host whose agent or controller was started anew just then. */
    private static final int TRIES = 3;

    private static final Duration PAUSE = Duration.ofSeconds(3);

    private final Session session;

    @Parameters(paramLabel = "IMAGE", description = "As a set of the tenant would name it")
    private String image = "";

    @Mixin
    private HostChoice choice = new HostChoice();

    @Option(names = "--pin", description = "The hosts keep it, whatever room they need, until 'mos image unpin'")
    private boolean pin;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "8",
            description = "How many hosts fetch at once (${DEFAULT-VALUE})")
    private int parallel = 8;

    @Mixin
    private OutputOptions output = new OutputOptions();

    ImagePrefetchCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        OverHosts over = new OverHosts(session, parallel);
        List<String> hosts = choice.names(session);
        List<OverHosts.Outcome<PrefetchedImage>> all =
                over.run("fetching " + image, hosts, this::fetch, output.data() ? outcome -> {} : this::show);
        List<String> failed = all.stream()
                .filter(outcome -> outcome.done() == null)
                .map(OverHosts.Outcome::host)
                .toList();
        long brought = all.stream()
                .filter(outcome -> outcome.done() != null && outcome.done().brought())
                .count();
        if (output.data()) {
            output.print(session.console(), all);
        } else if (!output.names()) {
            session.console()
                    .out()
                    .println(image + ": fetched by " + brought + ", there on " + (all.size() - brought - failed.size())
                            + " of " + all.size() + " hosts");
        }
        session.console().flush();
        if (failed.isEmpty()) {
            return ExitCode.OK;
        }
        session.console().err().println("mos: failed on " + failed.size() + ": " + String.join(", ", failed));
        return ExitCode.FAILED;
    }

    private PrefetchedImage fetch(String host, Consumer<String> told) throws InterruptedException {
        AtomicBoolean begun = new AtomicBoolean();
        for (int attempt = 1; ; attempt++) {
            try {
                return session.client().hosts().prefetch(host, new PrefetchRequest(image, pin), words -> {
                    begun.set(true);
                    told.accept(words);
                });
            } catch (ServerUnreachableException e) {
                if (attempt == TRIES) {
                    throw e;
                }
            } catch (ProblemException e) {
                // One that cannot even begin is no better in a moment.
                if (attempt == TRIES || !begun.get() || !e.is(Problem.Kind.UNAVAILABLE)) {
                    throw e;
                }
            }
            told.accept("it broke off, trying again");
            Thread.sleep(PAUSE);
        }
    }

    private void show(OverHosts.Outcome<PrefetchedImage> outcome) {
        PrefetchedImage done = outcome.done();
        if (done == null) {
            session.console().err().println(outcome.host() + "  failed: " + outcome.fault());
        } else if (output.names()) {
            session.console().out().println(outcome.host());
        } else {
            session.console()
                    .out()
                    .println(outcome.host()
                            + (done.brought() ? "  fetched" : "  there already")
                            + (done.pinned() ? ", pinned" : ""));
        }
    }
}
