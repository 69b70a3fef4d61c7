package io.mosaic.agent.share;

import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.kit.tls.TicketReader;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceSet;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves other hosts of the cluster pieces of the blobs that are on the {@link Shelf}: {@code GET /share/DIGEST/PIECE} with a ticket to
 * the blob, over mTLS. To know a digest is no right. Thread-safe.
 */
final class PeerServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

    static final String PREFIX = "/share";

    /** Header of a call: the ticket. */
    static final String TICKET = "Mosaic-Ticket";

    /** Header of an answer: the pieces that this host has of the blob, so that peers need not ask the controller. */
    static final String HAVE = "Mosaic-Have";

    private static final int CHUNK_BYTES = 64 * 1024;

    /** How long a call waits for its turn before it is told to come again. */
    private static final Duration TURN = Duration.ofMillis(500);

    /** Calls that wait or are served; each is a virtual thread and a buffer. */
    private static final int CALLS_MAX = 128;

    private static final int CONNECTIONS_MAX = 1024;

    private static final HttpLimits LIMITS = new HttpLimits(
            1024,
            16 * 1024,
            16,
            CONNECTIONS_MAX,
            CALLS_MAX,
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30));

    private final Shelf shelf;
    private final TicketReader tickets;
    private final RateLimit uplink;
    private final Semaphore turns;
    private final AtomicLong served = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final HttpServer server;

    /**
     * Listens.
     *
     * @param port 0 takes a free one
     * @param tls shows this host's certificate, and trusts those of hosts
     * @param uploads pieces sent at once: few, so that each soon is with somebody who passes it on
     * @throws IOException when the port cannot be had
     */
    PeerServer(String bind, int port, SSLContext tls, Shelf shelf, TicketReader tickets, RateLimit uplink, int uploads)
            throws IOException {
        this.shelf = shelf;
        this.tickets = tickets;
        this.uplink = uplink;
        this.turns = new Semaphore(uploads, true);
        this.server = HttpServer.startMutual(bind, port, tls, List.of(new Pieces()), LIMITS);
    }

    int port() {
        return server.port();
    }

    /** Bytes of pieces sent to peers. */
    long served() {
        return served.get();
    }

    /** Calls without the right to what they asked for. */
    long refused() {
        return refused.get();
    }

    @Override
    public void close() {
        server.close();
    }

    private final class Pieces implements Mount {

        @Override
        public String prefix() {
            return PREFIX;
        }

        @Override
        public Reply.Whole refusal(Problem problem) {
            return Reply.problem(problem);
        }

        @Override
        public Reply handle(StreamedRequest request) throws InterruptedException {
            String host = caller(request);
            if (!request.method().equals("GET")) {
                throw new ProblemException(Problem.Kind.METHOD_NOT_ALLOWED, "this path takes GET");
            }
            String[] parts = request.rawPath().substring(PREFIX.length()).split("/", 4);
            if (parts.length != 3) {
                throw absent();
            }
            BlobTicket ticket = ticket(request, host, parts[1]);
            SharedBlob blob = shelf.find(parts[1]);
            if (blob == null || !blob.fingerprint().equals(ticket.pieces())) {
                throw absent();
            }
            int piece = number(parts[2]);
            String have = PieceSet.text(blob.have());
            if (piece < 0 || piece >= blob.list().count() || !blob.has(piece)) {
                Reply.Whole missing = Reply.problem(Problem.Kind.NOT_FOUND.with("this host has not got that piece"));
                return missing.with(HAVE, have);
            }
            if (!turns.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                return Reply.problem(Problem.Kind.UNAVAILABLE.with("this host sends as much as it may"))
                        .with(HAVE, have);
            }
            String length = Integer.toString(blob.list().length(piece));
            return new Reply.Stream(
                    200,
                    "application/octet-stream",
                    new Body(blob, piece),
                    Map.of(HAVE, have, "Content-Length", length));
        }

        private String caller(StreamedRequest request) {
            X509Certificate certificate = request.clientCertificate();
            try {
                if (certificate != null) {
                    return HostIdentity.of(certificate).host();
                }
            } catch (CertificateException e) {
                LOG.debug("a caller is no host", e);
            }
            refused.incrementAndGet();
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "a host's certificate is needed");
        }

        private BlobTicket ticket(StreamedRequest request, String host, String digest) {
            String text = request.header(TICKET);
            try {
                if (text == null) {
                    throw new GeneralSecurityException("a ticket is needed");
                }
                BlobTicket ticket = tickets.read(text, host);
                if (!ticket.digest().equals(digest)) {
                    throw new GeneralSecurityException("the ticket is for another blob");
                }
                return ticket;
            } catch (GeneralSecurityException e) {
                refused.incrementAndGet();
                LOG.info("host {} gets nothing: {}", host, e.getMessage());
                throw new ProblemException(Problem.Kind.FORBIDDEN, String.valueOf(e.getMessage()));
            }
        }

        private static ProblemException absent() {
            return new ProblemException(Problem.Kind.NOT_FOUND, "this host has nothing of that blob");
        }

        private static int number(String text) {
            try {
                return text.length() > 9 ? -1 : Integer.parseInt(text);
            } catch (NumberFormatException e) {
                return -1;
            }
        }
    }

    /** One piece on its way out. Gives its turn back once, however it ends. */
    private final class Body implements Reply.StreamBody {

        private final SharedBlob blob;
        private final int piece;
        private final AtomicBoolean over = new AtomicBoolean();

        Body(SharedBlob blob, int piece) {
            this.blob = blob;
            this.piece = piece;
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException, InterruptedException {
            try (RandomAccessFile file = blob.open(piece)) {
                byte[] chunk = new byte[CHUNK_BYTES];
                int length = blob.list().length(piece);
                for (int at = 0; at < length; at += chunk.length) {
                    int now = Math.min(chunk.length, length - at);
                    file.readFully(chunk, 0, now);
                    uplink.take(now);
                    out.write(chunk, 0, now);
                    served.addAndGet(now);
                }
            } finally {
                abandon();
            }
        }

        @Override
        public void abandon() {
            if (over.compareAndSet(false, true)) {
                turns.release();
            }
        }
    }
}
