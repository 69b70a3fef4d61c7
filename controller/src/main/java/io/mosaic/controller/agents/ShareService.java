package io.mosaic.controller.agents;

import io.mosaic.controller.share.Tracker;
import io.mosaic.kit.tls.BlobTicket;
import io.mosaic.kit.tls.TicketReader;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceSet;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Brings hosts together that fetch the same blob: checks that a host which reports may read the blob, and asks the {@link Tracker}. Each
 * controller knows of those hosts that report to it; hosts of two controllers do not hear of each other. Thread-safe.
 */
public final class ShareService {

    private static final Pattern ADDRESS =
            Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):[0-9]{1,5}");

    private final TicketReader tickets;
    private final Tracker tracker;
    private final LongSupplier nanoTime;

    /**
     * A service over one tracker.
     *
     * @param authority the cluster's CA
     * @param nanoTime as {@link System#nanoTime}
     */
    public ShareService(X509Certificate authority, Tracker tracker, InstantSource clock, LongSupplier nanoTime) {
        this.tickets = new TicketReader(authority, clock);
        this.tracker = tracker;
        this.nanoTime = nanoTime;
    }

    /** Hosts that share now, each once for each of its blobs. */
    public int sharing() {
        return tracker.members();
    }

    /** How often a host told of another that sent it wrong bytes, since the start. */
    public long wrongBytes() {
        return tracker.accused();
    }

    /**
     * Answers a host.
     *
     * @param host that reports, as its certificate says
     * @throws ProblemException of kind FORBIDDEN when it shows no good ticket to the blob, else INVALID when the report breaks a rule
     */
    public ShareAnswer report(String host, ShareReport report) {
        if (report.ticket() == null || report.have() == null) {
            throw new ProblemException(Problem.Kind.INVALID, "ticket and have are required");
        }
        BlobTicket ticket;
        try {
            ticket = tickets.read(report.ticket(), host);
        } catch (GeneralSecurityException e) {
            throw new ProblemException(Problem.Kind.FORBIDDEN, "the ticket is not good: " + e.getMessage());
        }
        if (report.address() != null && !ADDRESS.matcher(report.address()).matches()) {
            throw ProblemException.field("/address", "must be host:port", null);
        }
        if (report.taking().size() > ShareReport.ENTRIES_MAX
                || report.wrong().size() > ShareReport.ENTRIES_MAX
                || !report.wrong().stream().allMatch(Names::valid)) {
            throw new ProblemException(
                    Problem.Kind.INVALID, "taking and wrong have at most " + ShareReport.ENTRIES_MAX + " entries");
        }
        BitSet have = PieceSet.parse(report.have(), ticket.count());
        long now = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong());
        return tracker.report(host, ticket.digest(), ticket.count(), have, report, now);
    }
}
