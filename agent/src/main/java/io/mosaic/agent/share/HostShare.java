package io.mosaic.agent.share;

import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.CurrentKey;
import io.mosaic.kit.tls.HostTrust;
import io.mosaic.kit.tls.TicketReader;
import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A host's part in sharing blobs: fetches them, serves them, and tells the controller what it has. Thread-safe. */
public final class HostShare implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostShare.class);

    /** Each holds some MiB of pieces in memory. */
    private static final int DOWNLOADS_MAX = 3;

    /** Between looks whether there is something to tell of. */
    private static final long LOOK_MILLIS = 200;

    private static final long TELL_AGAIN_MILLIS = 5_000;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ShareSettings settings;
    private final TrackerLink tracker;
    private final Random random;
    private final Shelf shelf;
    private final PeerServer server;
    private final PeerClient client;
    private final Semaphore downloads = new Semaphore(DOWNLOADS_MAX, true);
    private final Thread teller;

    /**
     * Listens, and begins to tell of what it has.
     *
     * @param identity this host's certificate, as it is at any time
     * @param authority the cluster's CA
     * @param random chooses among pieces and peers that are as good
     * @throws IOException when the directory or the port cannot be had
     */
    public HostShare(
            ShareSettings settings,
            Supplier<Credentials> identity,
            X509Certificate authority,
            TrackerLink tracker,
            InstantSource clock,
            Random random)
            throws IOException, GeneralSecurityException {
        this.settings = settings;
        this.tracker = tracker;
        this.random = random;
        this.shelf = Shelf.open(settings.directory(), settings.keepBytes(), settings.keep(), settings.keepFree());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(new KeyManager[] {new CurrentKey(identity)}, new TrustManager[] {new HostTrust(authority)}, null);
        this.client = new PeerClient(tls);
        this.server = new PeerServer(
                settings.bind(),
                settings.port(),
                tls,
                shelf,
                new TicketReader(authority, clock),
                new RateLimit(settings.uplinkBytes()),
                settings.uploads());
        this.teller = Thread.ofVirtual().name("share-teller").start(this::tell);
    }

    /** The port that it serves at. */
    public int port() {
        return server.port();
    }

    /** Bytes of pieces sent to other hosts. */
    public long served() {
        return server.served();
    }

    /** Calls of other hosts that had no right to what they asked for. */
    public long refused() {
        return server.refused();
    }

    private String address() {
        String host = settings.address();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port();
    }

    /**
     * Fetches a blob into a new file.
     *
     * @param size bytes, as the manifest has it
     * @param progress hears how many bytes are there
     * @return false when the blob is not one that is shared: it is to be fetched from the origin alone
     * @throws IOException when it cannot be had, or is not what it should be
     */
    public boolean fetch(Origin origin, String digest, long size, Path target, LongConsumer progress)
            throws IOException, InterruptedException {
        if (size < ShareSettings.SHARED_MIN_BYTES) {
            return false;
        }
        TicketGiven given = origin.ticket(digest);
        if (given == null) {
            return false;
        }
        if (given.pieces().size() != size) {
            throw new IOException("blob " + digest + " has " + given.pieces().size() + " bytes instead of " + size);
        }
        while (true) {
            SharedBlob begun = shelf.begin(given);
            if (begun != null) {
                download(begun, origin, target, progress);
                return true;
            }
            SharedBlob other = shelf.find(digest);
            if (other != null && fetchedByAnother(other)) {
                // What the ticket was given for is here already, right to the byte.
                link(other, target);
                progress.accept(size);
                return true;
            }
        }
    }

    private static boolean fetchedByAnother(SharedBlob blob) throws IOException, InterruptedException {
        try {
            return blob.fetched().get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private void download(SharedBlob blob, Origin origin, Path target, LongConsumer progress)
            throws IOException, InterruptedException {
        boolean good = false;
        try {
            downloads.acquire();
            try {
                Random own = new Random(random.nextLong());
                new Download(blob, origin, tracker, client, address(), settings.picker(), own, progress).run();
            } finally {
                downloads.release();
            }
            requireDigest(blob);
            link(blob, target);
            good = true;
        } finally {
            if (good) {
                shelf.finished(blob, System.nanoTime());
            } else {
                shelf.abandon(blob);
            }
            blob.fetched().complete(good);
        }
    }

    /** The digest is what the image is known by; that the pieces are right says only that the repository cut this content. */
    private static void requireDigest(SharedBlob blob) throws IOException {
        String digest = blob.list().digest();
        MessageDigest hash;
        try {
            hash = MessageDigest.getInstance(digest.startsWith("sha512:") ? "SHA-512" : "SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has it", e);
        }
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(blob.file())) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                hash.update(buffer, 0, read);
            }
        }
        if (!digest.endsWith(":" + HexFormat.of().formatHex(hash.digest()))) {
            throw new IOException("blob " + digest + " has other content");
        }
    }

    private static void link(SharedBlob blob, Path target) throws IOException {
        try {
            Files.createLink(target, blob.file());
        } catch (FileSystemException e) {
            LOG.debug("{} cannot be a link", target, e);
            Files.copy(blob.file(), target);
        }
    }

    /** Tells of the blobs that are whole, for as long as this host's tickets to them are good. */
    private void tell() {
        Map<SharedBlob, Long> next = new HashMap<>();
        try {
            while (true) {
                Thread.sleep(LOOK_MILLIS);
                List<SharedBlob> whole = shelf.whole(System.nanoTime());
                next.keySet().retainAll(whole);
                for (SharedBlob blob : whole) {
                    Long at = next.get(blob);
                    if (at == null || System.nanoTime() - at >= 0) {
                        next.put(
                                blob,
                                System.nanoTime()
                                        + Duration.ofMillis(told(blob)).toNanos());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long told(SharedBlob blob) throws InterruptedException {
        if (!blob.right().goodFor(Duration.ofSeconds(1))) {
            return TELL_AGAIN_MILLIS;
        }
        try {
            ShareAnswer answer = tracker.report(new ShareReport(
                    blob.right().ticket(), address(), PieceSet.text(blob.have()), List.of(), 0, List.of()));
            return Math.max(LOOK_MILLIS, answer.nextMillis());
        } catch (IOException e) {
            LOG.debug("no controller hears of blob {}", blob.list().digest(), e);
            return TELL_AGAIN_MILLIS;
        } catch (RuntimeException e) {
            // Whatever it was: a host that no longer tells serves nobody.
            LOG.error("telling of blob {}: a fault of the agent", blob.list().digest(), e);
            return TELL_AGAIN_MILLIS;
        }
    }

    @Override
    public void close() {
        teller.interrupt();
        server.close();
        client.close();
        shelf.close();
    }
}
