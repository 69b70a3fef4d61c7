package io.mosaic.model.client;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;

/** Reads what a call answers that has a host bring an image into the repository. */
final class SaveEvents {

    private SaveEvents() {}

    /**
     * Makes the call and waits for its end.
     *
     * @param told hears of each step on
     * @throws ProblemException when it was refused, or could not be done
     * @throws ServerUnreachableException when the answer breaks off: what came of it is not known
     */
    static SavedImage await(Transport transport, Transport.Call call, Consumer<SaveProgress> told) {
        try (InputStream in = transport.open(call)) {
            SseParser events = new SseParser(in, () -> {});
            for (SseParser.Sse event = events.next(); event != null; event = events.next()) {
                switch (event.event()) {
                    case "progress" -> told.accept(Transport.MAPPER.readValue(event.data(), SaveProgress.class));
                    case "saved" -> {
                        return Transport.MAPPER.readValue(event.data(), SavedImage.class);
                    }
                    case "failed" ->
                        throw new ProblemException(Transport.MAPPER.readValue(event.data(), Problem.class));
                    default -> {
                        // Of a later server.
                    }
                }
            }
            throw new IOException("the answer broke off");
        } catch (JacksonException e) {
            throw new ProblemException(
                    Problem.Kind.INTERNAL, "the server's answer is not understood: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new ServerUnreachableException(transport.settings().server(), true, e);
        }
    }
}
