package io.mosaic.agent.share;

import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.kit.tls.CurrentKey;
import io.mosaic.kit.tls.HostKey;
import io.mosaic.kit.tls.HostTrust;
import io.mosaic.model.share.PieceList;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A cluster with a repository that is in memory, and hosts that are real. */
public final class ShareCluster implements AutoCloseable {

    /** So that tests of what goes wrong are short. */
    static final Picker.Settings IMPATIENT =
            new Picker.Settings(8, 2, 4, Duration.ofMillis(500), Duration.ofMillis(500));

    /** Waits for what it is told, however slow the machine is. */
    static final Picker.Settings PATIENT = new Picker.Settings(8, 2, 4, Duration.ofMinutes(2), Duration.ofMinutes(2));

    public final ClusterAuthority authority;
    final FakeTracker tracker = new FakeTracker();
    private final Credentials repository;
    private final Path directory;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final Map<String, byte[]> blobs = new HashMap<>();

    public ShareCluster(Path directory) throws Exception {
        this.directory = directory;
        this.authority = ClusterAuthority.loadOrCreate(directory.resolve("ca"));
        this.repository = authority.issueRepository();
    }

    /** Puts random content into the repository; its digest. */
    public String blob(int bytes, long seed) throws GeneralSecurityException {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        String digest = "sha256:"
                + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        blobs.put(digest, content);
        return digest;
    }

    public byte[] content(String digest) {
        return blobs.get(digest);
    }

    public PieceList pieces(String digest) {
        byte[] content = blobs.get(digest);
        PieceList.Maker maker = new PieceList.Maker(digest, content.length);
        maker.update(content, 0, content.length);
        return maker.list();
    }

    public String ticket(String host, String digest, Instant expires) throws GeneralSecurityException {
        PieceList list = pieces(digest);
        return new BlobTicket(host, digest, list.size(), list.fingerprint(), expires.getEpochSecond())
                .sealed(repository);
    }

    /** The repository as one host sees it. */
    final class FakeOrigin implements Origin {
        final AtomicLong read = new AtomicLong();
        volatile boolean down;
        volatile boolean wrong;
        private final String host;

        FakeOrigin(String host) {
            this.host = host;
        }

        @Override
        public TicketGiven ticket(String digest) throws IOException {
            try {
                String text =
                        ShareCluster.this.ticket(host, digest, Instant.now().plusSeconds(600));
                return new TicketGiven(text, 600, pieces(digest));
            } catch (GeneralSecurityException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void read(String digest, long offset, PieceBuffer into) throws IOException {
            if (down) {
                throw new IOException("the repository is down");
            }
            byte[] part = new byte[into.expected()];
            System.arraycopy(blobs.get(digest), Math.toIntExact(offset), part, 0, part.length);
            part[0] ^= (byte) (wrong ? 1 : 0);
            into.add(ByteBuffer.wrap(part));
            read.addAndGet(part.length);
        }
    }

    FakeOrigin origin(String host) {
        return new FakeOrigin(host);
    }

    Credentials host(String name) throws Exception {
        HostKey key = HostKey.generate();
        return key.with(authority.signHost(name, UUID.randomUUID(), key.csrPem(name)));
    }

    SSLContext tls(Credentials credentials) throws GeneralSecurityException {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(
                new KeyManager[] {new CurrentKey(() -> credentials)},
                new TrustManager[] {new HostTrust(authority.certificate())},
                null);
        return tls;
    }

    public HostShare share(String name) throws Exception {
        return share(name, 0, ShareSettings.UPLOADS);
    }

    HostShare share(String name, long uplinkBytes, int uploads) throws Exception {
        return share(name, uplinkBytes, uploads, IMPATIENT);
    }

    HostShare share(String name, long uplinkBytes, int uploads, Picker.Settings picker) throws Exception {
        Credentials credentials = host(name);
        ShareSettings settings = new ShareSettings(
                directory.resolve("share-" + name + parts.size()),
                "127.0.0.1",
                0,
                "127.0.0.1",
                uplinkBytes,
                uploads,
                1L << 30,
                Duration.ofMinutes(10),
                0,
                picker);
        return keep(new HostShare(
                settings,
                () -> credentials,
                authority.certificate(),
                tracker.of(name),
                Instant::now,
                new Random(name.hashCode())));
    }

    <T extends AutoCloseable> T keep(T part) {
        parts.add(part);
        return part;
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable part : parts.reversed()) {
            part.close();
        }
    }
}
