package io.mosaic.model.share;

/**
 * What the repository answers a host that asks for a ticket to a blob.
 *
 * @param ticket shows that its host may read the blob: peers and controllers check it by the cluster's CA
 * @param seconds for which it is good
 */
public record TicketGiven(String ticket, long seconds, PieceList pieces) {}
