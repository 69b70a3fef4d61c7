package io.mosaic.kit.tls;

import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import io.mosaic.model.share.PieceList;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * That a host may read a blob: the image repository, which alone knows that, gives it for a few minutes. Its peers take it for the
 * right to get pieces, and a controller for the right to learn who has some.
 *
 * @param host to whom it was given; of no use to another
 * @param digest the blob's
 * @param size bytes
 * @param pieces the {@link PieceList#fingerprint} of how the blob is cut
 * @param expires seconds since 1970
 */
public record BlobTicket(String host, String digest, long size, String pieces, long expires) {

    private static final SealedText KIND = new SealedText("mosticket_", "mosaic blob ticket 1");

    /**
     * The text to show. A secret, though of use to its host alone.
     *
     * @param repository made by {@link ClusterAuthority#issueRepository}
     */
    public String sealed(Credentials repository) throws GeneralSecurityException {
        return KIND.seal(Json.bytes(this), repository);
    }

    /**
     * Reads and checks one.
     *
     * @param authority the cluster's CA
     * @throws GeneralSecurityException when no repository of that cluster made it, or its time is over
     */
    public static BlobTicket open(String text, X509Certificate authority, Instant now) throws GeneralSecurityException {
        byte[] content = KIND.open(text, authority, ClusterAuthority::isRepository, now);
        BlobTicket ticket;
        try {
            ticket = Json.read(content, BlobTicket.class);
        } catch (ProblemException e) {
            throw new GeneralSecurityException("not a ticket of this version", e);
        }
        if (ticket.host == null
                || ticket.digest == null
                || ticket.pieces == null
                || ticket.size < 1
                || ticket.size > PieceList.SIZE_MAX
                || !PieceList.isDigest(ticket.digest)) {
            throw new GeneralSecurityException("not a ticket of this version");
        }
        if (now.getEpochSecond() >= ticket.expires) {
            throw new GeneralSecurityException("the ticket has expired");
        }
        return ticket;
    }

    /** How many pieces the blob has. */
    public int count() {
        int bytes = PieceList.pieceBytes(size);
        return Math.toIntExact((size + bytes - 1) / bytes);
    }
}
