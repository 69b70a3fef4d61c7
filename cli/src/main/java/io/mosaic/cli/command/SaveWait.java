package io.mosaic.cli.command;

import io.mosaic.cli.connect.Session;
import io.mosaic.cli.term.Ages;
import io.mosaic.cli.term.Progress;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import java.util.function.Consumer;
import java.util.function.Function;

/** Waits for a host to bring an image into the repository, says how far it is, and what it came to. */
final class SaveWait {

    private SaveWait() {}

    /** @param call given who is to hear of progress */
    static int on(Session session, OutputOptions output, Function<Consumer<SaveProgress>, SavedImage> call) {
        SavedImage saved;
        try (Progress progress = new Progress(session.console())) {
            saved = call.apply(output.data() ? now -> {} : now -> progress.live(words(now)));
        }
        if (output.data()) {
            output.print(session.console(), saved);
        } else if (output.names()) {
            session.console().out().println(saved.image());
        } else {
            session.console()
                    .out()
                    .println(saved.image() + " saved, " + saved.layers() + " layers, " + saved.sentBytes()
                            + " bytes sent, " + saved.digest());
        }
        session.console().flush();
        return 0;
    }

    static String words(SaveProgress now) {
        String layer = now.layers() == 0
                ? ""
                : " layer " + Math.min(now.layersDone() + 1, now.layers()) + " of " + now.layers();
        String bytes = now.bytesAll() == 0 ? "" : ", " + Ages.size(now.bytes()) + " of " + Ages.size(now.bytesAll());
        return switch (now.step()) {
            case "packing", "sending" -> now.step() + layer + bytes;
            default -> now.step();
        };
    }
}
