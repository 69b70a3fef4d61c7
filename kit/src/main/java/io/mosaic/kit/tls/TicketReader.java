package io.mosaic.kit.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Checks tickets, and remembers those that were good: the same one is shown with each piece, and its signatures cost more than all
 * else about a call. Thread-safe.
 */
public final class TicketReader {

    /** Some 2 KiB each. */
    private static final int REMEMBERED_MAX = 1024;

    private final X509Certificate authority;
    private final InstantSource clock;
    private final Map<String, BlobTicket> good = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, BlobTicket> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** @param authority the cluster's CA */
    public TicketReader(X509Certificate authority, InstantSource clock) {
        this.authority = authority;
        this.clock = clock;
    }

    /**
     * Reads one.
     *
     * @param host that shows it, as its certificate says
     * @throws GeneralSecurityException when it is not good, or was given to another host
     */
    public BlobTicket read(String text, String host) throws GeneralSecurityException {
        BlobTicket ticket;
        synchronized (good) {
            ticket = good.get(text);
        }
        if (ticket == null) {
            ticket = BlobTicket.open(text, authority, clock.instant());
            synchronized (good) {
                good.put(text, ticket);
            }
        }
        if (clock.instant().getEpochSecond() >= ticket.expires()) {
            throw new GeneralSecurityException("the ticket has expired");
        }
        if (!ticket.host().equals(host)) {
            throw new GeneralSecurityException("the ticket was given to another host");
        }
        return ticket;
    }
}
