package io.mosaic.controller.api;

import io.mosaic.controller.agents.GrantService;
import io.mosaic.controller.agents.SideStream;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.PrefetchStep;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamControl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Passes on what a host says while it fetches an image, and gives it the right to go on as long as the user is there. */
final class PrefetchStream {

    private static final Duration LOOK = Duration.ofSeconds(1);

    /** The user's end takes a server that is quiet for much longer as gone. */
    private static final Duration QUIET = Duration.ofSeconds(10);

    /** In time for a host that asks just before the last one ends. */
    private static final Duration RENEW = GrantService.LIFE.dividedBy(2);

    /** What the host may do at this moment. */
    interface Right {
        /** @throws ProblemException when the user may not have it any more */
        LinkMethods.GrantAnswer now();
    }

    private final String host;
    private final SideStream stream;
    private final Right right;
    private long renewAt = System.nanoTime() + RENEW.toNanos();
    private long quietSince = System.nanoTime();
    private PrefetchStep last = PrefetchStep.doing("asks for the image");

    private PrefetchStream(String host, SideStream stream, Right right) {
        this.host = host;
        this.stream = stream;
        this.right = right;
    }

    /**
     * Waits a little for the host's first word, so that what it refuses at once is answered as a problem.
     *
     * @param stream closed when the reply has been written, or is not to be
     */
    static Reply reply(String host, SideStream stream, Right right) throws InterruptedException {
        PrefetchStream prefetch = new PrefetchStream(host, stream, right);
        boolean handedOn = false;
        try {
            PrefetchStep first = prefetch.next(StreamRoutes.OPEN_WITHIN);
            if (first != null && first.problem() != null) {
                throw new ProblemException(first.problem());
            }
            handedOn = true;
            return Reply.stream(Answer.JSON_LINES, new Reply.StreamBody() {
                @Override
                public void writeTo(StreamOutput out) throws IOException, InterruptedException {
                    try (stream) {
                        prefetch.pass(first, out);
                    }
                }

                @Override
                public void abandon() {
                    stream.close();
                }
            });
        } finally {
            if (!handedOn) {
                stream.close();
            }
        }
    }

    private void pass(@Nullable PrefetchStep first, StreamOutput out) throws IOException, InterruptedException {
        PrefetchStep step = first == null ? last : first;
        while (!step.last()) {
            write(out, step);
            step = awaitNext(out);
        }
        write(out, step);
    }

    /** The next step, what was said last when the host was quiet for long. */
    private PrefetchStep awaitNext(StreamOutput out) throws InterruptedException {
        while (!out.stopping()) {
            try {
                if (System.nanoTime() - renewAt > 0) {
                    renewAt = System.nanoTime() + RENEW.toNanos();
                    stream.send(new Frame(Frame.STDIN, Json.bytes(right.now())));
                }
            } catch (ProblemException e) {
                return PrefetchStep.failed(e.problem());
            }
            PrefetchStep next = next(LOOK);
            if (next != null) {
                last = next;
                return next;
            }
            if (System.nanoTime() - quietSince > QUIET.toNanos()) {
                return last;
            }
        }
        return PrefetchStep.failed(
                Problem.Kind.UNAVAILABLE.with("this controller stops; the same call again goes on where it was"));
    }

    /** Null when none came in that time. */
    private @Nullable PrefetchStep next(Duration within) throws InterruptedException {
        try {
            Frame frame = stream.receive(within);
            if (frame == null) {
                return PrefetchStep.failed(Problem.Kind.UNAVAILABLE.with("the connection to host " + host
                        + " ended meanwhile; the same call again goes on where it was"));
            }
            if (frame.channel() != Frame.CONTROL) {
                return PeerJson.read(frame.payload(), PrefetchStep.class);
            }
            return PrefetchStep.failed(
                    frame.control() instanceof StreamControl.Failed(Problem problem)
                            ? problem
                            : Problem.Kind.INTERNAL.with("host " + host + " ended without saying what came of it"));
        } catch (ProblemException e) {
            return e.is(Problem.Kind.TIMEOUT) ? null : PrefetchStep.failed(e.problem());
        }
    }

    private void write(StreamOutput out, PrefetchStep step) throws IOException {
        quietSince = System.nanoTime();
        out.write((Json.write(step) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
