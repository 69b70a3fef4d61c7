package io.mosaic.controller.share;

import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Brings hosts together that fetch the same blob. It takes for granted that who reports may read the blob: the caller checks the
 * ticket first. Bounded, and forgets whom it has not heard of for some seconds. Time is milliseconds of any clock that does not
 * go back. Thread-safe.
 */
public final class Tracker {

    /** A host that has not reported for so long is gone, or has the blob no more; thrice the longest wait between two reports. */
    static final long MEMBER_MILLIS = 15_000;

    /** Between the reports of a host that lacks nothing. */
    static final long WAIT_MAX_MILLIS = 5_000;

    private static final long WAIT_MIN_MILLIS = 100;

    /** With that many more for each member a tracker hears at most 500 reports a second, however many hosts there are. */
    private static final long WAIT_MILLIS_EACH = 2;

    private static final long SWEEP_MILLIS = 1_000;

    private final int blobsMax;
    private final int membersMax;
    private final Random random;
    private final Map<String, Circle> circles = new HashMap<>();
    private int members;
    private long accused;
    private long swept;

    /**
     * An empty one.
     *
     * @param blobsMax blobs that it knows of at once
     * @param membersMax hosts that it knows of at once, over all blobs; each takes some 1 KiB
     * @param random chooses among peers
     */
    public Tracker(int blobsMax, int membersMax, Random random) {
        this.blobsMax = blobsMax;
        this.membersMax = membersMax;
        this.random = random;
    }

    /** One for a controller: 64 MiB when full. */
    public static Tracker ofUsualSize(Random random) {
        return new Tracker(4096, 50_000, random);
    }

    /**
     * Takes a report and answers it. When the tracker is full, a new member hears of nobody and goes to the repository.
     *
     * @param host that reports
     * @param digest of the blob, which that host may read
     * @param count of the blob's pieces
     * @param have of the report, read
     */
    public synchronized ShareAnswer report(
            String host, String digest, int count, BitSet have, ShareReport report, long now) {
        sweep(now);
        Circle circle = circles.get(digest);
        if (circle == null || !circle.has(host)) {
            if (members >= membersMax || (circle == null && circles.size() >= blobsMax)) {
                return new ShareAnswer(List.of(), List.of(), WAIT_MAX_MILLIS);
            }
            if (circle == null) {
                circle = new Circle(count);
                circles.put(digest, circle);
            }
            members++;
        }
        if (circle.count() != count) {
            // Two lists of one content cannot differ in that; what is here came first.
            return new ShareAnswer(List.of(), List.of(), WAIT_MAX_MILLIS);
        }
        circle.heard(host, report.address(), have, now);
        for (String wrong : report.wrong()) {
            accused += circle.accuse(host, wrong, now) ? 1 : 0;
        }
        boolean complete = have.cardinality() == count;
        List<Integer> take = circle.leases(host, report.taking(), complete ? 0 : report.wants(), random, now);
        long wait =
                complete ? WAIT_MAX_MILLIS : Math.min(WAIT_MAX_MILLIS, WAIT_MIN_MILLIS + WAIT_MILLIS_EACH * members);
        return new ShareAnswer(complete ? List.of() : circle.peers(host, have, random, now), take, wait);
    }

    private void sweep(long now) {
        if (now - swept < SWEEP_MILLIS) {
            return;
        }
        swept = now;
        for (Iterator<Circle> each = circles.values().iterator(); each.hasNext(); ) {
            Circle circle = each.next();
            members -= circle.forget(now - MEMBER_MILLIS);
            if (circle.isEmpty()) {
                each.remove();
            }
        }
    }

    /** Hosts that it knows of, each once for each of its blobs. */
    public synchronized int members() {
        return members;
    }

    /** Blobs that it knows of. */
    public synchronized int blobs() {
        return circles.size();
    }

    /** How often a host told of another that sent it wrong bytes, since the start. */
    public synchronized long accused() {
        return accused;
    }
}
