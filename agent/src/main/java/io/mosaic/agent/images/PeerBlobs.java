package io.mosaic.agent.images;

import io.mosaic.agent.share.HostShare;
import io.mosaic.agent.share.RepositoryOrigin;
import io.mosaic.agent.share.ShareSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings large blobs from other hosts as well as from the repository, and all others from the repository alone. This host begins to serve
 * others with the first large blob that it fetches: before that it has nothing to serve. Thread-safe.
 */
public final class PeerBlobs implements BlobSource, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PeerBlobs.class);

    /** Begins to share. */
    @FunctionalInterface
    public interface Start {
        /** @throws IOException when the port or the directory cannot be had */
        HostShare start() throws IOException, GeneralSecurityException;
    }

    private final RepositoryClient repository;
    private final String host;
    private final Start start;
    private @Nullable HostShare share;
    private boolean told;

    /** @param host the name of this one */
    public PeerBlobs(RepositoryClient repository, String host, Start start) {
        this.repository = repository;
        this.host = host;
        this.start = start;
    }

    @Override
    public void fetch(String name, Blob blob, Path file, GrantHolder right, LongConsumer moved)
            throws IOException, ImageException, InterruptedException {
        // What an earlier try has begun came straight from the repository, and goes on so.
        boolean worth = blob.size() >= ShareSettings.SHARED_MIN_BYTES && !Files.exists(file);
        HostShare sharing = worth ? share() : null;
        if (sharing == null || !fetched(sharing, name, blob, file, right, moved)) {
            repository.fetch(name, blob, file, right, moved);
        }
    }

    private boolean fetched(HostShare sharing, String name, Blob blob, Path file, GrantHolder right, LongConsumer moved)
            throws IOException, ImageException, InterruptedException {
        String url = right.current().url();
        if (url == null) {
            return false;
        }
        RepositoryOrigin origin = new RepositoryOrigin(
                repository.http(), URI.create(url), name, host, () -> token(right), repository.rate());
        try {
            return sharing.fetch(origin, blob.digest(), blob.size(), file, moved);
        } catch (IOException e) {
            if (e.getCause() instanceof ImageException refused) {
                throw refused;
            }
            throw e;
        }
    }

    private static String token(GrantHolder right) throws IOException, InterruptedException {
        try {
            String token = right.current().token();
            if (token == null) {
                throw new IOException("the cluster has no image repository any more");
            }
            return token;
        } catch (ImageException e) {
            throw new IOException(e);
        }
    }

    private synchronized @Nullable HostShare share() {
        if (share == null) {
            try {
                share = start.start();
                LOG.info("shares blobs with other hosts at port {}", share.port());
            } catch (IOException | GeneralSecurityException e) {
                if (!told) {
                    LOG.warn("blobs are fetched from the repository alone: {}", e.getMessage());
                    told = true;
                }
            }
        }
        return share;
    }

    @Override
    public synchronized void close() {
        if (share != null) {
            share.close();
        }
    }
}
