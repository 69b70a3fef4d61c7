package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A host that echoes what a command is sent, ends it with its input, has two lines of log, and says of images what it was told to. */
final class FakeHost implements StreamOpener {

    final BlockingQueue<StreamRequest> asked = new LinkedBlockingQueue<>();
    final CountDownLatch closed = new CountDownLatch(1);
    /** What it says to requests about images; after that its connection ends. */
    final List<Frame> ofImages = new CopyOnWriteArrayList<>();

    volatile boolean away;
    /** What it answers who has it save or push an image. */
    volatile List<Frame> saves = List.of();

    @Override
    public SideStream open(String host, StreamRequest request, Duration timeout) {
        if (away) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "host " + host + " is not linked");
        }
        asked.add(request);
        Stream stream = new Stream();
        if (request instanceof StreamRequest.Logs) {
            stream.out.add(Optional.of(new Frame(Frame.STDOUT, "one\n".getBytes(StandardCharsets.UTF_8))));
            stream.out.add(Optional.of(new Frame(Frame.STDERR, "two\n".getBytes(StandardCharsets.UTF_8))));
            stream.out.add(Optional.of(Frame.control(new StreamControl.Exit(0))));
        }
        if (request instanceof StreamRequest.OfImages) {
            ofImages.forEach(frame -> stream.out.add(Optional.of(frame)));
            stream.out.add(Optional.empty());
        }
        if (request instanceof StreamRequest.Push || request instanceof StreamRequest.Save) {
            saves.forEach(frame -> stream.out.add(Optional.of(frame)));
        }
        return stream;
    }

    private final class Stream implements SideStream {
        private final BlockingQueue<Optional<Frame>> out = new LinkedBlockingQueue<>();

        @Override
        public void send(Frame frame) {
            boolean end = frame.channel() == Frame.STDIN && frame.payload().length == 0;
            out.add(Optional.of(
                    end ? Frame.control(new StreamControl.Exit(7)) : new Frame(Frame.STDOUT, frame.payload())));
        }

        @Override
        public Frame receive(Duration timeout) throws InterruptedException {
            Optional<Frame> next = out.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new ProblemException(Problem.Kind.TIMEOUT, "quiet");
            }
            return next.orElse(null);
        }

        @Override
        public void close() {
            out.add(Optional.empty());
            closed.countDown();
        }
    }
}
