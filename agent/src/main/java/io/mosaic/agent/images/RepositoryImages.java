package io.mosaic.agent.images;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ImageName;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images from the cluster's repository, and as the daemon has them what the repository does not know. A name is looked up when a set
 * first needs it here; from then on the set has that image, whatever the name comes to mean. Thread-safe.
 */
public final class RepositoryImages implements HostImages {

    private static final Logger LOG = LoggerFactory.getLogger(RepositoryImages.class);

    /** Of images that no set waits for yet: what sets want shares the line with few of them. */
    private static final int AHEAD_MAX = 2;

    /** One that is being removed is gone, or stays, soon. */
    private static final Duration GOING = Duration.ofMillis(100);

    private final Docker docker;
    private final DaemonImages daemon;
    private final Grants grants;
    private final RepositoryClient repository;
    private final ImageLedger ledger;
    private final ImageFetcher fetcher;
    private final Semaphore ahead = new Semaphore(AHEAD_MAX, true);

    private RepositoryImages(
            Docker docker, Grants grants, RepositoryClient repository, ImageLedger ledger, ImageFetcher fetcher) {
        this.docker = docker;
        this.daemon = new DaemonImages(docker);
        this.grants = grants;
        this.repository = repository;
        this.ledger = ledger;
        this.fetcher = fetcher;
    }

    /**
     * Opens what is kept of images in that directory.
     *
     * @param keepFree bytes of its file system that stay free
     */
    public static RepositoryImages open(
            Path directory,
            long keepFree,
            Docker docker,
            Grants grants,
            RepositoryClient repository,
            BlobSource blobs,
            Clock clock)
            throws IOException {
        Files.createDirectories(directory);
        return new RepositoryImages(
                docker,
                grants,
                repository,
                ImageLedger.open(directory.resolve("ledger.json"), clock),
                new ImageFetcher(docker, blobs, directory.resolve("fetch"), keepFree));
    }

    @Override
    public boolean ensure(UUID set, String tenant, String image, Consumer<String> told)
            throws ImageException, DockerException, InterruptedException {
        ImageLedger.Settled has = ledger.settled(set, image);
        if (has != null && docker.image(has.id()) != null) {
            return false;
        }
        try {
            GrantHolder right = GrantHolder.ask(grants, set, image);
            LinkMethods.GrantAnswer grant = right.current();
            if (grant.url() == null) {
                return asTheDaemonHas(set, tenant, image, told);
            }
            Found found = has == null ? find(image, grant, right) : again(has, right);
            if (found == null) {
                return asTheDaemonHas(set, tenant, image, told);
            }
            boolean brought = fetcher.bring(found.wanted(), right, told);
            settle(set, tenant, image, found);
            return brought;
        } catch (IOException e) {
            LOG.info("image {} is not to be had of the repository: {}", image, e.getMessage());
            return without(set, tenant, image, String.valueOf(e.getMessage()));
        }
    }

    /**
     * What a name means in the repository.
     *
     * @param manifest digest of the image's own
     */
    private record Found(ImageFetcher.Wanted wanted, String manifest) {}

    private void settle(UUID set, String tenant, String image, Found found) {
        ImageFetcher.Wanted wanted = found.wanted();
        ledger.settle(
                new ImageLedger.Settled(set, image, wanted.id(), wanted.repository(), found.manifest()),
                wanted.reference(),
                tenant,
                wanted.manifest().bytes());
    }

    /**
     * Brings an image for a tenant before a set needs it.
     *
     * @param right to fetch what the tenant calls so
     * @param pin whether it is kept from then on, whatever room is needed
     * @param told hears from time to time how far it is
     * @throws ImageException when it cannot be had, saying why
     * @throws IOException when the repository does not answer
     */
    public PrefetchedImage prefetch(String tenant, String image, GrantHolder right, boolean pin, Consumer<String> told)
            throws IOException, ImageException, DockerException, InterruptedException {
        if (!ahead.tryAcquire()) {
            told.accept("waits for other images that are fetched ahead");
            ahead.acquire();
        }
        try {
            Found found = find(image, right.current(), right);
            if (found == null) {
                throw new ImageException("image " + image + " is not in the repository");
            }
            ImageFetcher.Wanted wanted = found.wanted();
            boolean brought = fetcher.bring(wanted, right, told);
            while (!noted(found, tenant, pin)) {
                Thread.sleep(GOING);
                brought |= fetcher.bring(wanted, right, told);
            }
            return new PrefetchedImage(
                    ImageName.inRepository(wanted.repository(), wanted.reference()),
                    wanted.id(),
                    found.manifest(),
                    brought,
                    pin);
        } finally {
            ahead.release();
        }
    }

    /** Whether it stays for now: it may have been removed since it was found to be there. */
    private boolean noted(Found found, String tenant, boolean pin) throws DockerException {
        ImageFetcher.Wanted wanted = found.wanted();
        return ledger.ahead(
                        wanted.id(),
                        wanted.repository(),
                        wanted.reference(),
                        found.manifest(),
                        tenant,
                        wanted.manifest().bytes(),
                        pin)
                && docker.image(wanted.id()) != null;
    }

    /**
     * Keeps an image that is here for that tenant, whatever room is needed, or does so no more.
     *
     * @throws ImageException when it is to be kept and is not here
     */
    public PinnedImage pin(String tenant, String image, boolean on) throws ImageException, DockerException {
        ImageName name = ImageName.parse(image);
        String reference = name.reference();
        for (String candidate : name.repositories(tenant)) {
            String called = ImageName.inRepository(candidate, reference);
            if (!on) {
                if (ledger.unpin(tenant, candidate, reference)) {
                    return new PinnedImage(called, true);
                }
                continue;
            }
            ImageLedger.Brought last = ledger.last(candidate, reference);
            if (last != null && last.tenants().contains(tenant) && docker.image(last.id()) != null) {
                return new PinnedImage(
                        called, ledger.pin(new ImageLedger.Pin(tenant, candidate, reference, last.id())));
            }
        }
        if (on) {
            throw new ImageException("image " + image + " is not on the host");
        }
        return new PinnedImage(image, false);
    }

    private @Nullable Found find(String image, LinkMethods.GrantAnswer grant, GrantHolder right)
            throws IOException, ImageException, DockerException, InterruptedException {
        for (String candidate : grant.repositories()) {
            Found found = find(image, candidate, String.valueOf(grant.reference()), right);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The very image that the set had, which is no longer on the host. */
    private Found again(ImageLedger.Settled has, GrantHolder right)
            throws IOException, ImageException, DockerException, InterruptedException {
        Found found = find(has.image(), has.repository(), has.manifest(), right);
        if (found == null) {
            throw new ImageException("image " + has.image() + ", which the set has as " + has.manifest()
                    + ", is neither on the host nor in the repository any more");
        }
        return found;
    }

    private @Nullable Found find(String image, String in, String reference, GrantHolder right)
            throws IOException, ImageException, DockerException, InterruptedException {
        RepositoryClient.Read read = repository.manifest(in, reference, right);
        if (read == null) {
            return null;
        }
        try {
            if (ImageManifest.isIndex(read.mediaType())) {
                String chosen = ImageManifest.choose(read.body(), docker.info().architecture());
                read = repository.manifest(in, chosen, right);
                if (read == null) {
                    throw new ImageException("the one for this machine is not in the repository");
                }
            }
            ImageManifest manifest = ImageManifest.read(read.body());
            return new Found(new ImageFetcher.Wanted(image, in, reference, manifest), read.digest());
        } catch (ImageException e) {
            throw new ImageException("image " + image + ": " + e.getMessage(), e);
        }
    }

    /** The repository does not answer: what the name meant here last must do, or what the daemon calls so. */
    private boolean without(UUID set, String tenant, String image, String why) throws ImageException, DockerException {
        ImageName name = ImageName.parse(image);
        for (String candidate : name.repositories(tenant)) {
            ImageLedger.Brought last = ledger.last(candidate, name.reference());
            if (last != null && last.tenants().contains(tenant) && docker.image(last.id()) != null) {
                ledger.settle(
                        new ImageLedger.Settled(set, image, last.id(), candidate, last.manifest()),
                        name.reference(),
                        tenant,
                        last.bytes());
                return false;
            }
        }
        requireOwn(tenant, image);
        if (docker.image(image) != null) {
            return false;
        }
        throw new ImageException("image " + image + " is not on the host and cannot be fetched: " + why);
    }

    private boolean asTheDaemonHas(UUID set, String tenant, String image, Consumer<String> told)
            throws ImageException, DockerException, InterruptedException {
        requireOwn(tenant, image);
        return daemon.ensure(set, tenant, image, told);
    }

    /** That an image is on the host for one tenant's sets gives no right to another's, whatever it is called by. */
    private void requireOwn(String tenant, String image) throws ImageException, DockerException {
        Docker.@Nullable ImageInfo there = docker.image(image);
        if (there != null && ledger.othersOnly(there.id(), tenant)) {
            throw new ImageException("image " + image + " is on the host for another tenant only");
        }
    }

    @Override
    public String made(UUID set, String image) {
        ImageLedger.Settled has = ledger.settled(set, image);
        return has == null ? image : has.id();
    }

    @Override
    public void absent(UUID set, String image) {
        daemon.absent(set, image);
    }

    @Override
    public void forget() {
        daemon.forget();
    }

    ImageLedger ledger() {
        return ledger;
    }
}
