package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.kit.http.SocketPeer;
import io.mosaic.kit.http.SocketSession;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes frames between a caller's WebSocket and a host's side stream, unread but for what a caller may send. Whoever is
 * slow holds the other back; whoever goes ends both.
 */
final class ExecSession implements SocketSession {

    private static final Logger LOG = LoggerFactory.getLogger(ExecSession.class);

    /** Only bounds one wait; a quiet command may stay quiet for ever. */
    private static final Duration RECEIVE = Duration.ofSeconds(30);

    /** Opens the host's side. */
    @FunctionalInterface
    interface Opener {
        SideStream open() throws InterruptedException;
    }

    private final Opener opener;
    private @Nullable SocketPeer peer;
    private @Nullable SideStream stream;
    private boolean over;

    ExecSession(Opener opener) {
        this.opener = opener;
    }

    @Override
    public void opened(SocketPeer opened) throws InterruptedException {
        SideStream side;
        try {
            side = opener.open();
        } catch (ProblemException e) {
            end(opened, e.problem());
            return;
        }
        boolean late;
        synchronized (this) {
            late = over;
            peer = opened;
            stream = side;
        }
        if (late) {
            side.close();
            return;
        }
        Thread.ofVirtual().name("exec").start(() -> fromHost(side, opened));
    }

    private void fromHost(SideStream side, SocketPeer to) {
        try (side) {
            while (true) {
                Frame frame;
                try {
                    frame = side.receive(RECEIVE);
                } catch (ProblemException e) {
                    if (e.is(Problem.Kind.TIMEOUT)) {
                        continue;
                    }
                    throw e;
                }
                if (frame == null) {
                    end(to, Problem.Kind.UNAVAILABLE.with("the connection to the host ended"));
                    return;
                }
                to.send(frame.encode());
                if (frame.channel() == Frame.CONTROL && isLast(frame)) {
                    to.close(SocketPeer.NORMAL, "done");
                    return;
                }
            }
        } catch (IOException e) {
            LOG.debug("the caller of a command went away", e);
        } catch (ProblemException e) {
            end(to, e.problem());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isLast(Frame frame) {
        return switch (frame.control()) {
            case StreamControl.Exit _, StreamControl.Failed _ -> true;
            case StreamControl.Attach _,
                    StreamControl.Forward _,
                    StreamControl.Resize _,
                    StreamControl.Progress _,
                    StreamControl.Unknown _ -> false;
        };
    }

    private static void end(SocketPeer to, Problem problem) {
        try {
            to.send(Frame.control(new StreamControl.Failed(problem)).encode());
        } catch (IOException e) {
            LOG.debug("the caller of a command went away", e);
        }
        to.close(SocketPeer.NORMAL, "failed");
    }

    @Override
    public void received(byte[] message) throws InterruptedException {
        SideStream to;
        SocketPeer from;
        synchronized (this) {
            to = stream;
            from = peer;
        }
        if (to == null || from == null) {
            return;
        }
        try {
            Frame frame = Frame.decode(message);
            boolean resize = frame.channel() == Frame.CONTROL
                    && Json.read(frame.payload(), StreamControl.class) instanceof StreamControl.Resize;
            if (frame.channel() != Frame.STDIN && !resize) {
                throw new ProblemException(Problem.Kind.MALFORMED, "a caller sends input and resize frames only");
            }
            to.send(frame);
        } catch (IllegalArgumentException e) {
            end(from, Problem.Kind.MALFORMED.with("not a frame"));
        } catch (ProblemException e) {
            if (!e.is(Problem.Kind.UNAVAILABLE)) {
                end(from, e.problem());
            }
            // Else the host's side ended, and its last frames are on their way to the caller.
        }
    }

    @Override
    public void closed() {
        SideStream side;
        synchronized (this) {
            over = true;
            side = stream;
        }
        if (side != null) {
            side.close();
        }
    }

    @Override
    public int messageBytesMax() {
        return Frame.PAYLOAD_BYTES_MAX + 1;
    }
}
