package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Parameter.Place;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SavedImage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Answers a call that has a host bring an image into the repository: when it is there, or, for who wants to see how far it is, with events
 * from the beginning. Layers are packed and sent meanwhile.
 */
final class SaveReply {

    static final Parameter<Boolean> PROGRESS = Parameter.flag(
            Place.QUERY, "progress", "Answer at once, with an event for each step on and one for the end.");

    /** What is answered then. */
    static final String STREAM =
            "With progress=true: events progress (SaveProgress), and last saved (SavedImage) or failed (a problem)";

    /** Of a large image. */
    private static final Duration WITHIN = Duration.ofMinutes(15);

    /** How often a quiet stream looks whether the server stops, and keeps its client's connection busy. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final SideStream stream;
    private final String host;
    private final Request.Notes notes;
    private final long end = System.nanoTime() + WITHIN.toNanos();

    private SaveReply(SideStream stream, String host, Request.Notes notes) {
        this.stream = stream;
        this.host = host;
        this.notes = notes;
    }

    /**
     * Answers that call.
     *
     * @param stream of the host; closed when the answer is written, or is not to be
     */
    static Reply of(Request request, SideStream stream, String host) throws InterruptedException {
        SaveReply reply = new SaveReply(stream, host, request.notes());
        if (!request.get(PROGRESS)) {
            try (stream) {
                return Reply.json(200, reply.await());
            }
        }
        return reply.events();
    }

    private SavedImage await() throws InterruptedException {
        while (true) {
            Frame frame = next(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            if (frame == null) {
                throw silent();
            }
            if (frame.channel() == Frame.STDOUT) {
                return PeerJson.read(frame.payload(), SavedImage.class);
            }
        }
    }

    private ProblemException silent() {
        return new ProblemException(
                Problem.Kind.TIMEOUT, "host " + host + " does not say whether the image is in the repository");
    }

    /**
     * The next frame; null when none came in that time.
     *
     * @throws ProblemException when the host says that it could not be done, or its stream ends
     */
    private @Nullable Frame next(Duration within) throws InterruptedException {
        Frame frame;
        try {
            frame = stream.receive(within);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.TIMEOUT)) {
                return null;
            }
            throw e;
        }
        if (frame == null) {
            throw new ProblemException(
                    Problem.Kind.UNAVAILABLE, "the connection to host " + host + " ended before the image was saved");
        }
        if (frame.channel() == Frame.CONTROL && frame.control() instanceof StreamControl.Failed(Problem problem)) {
            throw new ProblemException(problem);
        }
        return frame;
    }

    /** Waits for the first frame, so that what is refused at once is answered with its own status. */
    private Reply events() throws InterruptedException {
        Frame first;
        boolean handedOn = false;
        try {
            first = next(StreamRoutes.OPEN_WITHIN);
            handedOn = true;
        } finally {
            if (!handedOn) {
                stream.close();
            }
        }
        return Reply.stream(Answer.EVENTS, new Reply.StreamBody() {
            @Override
            public void writeTo(StreamOutput out) throws IOException, InterruptedException {
                try (stream) {
                    write(first, out);
                } catch (ProblemException e) {
                    notes.status(e.problem().status());
                    notes.detail(String.valueOf(e.problem().detail()));
                    event(out, "failed", Json.bytes(e.problem()));
                }
            }

            @Override
            public void abandon() {
                stream.close();
            }
        });
    }

    private void write(@Nullable Frame first, StreamOutput out) throws IOException, InterruptedException {
        // What comes of it is not known until it is; a client that goes away hears nothing of it.
        notes.status(499);
        Frame frame = first;
        while (true) {
            if (frame == null) {
                out.write(COMMENT);
                out.flush();
            } else if (frame.channel() == Frame.STDOUT) {
                SavedImage saved = PeerJson.read(frame.payload(), SavedImage.class);
                notes.status(200);
                event(out, "saved", Json.bytes(saved));
                return;
            } else if (frame.channel() == Frame.CONTROL && frame.control() instanceof StreamControl.Progress progress) {
                event(out, "progress", Json.bytes(progress.progress()));
            }
            if (out.stopping()) {
                throw new ProblemException(
                        Problem.Kind.UNAVAILABLE, "this controller stops; the host goes on with the image");
            }
            if (System.nanoTime() - end > 0) {
                throw silent();
            }
            frame = next(LOOK);
        }
    }

    private static void event(StreamOutput out, String name, byte[] data) throws IOException {
        out.write(("event: " + name + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
        out.write(data);
        out.write("\n\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
