package io.mosaic.agent.link;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.HostImage;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.PrefetchStep;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One side stream that is about the host's images. */
final class ImageStream {

    private static final Logger LOG = LoggerFactory.getLogger(ImageStream.class);

    private static final long FOREVER = Long.MAX_VALUE / 1_000_000;

    private final BlockingCall<Frame, Frame> call;
    private final ImageStreams images;

    ImageStream(BlockingCall<Frame, Frame> call, ImageStreams images) {
        this.call = call;
        this.images = images;
    }

    /** Serves it to its end; answers the last that is to be said. */
    StreamControl serve(StreamRequest.OfImages request) throws InterruptedException {
        try {
            switch (request) {
                case StreamRequest.Images any -> {
                    for (HostImage image : images.list()) {
                        if (!say(image)) {
                            break;
                        }
                    }
                }
                case StreamRequest.Pin pin -> say(images.pin(pin));
                case StreamRequest.Prefetch prefetch -> prefetch(prefetch);
            }
            return new StreamControl.Exit(0);
        } catch (ProblemException e) {
            return new StreamControl.Failed(e.problem());
        } catch (DockerException e) {
            LOG.info("{} failed: {}", request, e.getMessage());
            return new StreamControl.Failed(SideStreams.kind(e).with(String.valueOf(e.getMessage())));
        }
    }

    private boolean say(Object what) throws InterruptedException {
        return call.send(new Frame(Frame.STDOUT, Json.bytes(what)));
    }

    private void prefetch(StreamRequest.Prefetch request) throws DockerException, InterruptedException {
        ImageStreams.Fetch fetch = images.prefetch(request);
        Thread worker = Thread.currentThread();
        Thread listener = Thread.ofVirtual().name("prefetch-rights").start(() -> listen(fetch, worker));
        try {
            say(PrefetchStep.done(fetch.run(this::tell)));
        } finally {
            listener.interrupt();
            listener.join();
        }
    }

    private void tell(String doing) {
        try {
            say(PrefetchStep.doing(doing));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes further rights, until the caller goes: then the fetch is of no use to anybody. */
    private void listen(ImageStreams.Fetch fetch, Thread worker) {
        try {
            while (true) {
                Frame frame = call.receive(FOREVER);
                if (frame == null) {
                    worker.interrupt();
                    return;
                }
                if (frame.channel() == Frame.STDIN) {
                    fetch.renew(PeerJson.read(frame.payload(), LinkMethods.GrantAnswer.class));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("a controller sent no right of ours: {}", e.getMessage());
            worker.interrupt();
        }
    }
}
