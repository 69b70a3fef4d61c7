package io.mosaic.agent.link;

import io.grpc.Channel;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves logs and commands, each on a stream of its own beside the session. What a container writes is read only as fast
 * as the other end takes it.
 *
 * <p>Thread-safe.
 */
public final class SideStreams {
    private static final Logger LOG = LoggerFactory.getLogger(SideStreams.class);

    /** Each costs a connection to the daemon and up to a few hundred KiB. */
    private static final int STREAMS_MAX = 128;

    private static final long FOREVER = Long.MAX_VALUE / 1_000_000;
    private static final long END_MILLIS = 10_000;

    private final Docker docker;
    private final ContainerStreams containers;
    private final @Nullable ImageStreams images;
    private final Semaphore free = new Semaphore(STREAMS_MAX);

    /** Of a host whose images nobody asks for. */
    public SideStreams(Docker docker, ContainerStreams containers) {
        this(docker, containers, null);
    }

    /** @param images null: nobody asks for them */
    public SideStreams(Docker docker, ContainerStreams containers, @Nullable ImageStreams images) {
        this.docker = docker;
        this.containers = containers;
        this.images = images;
    }

    /** Answers the request on a new stream of that connection; returns at once. */
    void open(Channel channel, ControllerMessage.Open open) {
        Thread.ofVirtual().name("stream-" + open.stream()).start(() -> {
            try (BlockingCall<Frame, Frame> call = new BlockingCall<>(channel, LinkMethodDescriptors.STREAM)) {
                call.send(Frame.control(new StreamControl.Attach(open.stream())));
                StreamControl last = free.tryAcquire()
                        ? serveAndFree(call, open.request())
                        : failed(Problem.Kind.TOO_MANY, "this host serves as many streams as it may");
                if (call.send(Frame.control(last))) {
                    call.halfClose();
                    call.awaitEnd(END_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private StreamControl serveAndFree(BlockingCall<Frame, Frame> call, StreamRequest request)
            throws InterruptedException {
        try {
            return serve(call, request);
        } finally {
            free.release();
        }
    }

    private StreamControl serve(BlockingCall<Frame, Frame> call, StreamRequest request) throws InterruptedException {
        if (request instanceof StreamRequest.OfImages asked) {
            return images == null
                    ? failed(Problem.Kind.UNAVAILABLE, "this host does not tell of its images")
                    : new ImageStream(call, images).serve(asked);
        }
        if (request instanceof StreamRequest.Unknown) {
            return failed(
                    Problem.Kind.UNAVAILABLE,
                    "the host's agent is of an older version, which does not know such a stream");
        }
        if (request instanceof StreamRequest.Usage) {
            SetUsage known = containers.usage(request.uid());
            if (known == null) {
                return failed(Problem.Kind.NOT_FOUND, "what the set uses is not known yet");
            }
            call.send(new Frame(Frame.STDOUT, Json.bytes(known)));
            return new StreamControl.Exit(0);
        }
        if (request instanceof StreamRequest.Push push) {
            return saving(call, true, "image " + push.image(), told -> containers.push(push, told));
        }
        if (request.container().equals(ContainerStatus.INFRA)) {
            return failed(Problem.Kind.FORBIDDEN, "the infra container admits no login");
        }
        String id = containers.id(request.uid(), request.container());
        if (id == null) {
            return failed(
                    Problem.Kind.NOT_FOUND, "container " + request.container() + " of the set is not on the host");
        }
        try {
            return switch (request) {
                case StreamRequest.Logs logs -> logs(call, id, logs);
                case StreamRequest.Exec exec -> exec(call, id, exec);
                case StreamRequest.Memory memory -> memory(call, memory);
                case StreamRequest.Save save ->
                    saving(
                            call,
                            Boolean.TRUE.equals(save.progress()),
                            "container " + save.container(),
                            told -> containers.save(id, save, told));
                case StreamRequest.Usage any -> throw new IllegalStateException("is answered before");
                case StreamRequest.Push any -> throw new IllegalStateException("is answered before");
                case StreamRequest.Unknown any -> throw new IllegalStateException("is answered before");
                case StreamRequest.OfImages any -> throw new IllegalStateException("is answered before");
            };
        } catch (IOException e) {
            return failed(Problem.Kind.UNAVAILABLE, "its memory cannot be read: " + e.getMessage());
        } catch (DockerException e) {
            LOG.info("a stream of container {} failed: {}", request.container(), e.getMessage());
            return failed(kind(e), String.valueOf(e.getMessage()));
        }
    }

    /** What brings an image into the repository. */
    @FunctionalInterface
    private interface Saving {
        SavedImage run(Consumer<SaveProgress> told) throws IOException, DockerException, InterruptedException;
    }

    private static StreamControl saving(BlockingCall<Frame, Frame> call, boolean progress, String what, Saving saving)
            throws InterruptedException {
        SavedImage saved;
        try (ProgressTeller teller = progress ? ProgressTeller.start(call) : ProgressTeller.silent()) {
            saved = saving.run(teller);
        } catch (ProblemException e) {
            LOG.info("{} could not be brought into the repository: {}", what, e.getMessage());
            return new StreamControl.Failed(e.problem());
        } catch (IOException e) {
            LOG.info("{} could not be brought into the repository", what, e);
            return failed(
                    Problem.Kind.UNAVAILABLE, what + " could not be brought into the repository: " + e.getMessage());
        } catch (DockerException e) {
            LOG.info("{} could not be brought into the repository: {}", what, e.getMessage());
            return failed(kind(e), String.valueOf(e.getMessage()));
        }
        call.send(new Frame(Frame.STDOUT, Json.bytes(saved)));
        return new StreamControl.Exit(0);
    }

    private StreamControl logs(BlockingCall<Frame, Frame> call, String id, StreamRequest.Logs logs)
            throws DockerException, InterruptedException {
        try (Docker.OutputStreams output =
                docker.logs(id, false, logs.follow(), logs.tail(), logs.since(), logs.timestamps())) {
            // Only to learn that the other end has gone, which a silent container would never show.
            Thread watch = Thread.ofVirtual().start(() -> drain(call, output));
            try {
                pump(call, output);
            } finally {
                watch.interrupt();
            }
        }
        return new StreamControl.Exit(0);
    }

    private static void drain(BlockingCall<Frame, Frame> call, Docker.OutputStreams output) {
        try {
            while (call.status() == null) {
                call.receive(FOREVER);
            }
            output.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private StreamControl memory(BlockingCall<Frame, Frame> call, StreamRequest.Memory memory)
            throws DockerException, IOException, InterruptedException {
        long used = containers.memoryInUse(memory.uid(), memory.container());
        if (used < 0) {
            return failed(Problem.Kind.CONFLICT, "container " + memory.container() + " does not run");
        }
        call.send(new Frame(Frame.STDOUT, Long.toString(used).getBytes(StandardCharsets.US_ASCII)));
        return new StreamControl.Exit(0);
    }

    private StreamControl exec(BlockingCall<Frame, Frame> call, String id, StreamRequest.Exec exec)
            throws DockerException, InterruptedException {
        Docker.ExecConfig config = new Docker.ExecConfig(
                exec.command(), exec.stdin(), exec.tty(), exec.columns(), exec.rows(), exec.user());
        try (Docker.ExecSession session = docker.exec(id, config)) {
            Thread input = Thread.ofVirtual().start(() -> feed(call, session, exec.stdin()));
            try {
                pump(call, session);
            } finally {
                input.interrupt();
            }
            if (call.status() != null) {
                session.kill();
            }
            return new StreamControl.Exit(session.exitCode());
        }
    }

    /** Hands on what the caller sends, each piece when the daemon took the one before. */
    private static void feed(BlockingCall<Frame, Frame> call, Docker.ExecSession session, boolean stdin) {
        boolean open = stdin;
        try {
            while (true) {
                Frame frame = call.receive(FOREVER);
                if (frame == null) {
                    // The caller is gone: without it, nobody reads what the command says.
                    session.close();
                    return;
                }
                if (frame.channel() == Frame.CONTROL) {
                    if (frame.control() instanceof StreamControl.Resize resize) {
                        session.resize(resize.columns(), resize.rows());
                    }
                } else if (open && frame.channel() == Frame.STDIN) {
                    open = frame.payload().length > 0;
                    if (open) {
                        session.write(frame.payload());
                    } else {
                        session.closeStdin();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DockerException e) {
            // Mostly a command that ended without reading all of its input; its output tells the rest.
            LOG.debug("input of a command: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.info("a caller sent a frame that is none: {}", e.getMessage());
            session.close();
        }
    }

    private static void pump(BlockingCall<Frame, Frame> call, Docker.OutputStreams output)
            throws DockerException, InterruptedException {
        for (Docker.Output piece = next(call, output); piece != null; piece = next(call, output)) {
            byte channel = piece.stderr() ? Frame.STDERR : Frame.STDOUT;
            byte[] bytes = piece.bytes();
            for (int from = 0; from < bytes.length; from += Frame.PAYLOAD_BYTES_MAX) {
                int to = Math.min(bytes.length, from + Frame.PAYLOAD_BYTES_MAX);
                byte[] part = from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
                if (!call.send(new Frame(channel, part))) {
                    return;
                }
            }
        }
    }

    private static Docker.@Nullable Output next(BlockingCall<Frame, Frame> call, Docker.OutputStreams output)
            throws DockerException {
        try {
            return output.next();
        } catch (DockerException e) {
            if (call.status() != null) {
                return null;
            }
            throw e;
        }
    }

    private static StreamControl failed(Problem.Kind kind, String detail) {
        return new StreamControl.Failed(kind.with(detail));
    }

    static Problem.Kind kind(DockerException e) {
        return switch (e.kind()) {
            case NOT_FOUND -> Problem.Kind.NOT_FOUND;
            case CONFLICT -> Problem.Kind.CONFLICT;
            case REFUSED -> Problem.Kind.INVALID;
            case FAILED -> Problem.Kind.INTERNAL;
            case TIMEOUT -> Problem.Kind.TIMEOUT;
            case UNREACHABLE -> Problem.Kind.UNAVAILABLE;
        };
    }
}
