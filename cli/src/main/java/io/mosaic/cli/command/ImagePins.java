package io.mosaic.cli.command;

import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.model.PinRequest;
import io.mosaic.model.PinnedImage;
import java.util.List;

/** Pins an image on hosts, or unpins it. */
record ImagePins(Session session) {

    /** Each is a short call. */
    private static final int PARALLEL = 32;

    int run(String image, HostChoice choice, OutputOptions output, boolean on) throws InterruptedException {
        List<OverHosts.Outcome<PinnedImage>> all = new OverHosts(session, PARALLEL)
                .run(
                        (on ? "pinning " : "unpinning ") + image,
                        choice.names(session),
                        (host, told) -> on
                                ? session.client().hosts().pin(host, new PinRequest(image))
                                : session.client().hosts().unpin(host, new PinRequest(image)),
                        outcome -> show(outcome, output, on));
        if (output.data()) {
            output.print(session.console(), all);
        }
        session.console().flush();
        List<String> failed = all.stream()
                .filter(outcome -> outcome.done() == null)
                .map(OverHosts.Outcome::host)
                .toList();
        if (failed.isEmpty()) {
            return ExitCode.OK;
        }
        session.console().err().println("mos: failed on " + failed.size() + ": " + String.join(", ", failed));
        return ExitCode.FAILED;
    }

    private void show(OverHosts.Outcome<PinnedImage> outcome, OutputOptions output, boolean on) {
        PinnedImage done = outcome.done();
        if (done == null) {
            session.console().err().println(outcome.host() + "  failed: " + outcome.fault());
        } else if (output.names()) {
            session.console().out().println(outcome.host());
        } else if (!output.data()) {
            String was = on ? "pinned already" : "was not pinned";
            session.console()
                    .out()
                    .println(outcome.host() + "  " + (done.changed() ? on ? "pinned" : "unpinned" : was));
        }
    }
}
