package io.mosaic.model.client;

import io.mosaic.model.HostImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.ImagePushRequest;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.PeerJson;
import io.mosaic.model.PinRequest;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchRequest;
import io.mosaic.model.PrefetchStep;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RebalancePlan;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The calls on hosts. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class HostCalls {
    private static final String PATH = "/v1/hosts";

    /** Of an answer that is written as it comes; several times what a busy server is silent for. */
    private static final Duration QUIET = Duration.ofMinutes(1);

    private final Transport transport;

    HostCalls(Transport transport) {
        this.transport = transport;
    }

    public HostResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), HostResource.class);
    }

    /** All hosts, page by page; the revision is the first page's. */
    public Page<HostResource> list() {
        return transport.all(PATH, HostResource.class);
    }

    /** Changes zone, pool or labels by an RFC 7396 merge patch of the host's spec. */
    public HostResource patch(String name, JsonNode merge, @Nullable Long ifRevision) {
        return transport.call(Transport.Call.patch(path(name), merge, ifRevision), HostResource.class);
    }

    /** Keeps new sets away. */
    public HostResource cordon(String name) {
        return transport.call(Transport.Call.post(path(name) + "/cordon", null), HostResource.class);
    }

    public HostResource uncordon(String name) {
        return transport.call(Transport.Call.post(path(name) + "/uncordon", null), HostResource.class);
    }

    /** Moves its sets away, a few of each app at a time; its status tells how far it is. */
    public HostResource drain(String name, HostSpec.Drain how) {
        return transport.call(Transport.Call.post(path(name) + "/drain", how), HostResource.class);
    }

    /** Which sets would better be on other hosts; changes nothing. */
    public RebalancePlan planRebalance() {
        return transport.call(Transport.Call.get("/v1/rebalance"), RebalancePlan.class);
    }

    /** Moves sets to other hosts, as the plan of this moment says, and returns it. */
    public RebalancePlan rebalance() {
        return transport.call(Transport.Call.post("/v1/rebalance", null), RebalancePlan.class);
    }

    /** Stops to move sets away; the host stays cordoned. */
    public HostResource undrain(String name) {
        return transport.call(Transport.Call.post(path(name) + "/undrain", null), HostResource.class);
    }

    /** The images that it has, as far as the caller may see them: those of the tenants that its token is for. */
    public List<HostImage> images(String name) {
        return transport
                .page(Transport.Call.get(path(name) + "/images"), HostImage.class)
                .items();
    }

    /**
     * Has it fetch an image from the repository before a set needs it; what is there is not fetched.
     *
     * @param told hears from time to time how far it is
     * @throws ServerUnreachableException also when the connection breaks off: the same call again goes on where it was
     */
    public PrefetchedImage prefetch(String name, PrefetchRequest request, Consumer<String> told) {
        Transport.Call call =
                Transport.Call.post(path(name) + "/images/prefetch", request).once();
        AtomicLong heard = new AtomicLong(System.nanoTime());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(transport.open(call), StandardCharsets.UTF_8))) {
            Thread watch = Thread.ofVirtual().start(() -> closeWhenQuiet(lines, heard));
            try {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    heard.set(System.nanoTime());
                    PrefetchStep step = PeerJson.read(line, PrefetchStep.class);
                    if (step.done() != null) {
                        return step.done();
                    }
                    if (step.problem() != null) {
                        throw new ProblemException(step.problem());
                    }
                    if (step.doing() != null) {
                        told.accept(step.doing());
                    }
                }
            } finally {
                watch.interrupt();
            }
            throw new IOException("the answer broke off");
        } catch (IOException e) {
            throw new ServerUnreachableException(transport.settings().server(), true, e);
        }
    }

    /** The server says something every few seconds: one that is quiet for long is gone, though no connection told of it. */
    private static void closeWhenQuiet(BufferedReader lines, AtomicLong heard) {
        try {
            while (System.nanoTime() - heard.get() < QUIET.toNanos()) {
                Thread.sleep(QUIET.dividedBy(10));
            }
            lines.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // Whoever reads from it gets the same.
            return;
        }
    }

    /** Has it keep an image that it has, whatever room it needs. */
    public PinnedImage pin(String name, PinRequest request) {
        return transport.call(
                Transport.Call.post(path(name) + "/images/pin", request).once(), PinnedImage.class);
    }

    /** The image goes again when the host needs room and nothing uses it. */
    public PinnedImage unpin(String name, PinRequest request) {
        return transport.call(
                Transport.Call.post(path(name) + "/images/unpin", request).once(), PinnedImage.class);
    }

    /**
     * Pushes an image that the host's daemon has to the image repository; returns when it is there.
     *
     * @param told hears of each step on; by the caller's thread
     */
    public SavedImage pushImage(String name, ImagePushRequest request, Consumer<SaveProgress> told) {
        return SaveEvents.await(
                transport,
                Transport.Call.post(path(name) + "/images/push?progress=true", request)
                        .once(),
                told);
    }

    /** Takes a host out of the cluster. */
    public void remove(String name) {
        transport.send(Transport.Call.delete(path(name)));
    }

    /** Follows every change after that revision. */
    public Watch<HostResource> watch(long from) {
        return new Watch<>(
                transport, from, at -> PATH + new Query().flag("watch", true).add("from", at), HostResource.class);
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
