package io.mosaic.images.share;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.Gate;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceList;
import io.mosaic.model.share.TicketGiven;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v2/_mosaic/tickets/REPOSITORY/DIGEST?host=HOST}: a ticket to a blob that the repository holds, for who may pull from it,
 * with how the blob is cut into pieces. No repository's name begins with an underscore, so the path is in nobody's way. Thread-safe.
 */
public final class TicketApi implements Mount {

    private static final String PREFIX = "/v2/_mosaic";

    /** How a host is called that shows what a controller granted to it; no token has a blank in its name. */
    private static final String HOST = "host ";

    private static final String TICKETS = "/tickets/";

    /** A fetch that takes longer asks again on the way; and for so long at most a host is told of to others. */
    public static final Duration LIFE = Duration.ofMinutes(10);

    private final PieceLists lists;
    private final Gate gate;
    private final Credentials signer;
    private final InstantSource clock;
    private final Metrics metrics;

    /** @param signer by which what the repository signs is known to be its own */
    public TicketApi(Registry registry, Gate gate, Credentials signer, InstantSource clock, Metrics metrics) {
        this.lists = new PieceLists(registry);
        this.gate = gate;
        this.signer = signer;
        this.clock = clock;
        this.metrics = metrics;
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Reply.Whole refusal(Problem problem) {
        return Reply.problem(problem);
    }

    @Override
    public Reply handle(StreamedRequest request) throws IOException, InterruptedException {
        long began = System.nanoTime();
        Reply reply;
        try {
            reply = ticket(request);
        } catch (Gate.ChallengeException e) {
            reply = Reply.problem(Problem.Kind.UNAUTHENTICATED.with(String.valueOf(e.getMessage())))
                    .with("WWW-Authenticate", "Bearer realm=\"mosaic\"");
        } catch (ProblemException e) {
            reply = Reply.problem(e.problem());
        }
        metrics.call("blobTicket", reply.status(), Duration.ofNanos(System.nanoTime() - began));
        return reply;
    }

    private Reply ticket(StreamedRequest request) throws IOException, InterruptedException {
        String authorization = request.header("Authorization");
        String rest =
                request.rawPath().substring(PREFIX.length()).replace("%3A", ":").replace("%3a", ":");
        int last = rest.lastIndexOf('/');
        RepositoryName repository = rest.startsWith(TICKETS) && last > TICKETS.length()
                ? RepositoryName.parse(rest.substring(TICKETS.length(), last))
                : null;
        Digest digest = Digest.parse(rest.substring(last + 1));
        if (repository == null || digest == null) {
            // A stranger learns of a wrong path no more than of a right one.
            gate.enter(authorization);
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no such path");
        }
        Caller caller = gate.enter(authorization, repository, Action.PULL);
        if (!request.method().equals("POST")) {
            throw new ProblemException(Problem.Kind.METHOD_NOT_ALLOWED, "this path takes POST");
        }
        String host = host(request.query("host"));
        if (caller.name().startsWith(HOST) && !caller.name().equals(HOST + host)) {
            throw new ProblemException(Problem.Kind.FORBIDDEN, "a host gets tickets for itself only");
        }
        PieceList list = lists.of(repository, digest);
        if (list == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "the repository has no blob " + digest + " to share");
        }
        long expires = clock.instant().plus(LIFE).getEpochSecond();
        BlobTicket ticket = new BlobTicket(host, digest.toString(), list.size(), list.fingerprint(), expires);
        try {
            return Reply.json(200, new TicketGiven(ticket.sealed(signer), LIFE.toSeconds(), list))
                    .with("Cache-Control", "no-store");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the ticket could not be signed", e);
        }
    }

    /** Whoever asks may read the blob; what a user asks for in the name of a host is of no use but to that host. */
    private static String host(@Nullable String name) {
        if (name == null || !Names.valid(name)) {
            throw ProblemException.field("/host", Names.RULE, null);
        }
        return name;
    }
}
