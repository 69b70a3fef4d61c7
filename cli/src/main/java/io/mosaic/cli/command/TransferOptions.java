package io.mosaic.cli.command;

import io.mosaic.cli.connect.CliException;
import io.mosaic.cli.connect.ExitCode;
import io.mosaic.cli.connect.Session;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImagePush;
import io.mosaic.cli.image.Scratch;
import io.mosaic.cli.image.Transfers;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import java.io.IOException;
import picocli.CommandLine.Option;

/** What commands that move images have in common. */
final class TransferOptions {
    private static final int PARALLEL_MAX = 16;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "How many layers travel at once; 4",
            defaultValue = "4")
    private int parallel = 4;

    /** Makes the image while the user is told what goes on. */
    interface Making {
        Image make(Progress progress) throws IOException, InterruptedException;
    }

    Transfers transfers(Progress progress, String what) {
        if (parallel < 1 || parallel > PARALLEL_MAX) {
            throw new CliException(ExitCode.USAGE, "--parallel is 1 to " + PARALLEL_MAX);
        }
        return new Transfers(progress, what, parallel);
    }

    /** Where what is made on the way lies. */
    Scratch scratch(Session session) throws IOException {
        String named = session.environment().getOrDefault("TMPDIR", "");
        return new Scratch(named.isEmpty() ? System.getProperty("java.io.tmpdir") : named);
    }

    /**
     * What a push came to, for programs.
     *
     * @param digest of the image
     * @param parts that it has, each counted once
     * @param sentParts how many of them travelled
     */
    record Pushed(String image, String digest, int parts, int sentParts, long sentBytes) {}

    /** Makes an image and sends it; says what it came to. */
    int push(Session session, ImageName name, Making making) throws IOException, InterruptedException {
        return push(session, name, new OutputOptions(), making);
    }

    /** The same in that form. */
    int push(Session session, ImageName name, OutputOptions output, Making making)
            throws IOException, InterruptedException {
        try (Progress progress = new Progress(session.console())) {
            Transfers transfers = transfers(progress, "pushing " + name);
            Image image = making.make(progress);
            ImagePush.Outcome outcome = new ImagePush(session.images().registry(), transfers)
                    .push(image, name.repository(), name.reference());
            progress.close();
            if (output.data()) {
                output.print(
                        session.console(),
                        new Pushed(
                                name.toString(), outcome.digest(), outcome.blobs(), outcome.sent(), outcome.bytes()));
                return 0;
            }
            if (output.names()) {
                session.console().out().println(name);
                return 0;
            }
            session.console()
                    .out()
                    .println(name + " is " + outcome.digest() + ": " + outcome.sent() + " of " + outcome.blobs()
                            + " parts sent, " + Ages.size(outcome.bytes()));
        }
        return 0;
    }
}
