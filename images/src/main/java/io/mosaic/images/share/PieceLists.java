package io.mosaic.images.share;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceList;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How blobs are cut into pieces. A list is made when it is first asked for, by one read of the blob, and kept in memory; after a restart it
 * is made again, since reading a blob once costs far less than sending it once. Thread-safe.
 */
final class PieceLists {

    private static final Logger LOG = LoggerFactory.getLogger(PieceLists.class);

    /** Lists take up to 90 KB each. */
    private static final int KEPT_CHARS_MAX = 16 << 20;

    /** Blobs read at once: each takes a core as long as it does. */
    private static final int READ_AT_ONCE = 2;

    private final Registry registry;
    private final Map<Digest, PieceList> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Digest, CompletableFuture<PieceList>> beingMade = new ConcurrentHashMap<>();
    private final Semaphore reads = new Semaphore(READ_AT_ONCE, true);
    private int keptChars;

    PieceLists(Registry registry) {
        this.registry = registry;
    }

    /**
     * The list of a blob.
     *
     * @return null when the repository holds no such blob, or it is of a size that is not shared
     * @throws IOException when the content cannot be read, or is not what its digest says
     */
    @Nullable
    PieceList of(RepositoryName repository, Digest digest) throws IOException, InterruptedException {
        // Asked each time: that a list is here does not say that this repository holds the blob.
        long size = registry.blobs().size(repository, digest);
        if (size < 1 || size > PieceList.SIZE_MAX) {
            return null;
        }
        PieceList known = find(digest);
        if (known != null) {
            return known;
        }
        CompletableFuture<PieceList> mine = new CompletableFuture<>();
        CompletableFuture<PieceList> others = beingMade.putIfAbsent(digest, mine);
        if (others != null) {
            return made(others);
        }
        try {
            mine.complete(make(repository, digest));
        } catch (IOException | RuntimeException | InterruptedException e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            beingMade.remove(digest);
        }
        return made(mine);
    }

    private static PieceList made(CompletableFuture<PieceList> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IOException("the blob could not be cut into pieces", e.getCause());
        }
    }

    private synchronized @Nullable PieceList find(Digest digest) {
        return kept.get(digest);
    }

    private synchronized void keep(Digest digest, PieceList list) {
        PieceList before = kept.put(digest, list);
        keptChars +=
                list.hashes().length() - (before == null ? 0 : before.hashes().length());
        while (keptChars > KEPT_CHARS_MAX) {
            PieceList eldest = kept.remove(kept.keySet().iterator().next());
            keptChars -= eldest == null ? 0 : eldest.hashes().length();
        }
    }

    private PieceList make(RepositoryName repository, Digest digest) throws IOException, InterruptedException {
        reads.acquire();
        try (BlobContent content = registry.open(repository, digest)) {
            if (content == null) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "the repository has no blob " + digest);
            }
            PieceList.Maker maker = new PieceList.Maker(digest.toString(), content.size());
            MessageDigest hash = digest.algorithm().start();
            content.copy(0, content.size(), (bytes, offset, length) -> {
                maker.update(bytes, offset, length);
                hash.update(bytes, offset, length);
            });
            if (!Digest.of(digest.algorithm(), hash).equals(digest)) {
                LOG.error("blob {} has other content: run a check", digest);
                throw new IOException("blob " + digest + " has other content");
            }
            PieceList list = maker.list();
            keep(digest, list);
            return list;
        } finally {
            reads.release();
        }
    }
}
