package io.mosaic.kit.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.mosaic.model.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a whole answer, so that it arrives even where the client's request was not read to its end. Thread-safe. */
final class ReplyWriter {

    private static final Logger LOG = LoggerFactory.getLogger(ReplyWriter.class);

    /** What a refused client may still send while we let it read the answer. */
    private static final long LINGER_BYTES = 256L * 1024 * 1024;

    private static final Duration LINGER = Duration.ofSeconds(2);

    private final HttpLimits limits;
    private final Deadlines deadlines;
    private final OpenStreams streams;

    ReplyWriter(HttpLimits limits, Deadlines deadlines, OpenStreams streams) {
        this.streams = streams;
        this.limits = limits;
        this.deadlines = deadlines;
    }

    /** The problem, with the headers that its status calls for. */
    static Reply.Whole refusal(Problem problem) {
        Reply.Whole reply = Reply.problem(problem);
        return switch (problem.status()) {
            case 401 -> reply.with("WWW-Authenticate", "Bearer realm=\"mosaic\"");
            case 429, 503 -> reply.with("Retry-After", "1");
            default -> reply;
        };
    }

    /** Sends it whole; without its body where only the head was asked for. */
    void send(ServerRequest in, ServerResponse out, Reply.Whole reply, boolean head) {
        send(in, out, reply, head, () -> in.content().inputStream());
    }

    /** @param rest what is left of the request's body, if any is */
    void send(ServerRequest in, ServerResponse out, Reply.Whole reply, boolean head, Supplier<InputStream> rest) {
        boolean unread = in.content().hasEntity() && !in.content().consumed();
        // Who stops sends its clients elsewhere before it closes the port.
        if (unread || streams.stopping()) {
            out.header(HeaderNames.CONNECTION, "close");
        }
        out.status(Status.create(reply.status()));
        reply.headers().forEach((name, value) -> out.header(name, value));
        if (!reply.contentType().isEmpty()) {
            out.header(HeaderNames.CONTENT_TYPE, reply.contentType());
        }
        try (Deadlines.Entry _ = deadlines.enter(limits.writeTimeout())) {
            if (head) {
                out.header(HeaderNames.CONTENT_LENGTH, Integer.toString(reply.body().length));
                out.send();
            } else if (reply.status() == 204) {
                out.send();
            } else {
                out.send(reply.body());
            }
        }
        // Who expects to be asked for the body has sent none of it.
        if (unread && (in.continueSent() || !in.headers().contains(HeaderNames.EXPECT))) {
            linger(rest);
        }
    }

    /** A socket closed on unread input resets the connection, and the client may lose the answer: let it read first. */
    private void linger(Supplier<InputStream> body) {
        byte[] dropped = new byte[16 * 1024];
        long left = LINGER_BYTES;
        try (Deadlines.Entry _ = deadlines.enter(LINGER);
                InputStream rest = body.get()) {
            while (left > 0) {
                int count = rest.read(dropped);
                if (count < 0) {
                    return;
                }
                left -= count;
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("a refused client went away", e);
        }
    }
}
