package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Passes a log from its host on as a plain text stream. */
final class LogStream {

    /** How often a quiet stream looks whether the server stops. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private LogStream() {}

    /**
     * Waits for the first frame, so that what the agent refuses is answered as a problem and not as an empty log.
     *
     * @param stream closed when the reply has been written, or is not to be
     */
    static Reply reply(SideStream stream) throws InterruptedException {
        Frame first = null;
        boolean handedOn = false;
        try {
            first = next(stream, StreamRoutes.OPEN_WITHIN);
            if (first != null
                    && first.channel() == Frame.CONTROL
                    && first.control() instanceof StreamControl.Failed failed) {
                throw new ProblemException(failed.problem());
            }
            handedOn = true;
        } finally {
            if (!handedOn) {
                stream.close();
            }
        }
        Frame begin = first;
        return Reply.stream(Answer.TEXT, new Reply.StreamBody() {
            @Override
            public void writeTo(StreamOutput out) throws IOException, InterruptedException {
                copy(stream, begin, out);
            }

            @Override
            public void abandon() {
                stream.close();
            }
        });
    }

    private static void copy(SideStream stream, @Nullable Frame first, StreamOutput out)
            throws IOException, InterruptedException {
        try (stream) {
            out.flush();
            Frame frame = first;
            while (!out.stopping()) {
                if (frame != null) {
                    if (frame.channel() == Frame.CONTROL) {
                        return;
                    }
                    out.write(frame.payload());
                    out.flush();
                }
                try {
                    frame = stream.receive(LOOK);
                    if (frame == null) {
                        return;
                    }
                } catch (ProblemException e) {
                    if (!e.is(Problem.Kind.TIMEOUT)) {
                        throw new IOException("the host's stream ended", e);
                    }
                    frame = null;
                }
            }
        }
    }

    private static @Nullable Frame next(SideStream stream, Duration within) throws InterruptedException {
        try {
            return stream.receive(within);
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.TIMEOUT)) {
                // A quiet container that is followed.
                return null;
            }
            throw e;
        }
    }
}
